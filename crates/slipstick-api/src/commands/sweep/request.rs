//! `slipstick sweep`: its request.

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

/// Every combination of models, hardware, formats, loads and prices, as a table.
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct SweepRequest {
    /// A TOML file with the axes: flags of slipstick estimate, each with a value, a list or a range
    #[arg(value_name = "SPEC", help_heading = None)]
    pub spec: Option<String>,
    /// The axes themselves, in place of a file
    #[arg(long, value_name = "TEXT", help_heading = "Axes")]
    pub toml: Option<String>,
    /// Every model on every accelerator that a provider lists, in usual counts, formats and loads
    #[arg(long, help_heading = "Axes")]
    #[serde(default, deserialize_with = "text::switch")]
    pub everything: bool,
    /// Only the combinations of these numbers, such as 0..1000 or 42
    #[arg(long, value_name = "RANGE", help_heading = "Axes")]
    pub ids: Option<String>,
    /// The file to write: .parquet, .csv or .jsonl; a directory, ending in /, gets Parquet files that a later run goes on with
    #[arg(long, short, value_name = "FILE", help_heading = "Table")]
    pub out: Option<String>,
    /// Combinations of a file in a directory; 10M if not given
    #[arg(long, value_name = "COUNT", help_heading = "Table")]
    pub part_rows: Option<Count>,
    /// Threads; those of the machine if not given
    #[arg(long, value_name = "COUNT", help_heading = "Table")]
    pub threads: Option<Count>,
    /// The figure that makes a combination the best; tokens-per-usd if not given
    #[arg(long, value_name = "FIGURE", help_heading = "Shown")]
    pub by: Option<String>,
    /// How many of the best to show; 10 if not given
    #[arg(long, value_name = "COUNT", help_heading = "Shown")]
    pub top: Option<Count>,
    /// Show the best of each value of these axes, such as model,on
    #[arg(long, value_name = "AXIS", value_delimiter = ',', help_heading = "Shown")]
    #[serde(default, deserialize_with = "text::list")]
    pub best_per: Vec<String>,
    /// Show the combinations that no other beats in these two figures, such as tokens-per-s-per-user,usd-per-million-tokens
    #[arg(long, value_name = "FIGURES", value_delimiter = ',', help_heading = "Shown")]
    #[serde(default, deserialize_with = "text::list")]
    pub front: Vec<String>,
    /// Show how the combinations are spread over a figure
    #[arg(long, value_name = "FIGURE", help_heading = "Shown")]
    pub histogram: Option<String>,
}

impl Question for SweepRequest {
    const NAME: &'static str = "sweep";
    const ABOUT: &'static str = "Write every combination of models, hardware, formats and loads as a table";
    const NOTES: &'static str = "An axis is a flag of slipstick estimate with underscores (prefill and decode too), or count (accelerators): a value, a list, \
         {from, to, step} or {from, to, factor}; model, on and cloud take \"all\". [filter] keeps rows by verdict and by min and \
         max of figures; columns = [..] chooses what is written. A combination that cannot be is a row with its reason.";
    const EXAMPLES: &'static [&'static str] = &[
        "slipstick sweep sweep.toml --out sweep.parquet",
        "slipstick sweep --everything --ids 0..1000 --by tpot",
        "slipstick sweep sweep.toml --front tokens-per-s-per-user,usd-per-million-tokens --json",
    ];
    const KEPT: bool = false;
    const LONG: bool = true;
    const DRAWN: bool = true;
    const REPORTS: &'static [ReportKind] = &[ReportKind::of::<super::SweepReport>()];

    fn answer(&self, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
        super::sweep(self, catalog, world).map(Output::from)
    }
}
