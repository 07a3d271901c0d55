//! `slipstick compare`: its request.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use slipstick_catalog::Catalog;

use crate::{
    ApiError, Output, World,
    registry::Question,
    report::ReportKind,
    request::{
        Acceptance, ArrivalRequest, CachedRequest, Count, DeploymentRequest, EstimateRequest, LoadRequest,
        PoolLayout, PoolsRequest, PriceRequest, text,
    },
};

/// The same question, varied: every combination of the lists is asked.
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct CompareRequest {
    /// Models, separated by commas or spaces; or scenario files, all of them .toml
    #[arg(value_name = "MODEL", required = true, value_delimiter = ',')]
    #[serde(deserialize_with = "text::list")]
    pub model: Vec<String>,
    /// Accelerators with counts, separated by commas
    #[arg(long, value_name = "HARDWARE", value_delimiter = ',')]
    #[serde(default, deserialize_with = "text::list")]
    pub on: Vec<String>,
    /// The engine of all rows, such as vllm or vllm@0.11
    #[arg(long, value_name = "NAME[@VERSION]")]
    pub engine: Option<String>,
    /// Engines, separated by commas
    #[arg(long, value_name = "ENGINE", value_delimiter = ',')]
    #[serde(default, deserialize_with = "text::list")]
    pub engines: Vec<String>,
    /// Weight formats, separated by commas
    #[arg(long, value_name = "FORMAT", value_delimiter = ',')]
    #[serde(default, deserialize_with = "text::list")]
    pub quant: Vec<String>,
    /// Cache formats, separated by commas
    #[arg(long, value_name = "FORMAT", value_delimiter = ',')]
    #[serde(default, deserialize_with = "text::list")]
    pub kv_dtype: Vec<String>,
    /// Clouds, separated by commas; all for every one that offers the hardware
    #[arg(long, value_name = "CLOUD", value_delimiter = ',', conflicts_with = "cloud")]
    #[serde(default, deserialize_with = "text::list")]
    pub clouds: Vec<String>,
    /// The column to sort by, such as ttft or usd_per_million_output_tokens
    #[arg(long, value_name = "COLUMN")]
    pub sort: Option<String>,
    /// Tensor-parallel ranks, separated by commas; as many as a node's accelerators and the heads allow if not given
    #[arg(long, value_name = "RANKS", value_delimiter = ',')]
    #[serde(default, deserialize_with = "text::counts")]
    pub tp: Vec<Count>,
    /// Pipeline stages, separated by commas
    #[arg(long, value_name = "STAGES", value_delimiter = ',')]
    #[serde(default, deserialize_with = "text::counts")]
    pub pp: Vec<Count>,
    /// Data-parallel ranks, separated by commas
    #[arg(long, value_name = "RANKS", value_delimiter = ',')]
    #[serde(default, deserialize_with = "text::counts")]
    pub dp: Vec<Count>,
    /// Expert-parallel groups, separated by commas
    #[arg(long, value_name = "GROUPS", value_delimiter = ',')]
    #[serde(default, deserialize_with = "text::counts")]
    pub ep: Vec<Count>,
    /// Pools that only read prompts, as COUNTxLAYOUT and separated by commas, such as 1xtp4,2xtp4
    #[arg(long, value_name = "POOL", value_delimiter = ',', help_heading = "Pools")]
    #[serde(default, deserialize_with = "text::pools")]
    pub prefill: Vec<PoolLayout>,
    /// Pools that go on with their caches and write, separated by commas
    #[arg(long, value_name = "POOL", value_delimiter = ',', help_heading = "Pools")]
    #[serde(default, deserialize_with = "text::pools")]
    pub decode: Vec<PoolLayout>,
    /// A use whose lengths are taken where none are given: chatbot, rag, code-completion, agents, summarisation or reasoning
    #[arg(long, value_name = "NAME", help_heading = "Load")]
    pub use_case: Option<String>,
    /// Prompt tokens of a request, such as 1k,8k
    #[arg(long, value_name = "TOKENS", value_delimiter = ',', help_heading = "Load")]
    #[serde(default, deserialize_with = "text::counts")]
    pub input: Vec<Count>,
    /// Output tokens of a request, separated by commas
    #[arg(long, value_name = "TOKENS", value_delimiter = ',', help_heading = "Load")]
    #[serde(default, deserialize_with = "text::counts")]
    pub output: Vec<Count>,
    /// Requests in flight, such as 1,8,64
    #[arg(long, value_name = "REQUESTS", value_delimiter = ',', help_heading = "Load")]
    #[serde(default, deserialize_with = "text::counts")]
    pub concurrency: Vec<Count>,
    /// Tokens that the engine is told a sequence may reach, such as 8k,32k; those of a request if not given
    #[arg(long, value_name = "TOKENS", value_delimiter = ',', help_heading = "Load")]
    #[serde(default, deserialize_with = "text::counts")]
    pub context: Vec<Count>,
    /// What drafts tokens, separated by commas: none, mtp=1, draft:MODEL=4, eagle3:MODEL=3, ngram=4
    #[arg(long, value_name = "METHOD", value_delimiter = ',')]
    #[serde(default, deserialize_with = "text::list")]
    pub speculative: Vec<String>,
    /// Chance that a drafted token is accepted, such as 0.8, or for each place 0.9,0.7,0.5; published rates if not given
    #[arg(long, value_name = "SHARES")]
    pub acceptance: Option<Acceptance>,
    /// Whether prompts that do not fit into a step are divided: on or off; as each engine does if not given
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", value_parser = text::on_off)]
    #[serde(default, deserialize_with = "text::maybe_on")]
    pub chunked_prefill: Option<bool>,
    /// Tokens an engine puts into one step, at most
    #[arg(long, value_name = "TOKENS")]
    pub max_batched_tokens: Option<Count>,
    /// What of the prompts is in the engine's cache already.
    #[command(flatten)]
    #[serde(flatten)]
    pub cached: CachedRequest,
    /// How requests arrive.
    #[command(flatten)]
    #[serde(flatten)]
    pub arrival: ArrivalRequest,
    /// What it costs.
    #[command(flatten)]
    #[serde(flatten)]
    pub prices: PriceRequest,
}

