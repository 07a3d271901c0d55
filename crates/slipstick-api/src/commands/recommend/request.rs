//! `slipstick recommend`: its request.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use slipstick_catalog::Catalog;

use crate::{
    ApiError, Output, World,
    registry::Question,
    report::ReportKind,
    request::{Count, Duration, LoadRequest, Memory, PriceRequest, text},
};

/// Which models fit and serve well on some hardware, or in some memory?
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct RecommendRequest {
    /// Accelerators: h100, h100:8, 2x8xh200, or a description in my-chip.toml
    #[arg(long, value_name = "HARDWARE")]
    pub on: Option<String>,
    /// Only so much memory, such as 24GiB, where the hardware is not known
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<Memory>,
    /// The serving engine, such as vllm or vllm@0.11
    #[arg(long, value_name = "NAME[@VERSION]")]
    pub engine: Option<String>,
    /// Weight formats to try, separated by commas; the engine's usual ones if not given
    #[arg(long, value_name = "FORMAT", value_delimiter = ',')]
    #[serde(default, deserialize_with = "text::list")]
    pub quant: Vec<String>,
    /// The cache's format: bf16, fp8, q8_0 and so on
    #[arg(long, value_name = "FORMAT")]
    pub kv_dtype: Option<String>,
    /// The slowest acceptable time per output token, such as 50ms
    #[arg(long, value_name = "TIME")]
    pub tpot: Option<Duration>,
    /// The order: pareto, quality, speed, cost or tokentally; pareto if not given
    #[arg(long, value_name = "NAME")]
    pub ranking: Option<String>,
    /// What the models are made for: chat, base, code, vision, audio, speech or any; chat if not given
    #[arg(long, value_name = "USE")]
    pub r#use: Option<String>,
    /// Only models with a name like this
    #[arg(long, value_name = "TEXT")]
    pub like: Option<String>,
    /// How many to show; 20 if not given
    #[arg(long, value_name = "COUNT")]
    pub limit: Option<Count>,
    /// The load.
    #[command(flatten)]
    #[serde(flatten)]
    pub load: LoadRequest,
    /// What it costs.
    #[command(flatten)]
    #[serde(flatten)]
    pub prices: PriceRequest,
}

impl Question for RecommendRequest {
    const NAME: &'static str = "recommend";
    const ABOUT: &'static str = "Say which models fit and serve well on some hardware, ranked, with reasons";
    const EXAMPLES: &'static [&'static str] = &[
        "slipstick recommend --on rtx-4090",
        "slipstick recommend --on 8xh100 --concurrency 64 --tpot 50ms --ranking cost",
        "slipstick recommend --memory 24GiB --quant q4_k_m,q8_0 --engine llama.cpp",
        "slipstick recommend --on m3-ultra:256GB --like qwen --json",
        "slipstick recommend --on rtx-5090 --use code",
        "slipstick recommend --on a100-80gb --ranking tokentally",
    ];
    const LONG: bool = true;
    const DRAWN: bool = true;
    const REPORTS: &'static [ReportKind] = &[ReportKind::of::<super::RecommendReport>()];

    fn answer(&self, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
        super::recommend(self, catalog, world).map(Output::from)
    }
}
