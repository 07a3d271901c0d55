//! `slipstick model`: its request.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use slipstick_catalog::Catalog;

use crate::{
    ApiError, Output, World,
    registry::Question,
    report::ReportKind,
    request::{Count, text},
};

/// What is a model made of?
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct ModelRequest {
    /// A config.json, a folder with one, a catalogue name, or org/name
    #[arg(value_name = "MODEL")]
    pub model: String,
    /// The cache's format: bf16, fp8, int8, q8_0, q4_0 and so on
    #[arg(long, value_name = "FORMAT")]
    pub kv_dtype: Option<String>,
    /// The context at which cache and FLOPs are shown, such as 32k
    #[arg(long, value_name = "TOKENS")]
    pub context: Option<Count>,
    /// Read an architecture that is not known as a plain decoder, every number marked as assumed
    #[arg(long)]
    #[serde(default, deserialize_with = "text::switch")]
    pub allow_unknown: bool,
    /// Refuse what is otherwise a warning: files that contradict their configuration, or whose architecture is not known
    #[arg(long)]
    #[serde(default, deserialize_with = "text::switch")]
    pub strict: bool,
}

crate::request::needs!(ModelRequest: model);

impl Question for ModelRequest {
    const NAME: &'static str = "model";
    const ABOUT: &'static str = "Show what a model is made of: parameters, layers, cache, state, FLOPs";
    const EXAMPLES: &'static [&'static str] = &[
        "slipstick model ./config.json",
        "slipstick model path/to/folder --kv-dtype fp8 --context 128Ki",
        "slipstick model ./config.json --json | jq .parameters.total",
        "slipstick model ./config.json --explain",
    ];
    const REPORTS: &'static [ReportKind] = &[ReportKind::of::<super::ModelReport>()];

    fn answer(&self, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
        super::model(self, catalog, world).map(Output::from)
    }
}
