//! `slipstick prices` and `slipstick prices import`: their requests.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use slipstick_catalog::Catalog;

use crate::{ApiError, Output, World, registry::Question, report::ReportKind, request::Page};

/// What do hosted services ask for tokens?
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct PricesRequest {
    /// Only models with a part of their name like this
    #[arg(long, value_name = "TEXT")]
    pub model: Option<String>,
    /// Only this provider's
    #[arg(long)]
    pub provider: Option<String>,
    /// Order and length.
    #[command(flatten)]
    #[serde(flatten)]
    pub page: Page,
}

impl Question for PricesRequest {
    const NAME: &'static str = "prices";
    const ABOUT: &'static str = "List what hosted services ask for tokens";
    const EXAMPLES: &'static [&'static str] = &[
        "slipstick prices --model deepseek-v3",
        "slipstick prices --provider together --sort usd_per_million_input_tokens",
        "slipstick prices import aws.csv --as-of 2026-11-20 --output ~/.config/slipstick/catalog/aws.csv",
    ];
    const KEPT: bool = false;
    const CATALOGUE: bool = true;
    const REPORTS: &'static [ReportKind] = &[ReportKind::of::<super::PricesReport>()];

    fn answer(&self, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
        super::prices(self, catalog, world).map(Output::from)
    }
}

/// A price file of another tool.
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct ImportRequest {
    /// The file
    pub file: String,
    /// Its cloud, where neither its rows nor its name say it
    #[arg(long)]
    pub cloud: Option<String>,
    /// The day its prices hold for, where its rows do not say it
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<String>,
    /// Where to write the table
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<String>,
}

crate::request::needs!(ImportRequest: file);

impl Question for ImportRequest {
    const NAME: &'static str = "prices import";
    const ABOUT: &'static str =
        "Read a price file of another tool, check each row, and write the table to keep";
    const EXAMPLES: &'static [&'static str] = &[
        "slipstick prices import aws.csv --as-of 2026-11-20",
        "slipstick prices import gcp/vms.csv --as-of 2026-11 --output ~/.config/slipstick/catalog/gcp.csv",
    ];
    const NOTES: &'static str = "\
Reads, told apart by their columns:
  gpuhunt        <provider>.csv out of its catalog.zip
  skypilot       catalogs/v8/<cloud>/vms.csv
  litellm        model_prices_and_context_window.json
  slipstick      a table written by this command";
    const KEPT: bool = false;
    const REPORTS: &'static [ReportKind] = &[ReportKind::of::<super::ImportReport>()];

    fn answer(&self, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
        super::import_prices(self, catalog, world).map(Output::from)
    }
}
