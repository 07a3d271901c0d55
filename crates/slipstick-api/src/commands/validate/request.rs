//! `slipstick validate`: its request.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use slipstick_catalog::Catalog;

use crate::{ApiError, Output, World, registry::Question, report::ReportKind, request::text, rows::Rows};

/// A table of measurements.
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct ValidateRequest {
    /// A table of measurements: its columns tell memory from inference
    #[arg(long, value_name = "CSV")]
    pub data: String,
    /// A directory with the configurations that the table names; may be repeated
    #[arg(long, value_name = "DIR")]
    #[serde(default, deserialize_with = "text::list")]
    pub configs: Vec<String>,
    /// Only rows of this regime
    #[arg(long, value_name = "REGIME")]
    pub regime: Option<String>,
    /// Only rows of this engine
    #[arg(long, value_name = "NAME")]
    pub engine: Option<String>,
    /// Only rows with this accelerator, by its id
    #[arg(long, value_name = "ID")]
    pub gpu: Option<String>,
    /// Where to write the rows as they may be published, with nothing private in them
    #[arg(long, value_name = "FILE.csv")]
    pub contribute: Option<String>,
}

crate::request::needs!(ValidateRequest: data);

impl Question for ValidateRequest {
    const NAME: &'static str = "validate";
    const ABOUT: &'static str = "Predict every row of a table of measurements and say how far off that is";
    const EXAMPLES: &'static [&'static str] = &[
        "slipstick validate --data measured_inference.csv --configs ./configs",
        "slipstick validate --data measured_memory.csv --configs ./configs --json | jq .summary",
        "slipstick validate --data runs.csv --configs ./configs --regime agg_unsaturated --engine vllm",
        "slipstick validate --data runs.csv --contribute contribution.csv",
    ];
    const KEPT: bool = false;
    const LONG: bool = true;
    const REPORTS: &'static [ReportKind] = &[ReportKind::of::<super::ValidateReport>()];

    fn answer(&self, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
        super::validate(self, catalog, world).map(Output::from)
    }

    fn answer_to(
        &self,
        catalog: &Catalog,
        world: &dyn World,
        rows: &mut dyn Rows,
    ) -> Result<Output, ApiError> {
        super::validate_to(self, catalog, world, rows).map(Output::from)
    }
}
