//! `slipstick gpus`, `instances`, `prices`, `models`, `engines`: the catalogue.

use clap::Args;
use slipstick_api::{
    ApiError, Output, commands,
    request::{EnginesRequest, GpusRequest, InstancesRequest, ModelsRequest, Page, PricesRequest, parse_at},
};

use crate::Session;

/// The part of a list to show.
#[derive(Debug, Args)]
pub struct PageArgs {
    /// The column to sort by, as --json names it
    #[arg(long, value_name = "COLUMN")]
    pub sort: Option<String>,
    /// Largest first
    #[arg(long)]
    pub descending: bool,
    /// At most so many rows
    #[arg(long, value_name = "ROWS")]
    pub limit: Option<String>,
}

impl PageArgs {
    fn page(&self) -> Result<Page, ApiError> {
        Ok(Page {
            sort: self.sort.clone(),
            descending: self.descending,
            limit: self.limit.as_deref().map(|text| parse_at("--limit", text)).transpose()?,
        })
    }
}

const GPUS: &str = "\
Examples:
  slipstick gpus
  slipstick gpus h100
  slipstick gpus --vendor amd --min-memory 100GiB --sort memory_bandwidth_bytes_per_s --descending";

/// Arguments of `slipstick gpus`.
#[derive(Debug, Args)]
#[command(after_help = GPUS)]
pub struct GpusArgs {
    /// One accelerator, shown in full
    pub name: Option<String>,
    /// Only this maker's
    #[arg(long)]
    pub vendor: Option<String>,
    /// Only those with a part of their name or architecture like this
    #[arg(long, value_name = "TEXT")]
    pub like: Option<String>,
    /// Only those with at least so much memory, such as 80GiB
    #[arg(long, value_name = "SIZE")]
    pub min_memory: Option<String>,
    /// Order and length.
    #[command(flatten)]
    pub page: PageArgs,
}

pub(super) fn gpus(args: &GpusArgs, session: &Session) -> Result<Output, ApiError> {
    let request = GpusRequest {
        name: args.name.clone(),
        vendor: args.vendor.clone(),
        like: args.like.clone(),
        min_memory: args.min_memory.as_deref().map(|text| parse_at("--min-memory", text)).transpose()?,
        page: args.page.page()?,
    };
    commands::gpus(&request, &session.catalog()?, &session.world)
}

const INSTANCES: &str = "\
Examples:
  slipstick instances --gpu h100 --min-count 8 --limit 10
  slipstick instances --cloud aws --term spot
  slipstick instances --gpu l40s --max-price '$1.50/h'";

/// Arguments of `slipstick instances`.
#[derive(Debug, Args)]
#[command(after_help = INSTANCES)]
pub struct InstancesArgs {
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
    pub min_count: Option<String>,
    /// Only those that cost at most this for one accelerator
    #[arg(long, value_name = "PRICE")]
    pub max_price: Option<String>,
    /// Order and length.
    #[command(flatten)]
    pub page: PageArgs,
}

pub(super) fn instances(args: &InstancesArgs, session: &Session) -> Result<Output, ApiError> {
    let request = InstancesRequest {
        gpu: args.gpu.clone(),
        cloud: args.cloud.clone(),
        region: args.region.clone(),
        term: args.term.clone(),
        min_count: args.min_count.as_deref().map(|text| parse_at("--min-count", text)).transpose()?,
        max_price: args.max_price.as_deref().map(|text| parse_at("--max-price", text)).transpose()?,
        page: args.page.page()?,
    };
    commands::instances(&request, &session.catalog()?, &session.world)
}

const PRICES: &str = "\
Examples:
  slipstick prices --model deepseek-v3
  slipstick prices --provider together --sort usd_per_million_input_tokens";

/// Arguments of `slipstick prices`.
#[derive(Debug, Args)]
#[command(after_help = PRICES)]
pub struct PricesArgs {
    /// Only models with a part of their name like this
    #[arg(long, value_name = "TEXT")]
    pub model: Option<String>,
    /// Only this provider's
    #[arg(long)]
    pub provider: Option<String>,
    /// Order and length.
    #[command(flatten)]
    pub page: PageArgs,
}

pub(super) fn prices(args: &PricesArgs, session: &Session) -> Result<Output, ApiError> {
    let request =
        PricesRequest { model: args.model.clone(), provider: args.provider.clone(), page: args.page.page()? };
    commands::prices(&request, &session.catalog()?, &session.world)
}

const MODELS: &str = "\
Examples:
  slipstick models --like qwen3
  slipstick models --max-memory 24GiB --sort parameters --descending
  slipstick models gpt-oss-120b --json";

/// Arguments of `slipstick models`.
#[derive(Debug, Args)]
#[command(after_help = MODELS)]
pub struct ModelsArgs {
    /// One model, shown in full
    pub name: Option<String>,
    /// Only those with a part of their name or architecture like this
    #[arg(long, value_name = "TEXT")]
    pub like: Option<String>,
    /// Only those whose weights take at most so much, such as 24GiB
    #[arg(long, value_name = "SIZE")]
    pub max_memory: Option<String>,
    /// Order and length.
    #[command(flatten)]
    pub page: PageArgs,
}

pub(super) fn models(args: &ModelsArgs, session: &Session) -> Result<Output, ApiError> {
    let request = ModelsRequest {
        name: args.name.clone(),
        like: args.like.clone(),
        max_memory: args.max_memory.as_deref().map(|text| parse_at("--max-memory", text)).transpose()?,
        page: args.page.page()?,
    };
    commands::models(&request, &session.catalog()?)
}

const ENGINES: &str = "\
Examples:
  slipstick engines
  slipstick engines vllm";

/// Arguments of `slipstick engines`.
#[derive(Debug, Args)]
#[command(after_help = ENGINES)]
pub struct EnginesArgs {
    /// One engine, shown in full
    pub name: Option<String>,
}

pub(super) fn engines(args: &EnginesArgs) -> Result<Output, ApiError> {
    commands::engines(&EnginesRequest { name: args.name.clone() })
}
