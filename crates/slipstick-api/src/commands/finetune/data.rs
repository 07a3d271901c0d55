//! The data set: tokens that are trained on, and what padding adds to them.

use slipstick_catalog::training::padding_growth;
use slipstick_core::{
    formulas::training::data::{padded_length, padded_tokens, passes_over},
    training::Taken,
};

use super::FinetuneRequest;
use crate::{ApiError, request::Count, resolve::Assumption};

/// Tokens of a data set where nobody says how large it is.
const USUAL_TOKENS: u64 = 10_000_000;

/// A data set as it is trained on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Data {
    /// Examples, if they are known.
    pub(super) examples: Option<u64>,
    /// Passes over it.
    pub(super) epochs: u64,
    /// Whether short examples share a sequence.
    pub(super) packing: bool,
    /// Tokens of a sequence of a step on average.
    pub(super) sequence: u64,
    /// Tokens of all passes, padding apart.
    pub(super) real: u64,
    /// Tokens that are computed, padding included.
    pub(super) computed: Taken<u64>,
    /// Tokens of one pass, padding apart.
    pub(super) once: u64,
    /// Examples of one pass that are padded.
    pub(super) rows: u64,
    /// Tokens of an example on average.
    pub(super) mean: u64,
    /// The longest sequence that is trained on.
    pub(super) longest: u64,
    /// Examples of a micro-batch.
    pub(super) micro: u64,
}

fn refused(code: &'static str, message: impl Into<String>, at: &'static str, help: &str) -> ApiError {
    ApiError::input(code, message).at(at).help(help)
}

/// What a request says of a data set.
struct Counts {
    examples: Option<u64>,
    tokens: Option<u64>,
    mean: Option<u64>,
}

fn counts(request: &FinetuneRequest, sequence: u64) -> Result<Counts, ApiError> {
    let counts = [
        ("--examples", request.examples),
        ("--tokens", request.tokens),
        ("--mean-length", request.mean_length),
        ("--epochs", request.epochs),
    ];
    if let Some((flag, _)) = counts.iter().find(|(_, count)| *count == Some(Count(0))) {
        let message = format!("{flag} is 0, and nothing would be trained");
        return Err(refused("train.zero_count", message, flag, "give a whole count above 0"));
    }
    let count = |count: Option<Count>| count.map(|count| count.0);
    let (examples, tokens, mean) =
        (count(request.examples), count(request.tokens), count(request.mean_length));
    if examples.is_some() && tokens.is_some() && mean.is_some() {
        let message = "--examples times --mean-length are the tokens that --tokens says again";
        return Err(refused("finetune.data", message, "--tokens", "give two of the three"));
    }
    if let Some(mean) = mean.filter(|mean| *mean > sequence) {
        let message = format!("examples of {mean} tokens on average do not fit into sequences of {sequence}");
        return Err(refused("finetune.mean_length", message, "--mean-length", "give a longer --sequence"));
    }
    Ok(Counts { examples, tokens, mean })
}

/// Reads a request; `sequence` is the longest that is trained on, `micro` the examples of a micro-batch.
///
/// # Errors
/// If counts are zero or contradict each other.
pub(super) fn data(
    request: &FinetuneRequest,
    sequence: u64,
    micro: u64,
    defaults: &mut Vec<Assumption>,
) -> Result<Data, ApiError> {
    let Counts { examples, tokens, mean } = counts(request, sequence)?;
    let known = examples.zip(tokens).map(|(examples, tokens)| (tokens / examples).clamp(1, sequence));
    let mean = mean.or(known);
    let packing = request.packing.unwrap_or(mean.is_none());
    let each = mean.unwrap_or(sequence);
    let once = tokens.or_else(|| examples.map(|examples| examples.saturating_mul(each)));
    let said = once.is_some();
    let once = once.unwrap_or_else(|| {
        let why = "nobody said how large the data set is".to_owned();
        defaults.push(Assumption { flag: "--tokens", value: USUAL_TOKENS.to_string(), why });
        USUAL_TOKENS
    });
    let epochs = request.epochs.map_or(1, |count| count.0);
    let examples = examples.or_else(|| mean.map(|mean| once.div_ceil(mean)));
    let step = if packing { sequence } else { padded(each, micro, sequence) };
    let real = passes_over(epochs, once);
    let rows = examples.unwrap_or_else(|| once.div_ceil(each));
    let computed = if packing { real } else { padded_tokens(rows, epochs, step) };
    let computed = if said { Taken::asked(computed) } else { Taken::assumed(computed) };
    let longest = sequence;
    Ok(Data {
        examples,
        epochs,
        packing,
        sequence: step,
        real,
        computed,
        once,
        rows,
        mean: each,
        longest,
        micro,
    })
}

/// The longest of a micro-batch on average, which all of it is padded to.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
fn padded(mean: u64, micro: u64, sequence: u64) -> u64 {
    (padded_length(mean, padding_growth(), micro) as u64).min(sequence)
}
