//! One folder a command: its request, and how it is answered. This is the one list of them.

pub mod best;
pub mod breakeven;
pub mod calibrate;
pub(crate) mod catalogue;
pub mod compare;
pub mod engines;
pub mod estimate;
pub mod finetune;
pub mod fleet;
pub mod gpus;
pub mod instances;
mod interruptions;
pub mod memory;
pub mod methods;
pub mod model;
pub mod models;
pub mod plan;
pub mod prices;
pub mod recommend;
pub mod run;
pub mod scale;
mod schema;
pub mod summarize;
mod supply;
pub mod sweep;
pub mod train;
pub mod validate;
pub mod words;

pub use schema::{SchemaRow, SchemasReport, reports, schema, schemas};

use slipstick_catalog::Catalog;

use crate::{ApiError, Output, World, registry};

registry::commands! {
    Model: model::ModelRequest,
    Memory: memory::MemoryRequest,
    Estimate: estimate::EstimateRequest,
    Compare: compare::CompareRequest,
    Recommend: recommend::RecommendRequest,
    Plan: plan::PlanRequest,
    Breakeven: breakeven::BreakevenRequest,
    Fleet: fleet::FleetRequest,
    Sweep: sweep::SweepRequest,
    Best: best::BestRequest,
    Train: train::TrainRequest,
    Finetune: finetune::FinetuneRequest,
    Scale: scale::ScaleRequest,
    Summarize: summarize::SummarizeRequest,
    Run: run::RunRequest,
    Validate: validate::ValidateRequest,
    Calibrate: calibrate::CalibrateRequest,
    MethodsList: methods::MethodsListRequest,
    MethodsShow: methods::MethodsShowRequest,
    MethodsCompare: methods::MethodsCompareRequest,
    MethodsPage: methods::MethodsPageRequest,
    MethodsEval: methods::MethodsEvalRequest,
    Gpus: gpus::GpusRequest,
    Instances: instances::InstancesRequest,
    Prices: prices::PricesRequest,
    PricesImport: prices::ImportRequest,
    Models: models::ModelsRequest,
    Engines: engines::EnginesRequest,
    Words: words::WordsRequest,
}

/// What is said of words that stand before commands and are none themselves.
pub static GROUPS: &[(&str, &str)] =
    &[("methods", "Named methods of estimating, as their authors wrote them, and ours beside them")];
