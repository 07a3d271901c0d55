//! `slipstick gpus`, `instances`, `prices`, `models`, `engines`: the catalogue.

use clap::{Args, Subcommand};
use slipstick_api::{
    ApiError, Output, commands,
    request::{
        EnginesRequest, GpusRequest, ImportRequest, InstancesRequest, ModelsRequest, Page, PricesRequest,
        parse_at,
    },
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
  slipstick instances --by-cloud --gpu h100
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
    /// Cloud by cloud, only the cheapest offer of each accelerator
    #[arg(long)]
    pub by_cloud: bool,
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
        by_cloud: args.by_cloud,
        page: args.page.page()?,
    };
    commands::instances(&request, &session.catalog()?, &session.world)
}

const PRICES: &str = "\
Examples:
  slipstick prices --model deepseek-v3
  slipstick prices --provider together --sort usd_per_million_input_tokens
  slipstick prices import aws.csv --as-of 2026-11-20 --output ~/.config/slipstick/catalog/aws.csv";

const IMPORT: &str = "\
Reads, told apart by their columns:
  gpuhunt        <provider>.csv out of its catalog.zip
  skypilot       catalogs/v8/<cloud>/vms.csv
  litellm        model_prices_and_context_window.json
  slipstick      a table written by this command

Examples:
  slipstick prices import aws.csv --as-of 2026-11-20
  slipstick prices import gcp/vms.csv --as-of 2026-11 --output ~/.config/slipstick/catalog/gcp.csv";

/// Arguments of `slipstick prices`.
#[derive(Debug, Args)]
#[command(after_help = PRICES, args_conflicts_with_subcommands = true)]
pub struct PricesArgs {
    /// Read a price file of another tool instead.
    #[command(subcommand)]
    pub action: Option<PricesAction>,
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

/// What `slipstick prices` does instead of listing.
#[derive(Debug, Subcommand)]
pub enum PricesAction {
    /// Read a price file of another tool, check each row, and write the table to keep
    Import(ImportArgs),
}

/// Arguments of `slipstick prices import`.
#[derive(Debug, Args)]
#[command(after_help = IMPORT)]
pub struct ImportArgs {
    /// The file
    pub file: String,
    /// Its cloud, where neither its rows nor its name say it
    #[arg(long)]
    pub cloud: Option<String>,
    /// The day its prices hold for, where its rows do not say it
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<String>,
    /// Where to write the table
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<String>,
}

fn import(args: &ImportArgs, session: &Session) -> Result<Output, ApiError> {
    let request = ImportRequest {
        file: args.file.clone(),
        cloud: args.cloud.clone(),
        as_of: args.as_of.clone(),
        output: args.output.clone(),
    };
    let output = commands::import_prices(&request, &session.catalog()?, &session.world)?;
    if let Some(path) = &args.output {
        let table = output.json.get("table_csv").and_then(serde_json::Value::as_str).unwrap_or_default();
        std::fs::write(path, table).map_err(|error| {
            ApiError::input("file.not_written", format!("{path} cannot be written: {error}")).at("--output")
        })?;
    }
    Ok(output)
}

pub(super) fn prices(args: &PricesArgs, session: &Session) -> Result<Output, ApiError> {
    if let Some(PricesAction::Import(args)) = &args.action {
        return import(args, session);
    }
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
