//! `slipstick memory`: its request.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use slipstick_catalog::Catalog;

use crate::{
    ApiError, Output, World,
    registry::Question,
    report::ReportKind,
    request::{Count, DeploymentRequest},
};

/// Does it fit, and how far could it go?
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct MemoryRequest {
    /// What is deployed.
    #[command(flatten)]
    #[serde(flatten)]
    pub deployment: DeploymentRequest,
    /// Tokens a sequence may reach, such as 32k
    #[arg(long, value_name = "TOKENS")]
    pub context: Option<Count>,
    /// Sequences at once
    #[arg(long, value_name = "SEQUENCES")]
    pub concurrency: Option<Count>,
}

impl MemoryRequest {
    /// A model on accelerators, with all else left to its default.
    pub fn new(model: impl Into<String>, on: impl Into<String>) -> Self {
        Self { deployment: DeploymentRequest::new(model, on), ..Self::default() }
    }
}

impl Question for MemoryRequest {
    const NAME: &'static str = "memory";
    const ABOUT: &'static str =
        "Say whether it fits, itemised, how far it could go, and what would make it fit";
    const EXAMPLES: &'static [&'static str] = &[
        "slipstick memory llama-3.1-8b --on h100 --context 32k --concurrency 16",
        "slipstick memory ./config.json --on rtx-4090 --engine llama.cpp --quant q4_k_m",
        "slipstick memory deepseek-v3 --on 8xh200 --kv-dtype fp8 --json",
        "slipstick memory llama-3.1-70b --on 2xa100-80gb || echo 'does not fit'",
    ];
    const DRAWN: bool = true;
    const REPORTS: &'static [ReportKind] = &[ReportKind::of::<super::MemoryReport>()];

    fn answer(&self, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
        super::memory(self, catalog, world).map(Output::from)
    }
}
