//! `slipstick models`: its request.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use slipstick_catalog::Catalog;

use crate::{
    ApiError, Output, World,
    registry::Question,
    report::ReportKind,
    request::{Memory, Page},
};

/// Which models are known by name?
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct ModelsRequest {
    /// One model, shown in full
    pub name: Option<String>,
    /// Only those with a part of their name or architecture like this
    #[arg(long, value_name = "TEXT")]
    pub like: Option<String>,
    /// Only those whose weights take at most so much, such as 24GiB
    #[arg(long, value_name = "SIZE")]
    pub max_memory: Option<Memory>,
    /// Order and length.
    #[command(flatten)]
    #[serde(flatten)]
    pub page: Page,
}

impl Question for ModelsRequest {
    const NAME: &'static str = "models";
    const ABOUT: &'static str = "List the models known by name, or show one";
    const EXAMPLES: &'static [&'static str] = &[
        "slipstick models --like qwen3",
        "slipstick models --max-memory 24GiB --sort parameters --descending",
        "slipstick models gpt-oss-120b --json",
    ];
    const KEPT: bool = false;
    const CATALOGUE: bool = true;
    const REPORTS: &'static [ReportKind] = &[ReportKind::of::<super::ModelsReport>()];

    fn answer(&self, catalog: &Catalog, _: &dyn World) -> Result<Output, ApiError> {
        super::models(self, catalog).map(Output::from)
    }
}
