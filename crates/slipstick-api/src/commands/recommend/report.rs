//! The report of `slipstick recommend`.

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_catalog::Rating;
use slipstick_core::units::{Bytes, Frequency, Seconds, Usd};

use super::{Candidate, Recommendation};
use crate::report::{DefaultTaken, Estimated, Plain, Report};

/// `slipstick recommend`: which models fit and serve well on some hardware.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct RecommendReport {
    /// Where they are to run.
    pub accelerator: RecommendedOn,
    /// The engine, unless the format of the weights implies another.
    pub engine: String,
    /// The order of the rows.
    pub ranking: &'static str,
    /// What the models are made for.
    pub made_for: &'static str,
    /// The load.
    pub workload: RecommendedWorkload,
    /// What is fast enough.
    pub target: SpeedTarget,
    /// The formats that were tried.
    pub formats: Vec<String>,
    /// How many models came to what.
    pub models: ModelsTried,
    /// The best way of each model that fits, the best first; models of one shape stand in one row.
    pub rows: Vec<RecommendRow>,
    /// Models that fit in no format, the nearest first.
    pub nearly: Vec<NearlyFits>,
    /// Models that cannot be deployed there.
    pub refused: Vec<RefusedModel>,
    /// What was not said, and what was taken for it.
    pub defaults: Vec<DefaultTaken>,
}

impl Report for RecommendReport {
    const COMMAND: &'static str = "recommend";
    const ROWS: Option<&'static str> = Some("rows");
}

/// Where models are to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct RecommendedOn {
    /// The accelerator's id; none where only a memory was named.
    pub id: Option<String>,
    /// How many.
    pub count: u64,
    /// The memory of one.
    pub capacity_bytes: Plain<Bytes>,
}

/// A load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct RecommendedWorkload {
    /// Prompt tokens of a request.
    pub input_tokens: u64,
    /// Output tokens of a request.
    pub output_tokens: u64,
    /// Requests in flight.
    pub concurrency: u64,
}

/// What is fast enough.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct SpeedTarget {
    /// The slowest time between two tokens that is acceptable.
    pub tpot_s: Plain<Seconds>,
}

/// How many models came to what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct ModelsTried {
    /// Models that generate text.
    pub tried: usize,
    /// Those that fit, with those of the same shape.
    pub fitting: usize,
    /// Those that fit in no format.
    pub too_large: usize,
    /// Those that cannot be deployed there.
    pub refused: usize,
    /// Those made for another use, which are not tried.
    pub other_uses: usize,
}

/// The best way of a model that fits.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct RecommendRow {
    /// Its place.
    pub rank: usize,
    /// The model.
    pub model: String,
    /// Other models of its architecture and size, such as fine-tunes of one base: they need and take the same.
    pub same_shape: Vec<String>,
    /// Whether no other row that is fast enough and rated beats it in rating, speed and cost.
    pub on_front: bool,
    /// How people rated its answers on a board of comparisons, with the 95 % interval; null where nobody rated these
    /// weights, which are those published, in the published format.
    #[schemars(extend("better" = "larger"))]
    pub rating: Option<Estimated<f64>>,
    /// What the board calls it.
    pub rated_as: Option<String>,
    /// The board.
    pub rating_board: Option<String>,
    /// The day of the board.
    pub rating_as_of: Option<String>,
    /// Who says so.
    pub rating_source: Option<String>,
    /// The day or month it was released, if known.
    pub released: Option<String>,
    /// Its licence, if known.
    pub licence: Option<String>,
    /// The format of its weights.
    pub weights_format: String,
    /// The engine that reads it.
    pub engine: String,
    /// Its class of size.
    pub class: &'static str,
    /// How the class is known.
    pub class_basis: &'static str,
    /// Its parameters.
    pub parameters: u64,
    /// Those that one token meets.
    pub active_parameters: u64,
    /// Parameters of the dense model that is as capable by rule of thumb.
    pub dense_equivalent_parameters: f64,
    /// Bits that a weight takes.
    pub bits_per_weight: f64,
    /// What the load takes of the fullest accelerator.
    pub need_bytes: Plain<Bytes>,
    /// What is left of it.
    #[schemars(extend("better" = "larger"))]
    pub free_bytes: Plain<Bytes>,
    /// Requests that memory holds at once.
    #[schemars(extend("better" = "larger"))]
    pub max_concurrency: u64,
    /// Time to the first token; none where the hardware is not known.
    pub ttft_s: Option<Estimated<Seconds>>,
    /// Time between two tokens.
    pub tpot_s: Option<Estimated<Seconds>>,
    /// Tokens generated, of the whole deployment.
    #[schemars(extend("better" = "larger"))]
    pub output_tokens_per_s: Option<Estimated<Frequency>>,
    /// A million tokens generated.
    pub usd_per_million_output_tokens: Option<Estimated<Usd>>,
    /// How well the efficiencies are known.
    pub speed_basis: Option<&'static str>,
    /// The ranking's score, where it has one.
    pub score: Option<f64>,
    /// Why it stands here.
    pub reasons: Vec<String>,
    /// Other formats in which it fits.
    pub also_fits_as: Vec<String>,
}

