//! `slipstick words`: its request.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use slipstick_catalog::Catalog;

use crate::{ApiError, Output, World, registry::Question, report::ReportKind};

/// Which words may stand after a flag?
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct WordsRequest {
    /// One flag, such as quant; all that take words of a list if not given
    #[arg(value_name = "FLAG", help_heading = None)]
    pub flag: Option<String>,
}

impl Question for WordsRequest {
    const NAME: &'static str = "words";
    const ABOUT: &'static str =
        "List the words that flags take: formats, uses, terms, objectives, softwares, optimizers";
    const EXAMPLES: &'static [&'static str] =
        &["slipstick words", "slipstick words quant", "slipstick words use-case"];
    const KEPT: bool = false;
    const CATALOGUE: bool = true;
    const REPORTS: &'static [ReportKind] = &[ReportKind::of::<super::WordsReport>()];

    fn answer(&self, catalog: &Catalog, _: &dyn World) -> Result<Output, ApiError> {
        super::words(self, catalog).map(Output::from)
    }
}
