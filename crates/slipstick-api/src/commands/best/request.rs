//! `slipstick best`: its request.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use slipstick_catalog::Catalog;

use crate::{
    ApiError, Output, World,
    registry::Question,
    report::ReportKind,
    request::{Count, Duration, text},
};

/// The best of everything by one figure.
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct BestRequest {
    /// The figure: tokens-per-usd, tokens-per-s-per-accelerator, tokens-per-s-per-user, tpot, joules-per-token and so on; tokens-per-usd if not given
    #[arg(long, value_name = "FIGURE")]
    pub by: Option<String>,
    /// Show the best of each value of these: model, on, cloud, quant, engine or count; model and on if not given
    #[arg(long, value_name = "AXIS", value_delimiter = ',')]
    #[serde(default, deserialize_with = "text::list")]
    pub per: Vec<String>,
    /// How many to show of each list; 10 if not given
    #[arg(long, value_name = "COUNT")]
    pub limit: Option<Count>,
    /// Only these models, separated by commas, or all; those of the catalogue that are made for chat if not given
    #[arg(long, value_name = "MODEL", value_delimiter = ',', help_heading = "Among")]
    #[serde(default, deserialize_with = "text::list")]
    pub model: Vec<String>,
    /// Only these accelerators; all that a provider lists if not given
    #[arg(long, value_name = "HARDWARE", value_delimiter = ',', help_heading = "Among")]
    #[serde(default, deserialize_with = "text::list")]
    pub on: Vec<String>,
    /// Accelerators of a deployment; 1, 2, 4 and 8 if not given
    #[arg(long, value_name = "COUNT", value_delimiter = ',', help_heading = "Among")]
    #[serde(default, deserialize_with = "text::counts")]
    pub count: Vec<Count>,
    /// Engines; the usual one of each hardware if not given
    #[arg(long, value_name = "NAME", value_delimiter = ',', help_heading = "Among")]
    #[serde(default, deserialize_with = "text::list")]
    pub engine: Vec<String>,
    /// Formats of the weights; the checkpoint's own and fp8 if not given
    #[arg(long, value_name = "FORMAT", value_delimiter = ',', help_heading = "Among")]
    #[serde(default, deserialize_with = "text::list")]
    pub quant: Vec<String>,
    /// Clouds; the cheapest offer of any if not given, each of them if it is all
    #[arg(long, value_name = "CLOUD", value_delimiter = ',', help_heading = "Among")]
    #[serde(default, deserialize_with = "text::list")]
    pub cloud: Vec<String>,
    /// on-demand, spot, 1y or 3y
    #[arg(long, value_name = "TERM", help_heading = "Among")]
    pub term: Option<String>,
    /// A use whose lengths and times are taken where none are given: chatbot, rag, code-completion, agents, summarisation or reasoning
    #[arg(long, value_name = "NAME", help_heading = "Load")]
    pub use_case: Option<String>,
    /// Prompt tokens of a request; 1,024 if not given
    #[arg(long, value_name = "TOKENS", help_heading = "Load")]
    pub input: Option<Count>,
    /// Output tokens of a request; 256 if not given
    #[arg(long, value_name = "TOKENS", help_heading = "Load")]
    pub output: Option<Count>,
    /// Requests in flight to try; 1, 4, 16, 64 and 256 if not given
    #[arg(long, value_name = "REQUESTS", value_delimiter = ',', help_heading = "Load")]
    #[serde(default, deserialize_with = "text::counts")]
    pub concurrency: Vec<Count>,
    /// The slowest acceptable time to the first token
    #[arg(long, value_name = "TIME", help_heading = "Load")]
    pub ttft: Option<Duration>,
    /// The slowest acceptable time per output token
    #[arg(long, value_name = "TIME", help_heading = "Load")]
    pub tpot: Option<Duration>,
}

impl Question for BestRequest {
    const NAME: &'static str = "best";
    const ABOUT: &'static str =
        "Rank every deployment of every model by one figure, such as tokens for a dollar";
    const EXAMPLES: &'static [&'static str] = &[
        "slipstick best --by tokens-per-usd --tpot 50ms",
        "slipstick best --model llama-3.3-70b,qwen3-32b --on h100,h200,b200 --per on,cloud --cloud all",
        "slipstick best --by joules-per-token --model gpt-oss-120b --json",
    ];
    const LONG: bool = true;
    const REPORTS: &'static [ReportKind] = &[ReportKind::of::<super::BestReport>()];

    fn answer(&self, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
        super::best(self, catalog, world).map(Output::from)
    }
}