/// A model that fits in no format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct NearlyFits {
    /// The model.
    pub model: String,
    /// The format that comes nearest.
    pub weights_format: String,
    /// What is missing on the fullest accelerator.
    pub missing_bytes: Plain<Bytes>,
}

/// A model that cannot be deployed there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct RefusedModel {
    /// The model.
    pub model: String,
    /// Why.
    pub why: String,
}

/// How many models that are too large are named.
const NAMED: usize = 3;

impl RecommendReport {
    pub(super) fn of(r: &Recommendation) -> Self {
        let nearly = r.too_large.iter().take(NAMED).map(|(model, format, missing)| NearlyFits {
            model: model.clone(),
            weights_format: format.clone(),
            missing_bytes: (*missing).into(),
        });
        let refused =
            r.refused.iter().map(|(model, why)| RefusedModel { model: model.clone(), why: why.clone() });
        let rows = r.fitting.iter().take(r.limit).enumerate();
        Self {
            accelerator: r.place.report(),
            engine: r.place.engine.clone(),
            ranking: r.ranking.name(),
            made_for: r.made_for.name(),
            workload: RecommendedWorkload {
                input_tokens: r.workload.input(),
                output_tokens: r.workload.output(),
                concurrency: r.workload.concurrency(),
            },
            target: SpeedTarget { tpot_s: Seconds::s(r.tpot_s).into() },
            formats: r.formats.clone(),
            models: ModelsTried {
                tried: r.models,
                fitting: r.fits(),
                too_large: r.too_large.len(),
                refused: r.refused.len(),
                other_uses: r.left_out,
            },
            rows: rows.map(|(index, candidate)| row(candidate, index + 1)).collect(),
            nearly: nearly.collect(),
            refused: refused.collect(),
            defaults: r.defaults.iter().map(DefaultTaken::from).collect(),
        }
    }
}

fn row(c: &Candidate, rank: usize) -> RecommendRow {
    let rated = |of: fn(&Rating) -> String| c.rating.as_ref().map(of);
    RecommendRow {
        rank,
        model: c.model.clone(),
        same_shape: c.others.clone(),
        on_front: c.is_on_front,
        rating: c.rated(),
        rated_as: rated(|rating| rating.rated_as.clone()),
        rating_board: rated(|rating| rating.board.clone()),
        rating_as_of: rated(|rating| rating.as_of.as_str().to_owned()),
        rating_source: rated(|rating| rating.origin.sources.join(" ")),
        released: c.released.clone(),
        licence: c.licence.clone(),
        weights_format: c.format.clone(),
        engine: c.engine.clone(),
        class: c.class_name(),
        class_basis: "assumed",
        parameters: c.parameters,
        active_parameters: c.active,
        dense_equivalent_parameters: c.dense_equivalent,
        bits_per_weight: c.bits_per_weight,
        need_bytes: c.need.into(),
        free_bytes: c.free.into(),
        max_concurrency: c.max_concurrency,
        ttft_s: c.speed.map(|speed| speed.ttft),
        tpot_s: c.speed.map(|speed| speed.tpot),
        output_tokens_per_s: c.speed.map(|speed| speed.output_rate),
        usd_per_million_output_tokens: c.speed.and_then(|speed| speed.usd_per_million),
        speed_basis: c.speed.map(|speed| speed.tpot.basis.name()),
        score: c.score,
        reasons: c.reasons.clone(),
        also_fits_as: c.alternatives.clone(),
    }
}
