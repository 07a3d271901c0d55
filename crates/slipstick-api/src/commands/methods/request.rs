//! `slipstick methods ..`: the requests of its commands.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use slipstick_catalog::Catalog;

use crate::{
    ApiError, Output, World,
    registry::Question,
    report::ReportKind,
    request::{EstimateRequest, text},
};

/// Which methods are there?
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct MethodsListRequest {}

impl Question for MethodsListRequest {
    const NAME: &'static str = "methods list";
    const ABOUT: &'static str = "List every method";
    const EXAMPLES: &'static [&'static str] = &["slipstick methods list"];
    const KEPT: bool = false;
    const CATALOGUE: bool = true;
    const REPORTS: &'static [ReportKind] = &[ReportKind::of::<super::MethodsListReport>()];

    fn answer(&self, _: &Catalog, _: &dyn World) -> Result<Output, ApiError> {
        Ok(super::list().into())
    }
}

/// What does a method say?
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct MethodsShowRequest {
    /// The method, such as tokentally
    #[arg(value_name = "METHOD")]
    pub method: String,
}

crate::request::needs!(MethodsShowRequest: method);

impl Question for MethodsShowRequest {
    const NAME: &'static str = "methods show";
    const ABOUT: &'static str = "Show a method: formulas, inputs, source, known faults";
    const EXAMPLES: &'static [&'static str] = &["slipstick methods show llm-tools --markdown"];
    const KEPT: bool = false;
    const CATALOGUE: bool = true;
    const REPORTS: &'static [ReportKind] = &[ReportKind::of::<super::MethodReport>()];

    fn answer(&self, _: &Catalog, _: &dyn World) -> Result<Output, ApiError> {
        super::show(&self.method).map(Output::from)
    }
}

/// What do all methods say of one deployment and load?
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct MethodsCompareRequest {
    /// What is deployed, under which load, at what price.
    #[command(flatten)]
    #[serde(flatten)]
    pub estimate: EstimateRequest,
}

impl MethodsCompareRequest {
    /// A model on accelerators, with all else left to its default.
    pub fn new(model: impl Into<String>, on: impl Into<String>) -> Self {
        Self { estimate: EstimateRequest::new(model, on), ..Self::default() }
    }
}

impl Question for MethodsCompareRequest {
    const NAME: &'static str = "methods compare";
    const ABOUT: &'static str =
        "Put one deployment and load through every method and the estimate, side by side";
    const EXAMPLES: &'static [&'static str] =
        &["slipstick methods compare llama-3.1-70b --on 8xh100 --input 31k --output 1k --concurrency 32"];

    const REPORTS: &'static [ReportKind] = &[ReportKind::of::<super::MethodsCompareReport>()];

    fn answer(&self, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
        super::compare(&self.estimate, catalog, world).map(Output::from)
    }
}

/// What does a method compute from these inputs?
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct MethodsPageRequest {
    /// The method, such as llm-calculator
    #[arg(value_name = "METHOD")]
    pub method: String,
    /// Its inputs, such as params_b=40
    #[arg(value_name = "KEY=VALUE")]
    #[serde(default, deserialize_with = "text::list")]
    pub inputs: Vec<String>,
}

crate::request::needs!(MethodsPageRequest: method);

impl Question for MethodsPageRequest {
    const NAME: &'static str = "methods page";
    const ABOUT: &'static str = "Compute everything that the inputs are enough for, on one page";
    const EXAMPLES: &'static [&'static str] =
        &["slipstick methods page llm-calculator params_b=40 gtokens=1000 gpus=300 usd_per_gpu_hour=$2.50/h"];
    const KEPT: bool = false;
    const CATALOGUE: bool = true;
    const REPORTS: &'static [ReportKind] = &[ReportKind::of::<super::MethodPageReport>()];

    fn answer(&self, _: &Catalog, _: &dyn World) -> Result<Output, ApiError> {
        super::page(&self.method, &self.inputs).map(Output::from)
    }
}

/// What is one quantity by a method?
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct MethodsEvalRequest {
    /// The method, such as tokentally
    #[arg(value_name = "METHOD")]
    pub method: String,
    /// The quantity, such as kv_cache
    #[arg(value_name = "QUANTITY")]
    pub quantity: String,
    /// Its inputs, such as seq=32k
    #[arg(value_name = "KEY=VALUE")]
    #[serde(default, deserialize_with = "text::list")]
    pub inputs: Vec<String>,
}

crate::request::needs!(MethodsEvalRequest: method, quantity);

impl Question for MethodsEvalRequest {
    const NAME: &'static str = "methods eval";
    const ABOUT: &'static str = "Compute one quantity as the method's authors wrote it";
    const EXAMPLES: &'static [&'static str] = &[
        "slipstick methods eval llm-tools kv_cache batch=1 seq=32k layers=32 hidden=4096",
        "slipstick methods eval inference-arithmetic ops_per_byte tflops=989 bandwidth_gb_s=3.35TB/s --json",
    ];
    const KEPT: bool = false;
    const REPORTS: &'static [ReportKind] = &[ReportKind::of::<super::MethodEvalReport>()];

    fn answer(&self, _: &Catalog, _: &dyn World) -> Result<Output, ApiError> {
        super::eval(&self.method, &self.quantity, &self.inputs).map(Output::from)
    }
}
