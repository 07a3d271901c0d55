//! `slipstick summarize`: its request.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use slipstick_catalog::Catalog;

use crate::{
    ApiError, Output, World,
    registry::Question,
    report::ReportKind,
    request::{Count, Duration},
};

/// A measured run.
#[derive(Debug, Clone, PartialEq, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct SummarizeRequest {
    /// A config.json, a folder with one, a catalogue name, or org/name
    #[arg(value_name = "MODEL")]
    pub model: String,
    /// How long the run took, such as 12.5s
    #[arg(long, value_name = "TIME")]
    pub elapsed: Duration,
    /// Tokens generated, of all sequences together
    #[arg(long, value_name = "TOKENS", visible_alias = "output")]
    pub tokens: Count,
    /// Tokens of all prompts together, if reading them is part of the time; none if not given
    #[arg(long, value_name = "TOKENS")]
    pub input: Option<Count>,
    /// Sequences that ran together; 1 if not given
    #[arg(long, value_name = "SEQUENCES")]
    pub batch: Option<Count>,
    /// Where it ran, for MFU and MBU: h100, h100:8, 2x8xh200, my-chip.toml
    #[arg(long, value_name = "HARDWARE")]
    pub on: Option<String>,
    /// The weights' format; the checkpoint's own if not given
    #[arg(long, value_name = "FORMAT")]
    pub quant: Option<String>,
}

impl SummarizeRequest {
    /// A run of a model that put out so many tokens in this time, with all else left to its default.
    pub fn new(model: impl Into<String>, elapsed: Duration, tokens: Count) -> Self {
        let model = model.into();
        Self { model, elapsed, tokens, input: None, batch: None, on: None, quant: None }
    }
}

impl Question for SummarizeRequest {
    const NAME: &'static str = "summarize";
    const ABOUT: &'static str = "Say what a measured run amounts to: latency, rates, MFU and MBU";
    const EXAMPLES: &'static [&'static str] = &[
        "slipstick summarize llama-3.1-8b --elapsed 12.5s --tokens 16384",
        "slipstick summarize llama-3.1-8b --elapsed 12.5s --tokens 16384 --batch 32 --input 32k --on h100",
        "slipstick summarize ./config.json --elapsed 90s --tokens 100k --batch 64 --on 8xh200 --quant fp8 --json",
    ];
    const REPORTS: &'static [ReportKind] = &[ReportKind::of::<super::SummarizeReport>()];

    fn answer(&self, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
        super::summarize(self, catalog, world).map(Output::from)
    }
}
