//! `slipstick instances`: its request.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use slipstick_catalog::Catalog;

use crate::{
    ApiError, Output, World,
    registry::Question,
    report::ReportKind,
    request::{Count, Page, Price, text},
};

/// What do clouds ask for accelerators?
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct InstancesRequest {
    /// Only those with this accelerator
    #[arg(long, value_name = "NAME")]
    pub gpu: Option<String>,
    /// Only this cloud's
    #[arg(long)]
    pub cloud: Option<String>,
    /// Only in regions that begin like this
    #[arg(long)]
    pub region: Option<String>,
    /// The terms: on-demand, spot, 1y or 3y
    #[arg(long)]
    pub term: Option<String>,
    /// Only those with at least so many accelerators
    #[arg(long, value_name = "COUNT")]
    pub min_count: Option<Count>,
    /// Only those that cost at most this for one accelerator
    #[arg(long, value_name = "PRICE")]
    pub max_price: Option<Price>,
    /// Cloud by cloud, only the cheapest offer of each accelerator
    #[arg(long)]
    #[serde(default, deserialize_with = "text::switch")]
    pub by_cloud: bool,
    /// Order and length.
    #[command(flatten)]
    #[serde(flatten)]
    pub page: Page,
}

impl Question for InstancesRequest {
    const NAME: &'static str = "instances";
    const ABOUT: &'static str = "List what clouds ask for accelerators, with the age of each price";
    const EXAMPLES: &'static [&'static str] = &[
        "slipstick instances --gpu h100 --min-count 8 --limit 10",
        "slipstick instances --cloud aws --term spot",
        "slipstick instances --by-cloud --gpu h100",
        "slipstick instances --gpu l40s --max-price '$1.50/h'",
    ];
    const KEPT: bool = false;
    const CATALOGUE: bool = true;
    const REPORTS: &'static [ReportKind] = &[ReportKind::of::<super::InstancesReport>()];

    fn answer(&self, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
        super::instances(self, catalog, world).map(Output::from)
    }
}
