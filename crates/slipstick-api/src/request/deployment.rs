//! What is deployed, how, under which load and at what price: the parts that requests share.
//!
//! A field is a flag, the key of a scenario, of a request over HTTP and of a column; its comment is the help that all of
//! them show.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use slipstick_catalog::Catalog;

use super::{Acceptance, ArrivalKind, Count, Memory, Price, Rate, Share, text};

/// A model on accelerators under an engine.
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
#[command(next_help_heading = "Deployment")]
pub struct DeploymentRequest {
    /// A config.json, a folder with one, a catalogue name, or org/name
    #[arg(value_name = "MODEL", help_heading = None)]
    pub model: String,
    /// Accelerators: h100, h100:8, 2x8xh200, m3-max:64GB where several sizes are sold, a description in my-chip.toml, auto for this machine, or cpu for its processor
    #[arg(long, value_name = "HARDWARE")]
    pub on: String,
    /// The serving engine, such as vllm or vllm@0.11
    #[arg(long, value_name = "NAME[@VERSION]")]
    pub engine: Option<String>,
    /// Tensor-parallel ranks; as many as a node's accelerators and the heads allow if not given
    #[arg(long, value_name = "RANKS")]
    pub tp: Option<Count>,
    /// Pipeline stages
    #[arg(long, value_name = "STAGES")]
    pub pp: Option<Count>,
    /// Expert-parallel groups
    #[arg(long, value_name = "GROUPS")]
    pub ep: Option<Count>,
    /// Data-parallel ranks
    #[arg(long, value_name = "RANKS")]
    pub dp: Option<Count>,
    /// The weights' format, such as fp8, awq, nvfp4, q4_k_m; the checkpoint's own if not given
    #[arg(long, value_name = "FORMAT")]
    pub quant: Option<String>,
    /// The cache's format: bf16, fp8, q8_0 and so on
    #[arg(long, value_name = "FORMAT")]
    pub kv_dtype: Option<String>,
    /// Share of the memory the engine may take, such as 0.9
    #[arg(long, value_name = "SHARE", hide_short_help = true)]
    #[serde(default, deserialize_with = "text::number")]
    pub memory_fraction: Option<f64>,
    /// Sequences the engine runs at once, at most
    #[arg(long, value_name = "COUNT")]
    pub max_sequences: Option<Count>,
    /// Tokens the engine puts into one step, at most
    #[arg(long, value_name = "TOKENS")]
    pub max_batched_tokens: Option<Count>,
    /// Tokens of a cache block
    #[arg(long, value_name = "TOKENS", hide_short_help = true)]
    pub block_size: Option<Count>,
    /// Tokens of a micro-batch, where the engine splits a step
    #[arg(long, value_name = "TOKENS", hide_short_help = true)]
    pub micro_batch: Option<Count>,
    /// Memory of the cache, such as 20GiB, instead of what is left
    #[arg(long, value_name = "MEMORY", hide_short_help = true)]
    pub cache_memory: Option<Memory>,
    /// Memory that programs see of an accelerator, where it is known better than what its driver reports
    #[arg(long, value_name = "MEMORY", hide_short_help = true)]
    pub visible_memory: Option<Memory>,
    /// Whether the engine runs without captured graphs
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", hide_short_help = true)]
    #[serde(default, deserialize_with = "text::maybe")]
    pub enforce_eager: Option<bool>,
    /// Whether attention is fused
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", hide_short_help = true)]
    #[serde(default, deserialize_with = "text::maybe")]
    pub flash_attention: Option<bool>,
    /// Slots of a server that share the cache of the sequences, such as the 4 that llama-server makes itself
    #[arg(long, value_name = "COUNT", hide_short_help = true)]
    pub slots: Option<Count>,
    /// Whether all sequences share one stream of cache cells
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", hide_short_help = true)]
    #[serde(default, deserialize_with = "text::maybe")]
    pub unified_cache: Option<bool>,
    /// Whether layers with a window keep the whole context
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", hide_short_help = true)]
    #[serde(default, deserialize_with = "text::maybe")]
    pub whole_window_cache: Option<bool>,
    /// Whether encoders of images and sound are loaded, where they come in a file of their own
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", hide_short_help = true)]
    #[serde(default, deserialize_with = "text::maybe")]
    pub image_encoder: Option<bool>,
    /// Tokens that the model's own prediction layer drafts in a step
    #[arg(long, value_name = "TOKENS", hide_short_help = true)]
    pub draft_tokens: Option<Count>,
    /// What drafts tokens that the model verifies: mtp=1 (its own prediction layers), draft:MODEL=4, eagle3:MODEL=3, p-eagle:MODEL=4, dflash:MODEL=8, ngram=4, or none
    #[arg(long, value_name = "METHOD")]
    pub speculative: Option<String>,
    /// Chance that a drafted token is accepted if all before it were, such as 0.8, or for each place 0.9,0.7,0.5; published rates if not given
    #[arg(long, value_name = "SHARES", hide_short_help = true)]
    pub acceptance: Option<Acceptance>,
    /// Whether prompts that do not fit into a step are divided: on or off; as the engine does if not given
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", value_parser = text::on_off)]
    #[serde(default, deserialize_with = "text::maybe_on")]
    pub chunked_prefill: Option<bool>,
    /// Steps that settings hold a new request back for in the mean, such as TensorRT-LLM's batch_wait_timeout_iters
    #[arg(long, value_name = "STEPS", hide_short_help = true)]
    #[serde(default, deserialize_with = "text::number")]
    pub hold_steps: Option<f64>,
    /// Requests pass a frontend that routes them to engines, such as NVIDIA Dynamo's, in place of the engine's own server
    #[arg(long, hide_short_help = true)]
    #[serde(default, deserialize_with = "text::switch")]
    pub frontend: bool,
    /// Whether the engine keeps the caches of earlier prompts: on or off; as it does itself if not given
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", value_parser = text::on_off, hide_short_help = true)]
    #[serde(default, deserialize_with = "text::maybe_on")]
    pub prefix_caching: Option<bool>,
    /// Read an architecture that is not known as a plain decoder, every number marked as assumed
    #[arg(long, hide_short_help = true)]
    #[serde(default, deserialize_with = "text::switch")]
    pub allow_unknown: bool,
    /// Refuse what is otherwise a warning of the model, such as files that contradict their configuration
    #[arg(long, hide_short_help = true)]
    #[serde(default, deserialize_with = "text::switch")]
    pub strict: bool,
}

