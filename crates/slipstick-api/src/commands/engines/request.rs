//! `slipstick engines`: its request.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use slipstick_catalog::Catalog;

use crate::{ApiError, Output, World, registry::Question, report::ReportKind};

/// Which serving engines are there, and what does each support?
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct EnginesRequest {
    /// One engine, shown in full
    pub name: Option<String>,
}

impl Question for EnginesRequest {
    const NAME: &'static str = "engines";
    const ABOUT: &'static str = "List serving engines and what each supports, or show one";
    const EXAMPLES: &'static [&'static str] = &["slipstick engines", "slipstick engines vllm"];
    const KEPT: bool = false;
    const CATALOGUE: bool = true;
    const REPORTS: &'static [ReportKind] = &[ReportKind::of::<super::EnginesReport>()];

    fn answer(&self, catalog: &Catalog, _: &dyn World) -> Result<Output, ApiError> {
        super::engines(self, catalog).map(Output::from)
    }
}
