//! `slipstick gpus`: its request.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use slipstick_catalog::Catalog;

use crate::{
    ApiError, Output, World,
    registry::Question,
    report::ReportKind,
    request::{Memory, Page, text},
};

/// Which accelerators are there?
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct GpusRequest {
    /// One accelerator, shown in full
    pub name: Option<String>,
    /// Only this maker's
    #[arg(long)]
    pub vendor: Option<String>,
    /// Only those with a part of their name or architecture like this
    #[arg(long, value_name = "TEXT")]
    pub like: Option<String>,
    /// Only those with at least so much memory, such as 80GiB
    #[arg(long, value_name = "SIZE")]
    pub min_memory: Option<Memory>,
    /// Print the accelerator as a file to change, for hardware of one's own: --on FILE.toml
    #[arg(long, requires = "name")]
    #[serde(default, deserialize_with = "text::switch")]
    pub toml: bool,
    /// Order and length.
    #[command(flatten)]
    #[serde(flatten)]
    pub page: Page,
}

impl Question for GpusRequest {
    const NAME: &'static str = "gpus";
    const ABOUT: &'static str = "List accelerators, or show one in full";
    const EXAMPLES: &'static [&'static str] = &[
        "slipstick gpus",
        "slipstick gpus h100",
        "slipstick gpus h100 --toml",
        "slipstick gpus --vendor amd --min-memory 100GiB --sort memory_bandwidth_bytes_per_s --descending",
    ];
    const KEPT: bool = false;
    const CATALOGUE: bool = true;
    const REPORTS: &'static [ReportKind] = &[ReportKind::of::<super::GpusReport>()];

    fn answer(&self, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
        super::gpus(self, catalog, world).map(Output::from)
    }
}
