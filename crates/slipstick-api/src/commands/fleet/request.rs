//! `slipstick fleet`: its request.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use slipstick_catalog::Catalog;

use crate::{ApiError, Output, World, registry::Question, report::ReportKind, request::needs};

/// Which mix of accelerators serves several classes of requests at least cost?
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct FleetRequest {
    /// A .toml file: model, quant, engine, planned, least, slices; [[class]] with name, rate, use_case or input and output, ttft,
    /// tpot; [[type]] with on, most, and price or rates where they are one's own, or no type for the best of what is offered
    #[arg(value_name = "SPEC", help_heading = None)]
    pub spec: String,
}

needs!(FleetRequest: spec);

impl Question for FleetRequest {
    const NAME: &'static str = "fleet";
    const ABOUT: &'static str = "Find the cheapest mix of accelerators for several classes of requests";
    const EXAMPLES: &'static [&'static str] =
        &["slipstick fleet examples/fleet.toml", "slipstick fleet examples/fleet.toml --json"];
    const LONG: bool = true;
    const REPORTS: &'static [ReportKind] = &[ReportKind::of::<super::FleetReport>()];

    fn answer(&self, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
        super::fleet(self, catalog, world).map(Output::from)
    }
}