impl CompareRequest {
    /// Models, or scenario files, with all else left to its default.
    pub fn new<T: Into<String>>(models: impl IntoIterator<Item = T>) -> Self {
        Self { model: models.into_iter().map(Into::into).collect(), ..Self::default() }
    }
}

impl CompareRequest {
    /// What is the same in every row.
    pub(super) fn base(&self) -> EstimateRequest {
        EstimateRequest {
            deployment: DeploymentRequest {
                engine: self.engine.clone(),
                acceptance: self.acceptance.clone(),
                chunked_prefill: self.chunked_prefill,
                max_batched_tokens: self.max_batched_tokens,
                ..DeploymentRequest::default()
            },
            pools: PoolsRequest::default(),
            load: LoadRequest {
                use_case: self.use_case.clone(),
                arrival: self.arrival.clone(),
                cached: self.cached.clone(),
                ..LoadRequest::default()
            },
            prices: self.prices.clone(),
        }
    }
}

impl Question for CompareRequest {
    const NAME: &'static str = "compare";
    const ABOUT: &'static str =
        "Ask the same of several accelerators, formats, layouts, loads, engines or clouds, as one table";
    const EXAMPLES: &'static [&'static str] = &[
        "slipstick compare llama-3.1-8b --on h100,l40s,rtx-4090 --concurrency 16",
        "slipstick compare llama-3.1-70b --on 4xh100,8xa100-80gb --quant bf16,fp8 --sort usd_per_million_output_tokens",
        "slipstick compare llama-3.1-8b,qwen3-8b --on h100 --engine vllm --engines vllm,sglang --sort ttft",
        "slipstick compare llama-3.1-70b --on 8xh100 --tp 2,4,8 --concurrency 1,16,128",
        "slipstick compare llama-3.1-8b --on rtx-4090 --quant q4_k_m --context 8k,32k,128k --concurrency 4",
        "slipstick compare llama-3.1-8b --on h100 --clouds all --sort usd_per_million_output_tokens",
        "slipstick compare deepseek-v3 --on 8xh200 --speculative none,mtp=1,mtp=3 --concurrency 1,16,128",
        "slipstick compare mine.toml other.toml --svg both.svg",
    ];
    const LONG: bool = true;
    const DRAWN: bool = true;
    const RARE: &'static [&'static str] = &["region", "shared_prefix", "chunked_prefill", "acceptance"];
    const REPORTS: &'static [ReportKind] =
        &[ReportKind::of::<super::CompareReport>(), ReportKind::of::<super::ScenariosReport>()];

    fn answer(&self, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
        super::compare(self, catalog, world)
    }
}