crate::request::needs!(DeploymentRequest: model, on);

/// Requests of equal shape.
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
#[command(next_help_heading = "Load")]
pub struct LoadRequest {
    /// A use whose lengths are taken where none are given: chatbot, rag, code-completion, agents, summarisation or reasoning
    #[arg(long, value_name = "NAME")]
    pub use_case: Option<String>,
    /// Prompt tokens of a request, such as 1k
    #[arg(long, value_name = "TOKENS")]
    pub input: Option<Count>,
    /// Output tokens of a request
    #[arg(long, value_name = "TOKENS")]
    pub output: Option<Count>,
    /// Requests in flight
    #[arg(long, value_name = "REQUESTS")]
    pub concurrency: Option<Count>,
    /// Tokens that the engine is told a sequence may reach, such as 32k; those of a request if not given
    #[arg(long, value_name = "TOKENS")]
    pub context: Option<Count>,
    /// What of the prompts is in the engine's cache already.
    #[command(flatten)]
    #[serde(flatten)]
    pub cached: CachedRequest,
    /// How requests arrive.
    #[command(flatten)]
    #[serde(flatten)]
    pub arrival: ArrivalRequest,
}

/// What of the prompts is in the engine's cache already.
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
#[command(next_help_heading = "Load")]
pub struct CachedRequest {
    /// Share of a request's prompt that is found in a prefix cache, such as 0.4: of each request its own, as the turns before it
    #[arg(long, value_name = "SHARE")]
    pub prefix_hit: Option<Share>,
    /// Leading prompt tokens that all requests share, such as a system prompt of 2k: read once, and kept once
    #[arg(long, value_name = "TOKENS")]
    pub shared_prefix: Option<Count>,
}

impl LoadRequest {
    /// Prompts of so many tokens, answers of so many, and requests in flight.
    pub fn new(input: u64, output: u64, concurrency: u64) -> Self {
        let (input, output, concurrency) =
            (Some(Count(input)), Some(Count(output)), Some(Count(concurrency)));
        Self { input, output, concurrency, ..Self::default() }
    }
}

/// How requests arrive.
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
#[command(next_help_heading = "Load")]
pub struct ArrivalRequest {
    /// How requests arrive: closed (a new one for each answer), burst (all at once), static (one batch) or open (at a rate);
    /// closed if not given
    #[arg(long, value_name = "KIND")]
    pub arrival: Option<ArrivalKind>,
    /// Requests that each slot of a closed loop serves, if it starts from nothing as benchmarks do; steady state if not given
    #[arg(long, value_name = "REQUESTS", hide_short_help = true)]
    #[serde(default, deserialize_with = "text::number")]
    pub requests_per_slot: Option<f64>,
    /// Requests that arrive, such as 5/s or 300/min, whoever is still served; how many are in flight follows
    #[arg(long, value_name = "RATE")]
    pub rate: Option<Rate>,
}

impl ArrivalRequest {
    /// Whether requests arrive at a rate.
    pub(crate) fn is_open(&self) -> bool {
        self.rate.is_some() || self.arrival == Some(ArrivalKind::Open)
    }
}

/// What a deployment costs.
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
#[command(next_help_heading = "Price")]
pub struct PriceRequest {
    /// Price of the whole deployment, such as '$2.50/h'; if not given, the lowest price of a provider's own list for what holds exactly a node, at most 180 days old; another only where there is none
    #[arg(long, value_name = "PRICE")]
    pub price: Option<Price>,
    /// Only offers of this cloud
    #[arg(long, value_name = "CLOUD")]
    pub cloud: Option<String>,
    /// Only offers in this region
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// on-demand, spot, 1y or 3y
    #[arg(long, value_name = "TERM")]
    pub term: Option<String>,
    /// The instance that the hardware was named by: only its offers are asked.
    #[arg(skip)]
    #[serde(skip)]
    pub(crate) instance: Option<String>,
    /// Share of the time under this load, such as 0.4; 1 if not given
    #[arg(long, value_name = "SHARE")]
    #[serde(default, deserialize_with = "text::number")]
    pub utilisation: Option<f64>,
}

impl PriceRequest {
    /// The same for the hardware of `--on`: where that is the name of an instance, no other is asked for its price.
    pub(crate) fn of(&self, on: &str, catalog: &Catalog) -> Self {
        let instance = || catalog.instances(on).map(|instances| instances.name.to_owned());
        Self { instance: self.instance.clone().or_else(instance), ..self.clone() }
    }
}
