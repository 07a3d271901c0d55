//! `slipstick words`: the words that flags take, where they are those of a list. Accelerators, models, engines and clouds
//! have lists of their own.

mod request;

pub use request::WordsRequest;

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_catalog::{Catalog, offers::Term};

use super::{plan, train};
use crate::{
    Answered, ApiError,
    report::{self, Report, Shown},
    view::{Block, View},
};

/// `slipstick words`: words by flag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct WordsReport {
    /// The words.
    pub words: Vec<WordRow>,
}

impl Report for WordsReport {
    const COMMAND: &'static str = "words";
    const ROWS: Option<&'static str> = Some("words");
}

/// A word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct WordRow {
    /// The flag that takes it, without dashes.
    pub flag: &'static str,
    /// The command whose flag it is; none where it means the same in all that have the flag.
    pub command: Option<&'static str>,
    /// The word.
    pub word: String,
    /// What it means, where a row of the catalogue says so.
    pub meaning: Option<String>,
}

const COLUMNS: &[Shown<WordRow>] = &[
    Shown::new("flag", "flag").cell(|row| format!("--{}", row.flag).into()),
    Shown::new("command", "of").cell(|row| row.command.unwrap_or("all").into()),
    Shown::new("word", "word"),
    Shown::new("meaning", "meaning"),
];

/// Lists the words of flags, or of one.
///
/// # Errors
/// If the flag takes no words of a list.
pub fn words(request: &WordsRequest, catalog: &Catalog) -> Result<Answered<WordsReport>, ApiError> {
    let mut words = all(catalog);
    if let Some(flag) = &request.flag {
        let wanted = flag.trim().trim_start_matches('-').to_lowercase().replace('_', "-");
        let mut flags: Vec<&str> = words.iter().map(|row| row.flag).collect();
        flags.dedup();
        if !flags.contains(&wanted.as_str()) {
            let what = "flag that takes words of a list";
            return Err(ApiError::unknown("words.unknown_flag", what, flag, flags.iter().copied())
                .or_help(&format!("these do: {}", flags.join(", ")))
                .at("FLAG"));
        }
        words.retain(|row| row.flag == wanted);
    }
    let mut view = View::new(format!("{} words", words.len()));
    let has_meanings = words.iter().any(|row| row.meaning.is_some());
    let columns = if has_meanings { COLUMNS } else { &COLUMNS[..COLUMNS.len() - 1] };
    view.push(Block::Table(report::table(&words, columns)));
    view.note("slipstick gpus, models, engines and instances list accelerators, models, engines and clouds");
    Ok(Answered::new(WordsReport { words }, view))
}

fn all(catalog: &Catalog) -> Vec<WordRow> {
    let of = |flag, command, words: Vec<&str>| {
        let row = |word: &str| WordRow { flag, command, word: word.to_lowercase(), meaning: None };
        words.into_iter().map(row).collect::<Vec<_>>()
    };
    let said = |flag, word: &str, meaning: &str| WordRow {
        flag,
        command: None,
        word: word.to_owned(),
        meaning: Some(meaning.to_owned()),
    };
    let uses = catalog.use_cases().into_iter().map(|row| said("use-case", &row.name, &row.meaning));
    let profiles = catalog.load_profiles().into_iter().map(|row| said("profile", &row.name, &row.meaning));
    let mut stacks: Vec<&str> =
        catalog.training_stacks().into_iter().map(|entry| entry.stack.name.as_str()).collect();
    stacks.dedup();
    let lists = [
        of("quant", None, catalog.quant_names()),
        of("kv-dtype", None, catalog.cache_format_names()),
        uses.collect(),
        profiles.collect(),
        of("term", None, Term::ALL.map(Term::name).to_vec()),
        of("objective", Some("plan"), plan::objectives()),
        of("stack", None, stacks),
    ];
    // What is best means another thing of a training than of a plan.
    let command = |flag: &str| (flag == "objective").then_some("train");
    let trained = train::words().into_iter().map(|(flag, words)| of(flag, command(flag), words));
    lists.into_iter().chain(trained).flatten().collect()
}
