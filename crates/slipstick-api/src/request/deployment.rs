//! What is deployed, how, and under which load.

use serde::{Deserialize, Serialize};

use super::{Count, Price};

/// A model on accelerators under an engine.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeploymentRequest {
    /// A path, a catalogue name, or a repository.
    pub model: String,
    /// Accelerators: `h100`, `h100:8`, `2x8xh200`, or a description in a file.
    pub on: String,
    /// The engine, with its version after an `@`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
    /// Tensor-parallel ranks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tp: Option<Count>,
    /// Pipeline stages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pp: Option<Count>,
    /// Expert-parallel groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ep: Option<Count>,
    /// Data-parallel ranks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dp: Option<Count>,
    /// The weights' format; the checkpoint's own if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quant: Option<String>,
    /// The cache's format; the engine's default if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kv_dtype: Option<String>,
    /// Share of the memory the engine may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_fraction: Option<f64>,
    /// Sequences the engine runs at once, at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_sequences: Option<Count>,
    /// Tokens the engine puts into one step, at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_batched_tokens: Option<Count>,
    /// Reads an architecture that is not known as a plain decoder, every number marked as assumed.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub allow_unknown: bool,
}

/// Does it fit, and how far could it go?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemoryRequest {
    /// What is deployed.
    pub deployment: DeploymentRequest,
    /// Tokens a sequence may reach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Count>,
    /// Sequences at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<Count>,
}

/// What a deployment costs.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceRequest {
    /// The price of the whole deployment, instead of the catalogue's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// Only offers of this cloud.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud: Option<String>,
    /// Only offers in this region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// on-demand, spot, 1yr or 3yr.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term: Option<String>,
    /// Share of the time under this load.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub utilisation: Option<f64>,
}

impl PriceRequest {
    /// Whether it asks for nothing in particular.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// How fast, how many, at what cost?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EstimateRequest {
    /// What is deployed.
    pub deployment: DeploymentRequest,
    /// Prompt tokens of a request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Count>,
    /// Output tokens of a request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Count>,
    /// Requests in flight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<Count>,
    /// What it costs.
    #[serde(default, skip_serializing_if = "PriceRequest::is_default")]
    pub prices: PriceRequest,
}
