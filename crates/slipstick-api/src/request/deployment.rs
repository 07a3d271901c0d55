//! A model on hardware under a load: what `memory`, `estimate`, `compare` and a scenario file ask about.

use serde::{Deserialize, Serialize};

use super::{Count, Price, Rate, Share};

/// Which question is asked of a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// Does it fit?
    Memory,
    /// How fast is it, and what does it cost?
    #[default]
    Estimate,
}

/// A model on hardware under a load.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeploymentRequest {
    /// The question.
    pub ask: Ask,
    /// A path, a catalogue name, or a repository.
    pub model: String,
    /// The hardware: `h100`, `h100:8`, `2x8xh200`, a `.toml` file, or `auto`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<String>,
    /// The engine, with its version if it matters: `vllm@0.11`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
    /// The format of the weights, if not the checkpoint's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quant: Option<String>,
    /// The format of the cache, if not the engine's own choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kv_dtype: Option<String>,
    /// The layout.
    #[serde(skip_serializing_if = "is_default")]
    pub plan: PlanRequest,
    /// The load.
    #[serde(skip_serializing_if = "is_default")]
    pub workload: WorkloadRequest,
    /// The price.
    #[serde(skip_serializing_if = "is_default")]
    pub prices: PriceRequest,
}

/// The layout; what is left out is chosen, and the answer says what was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PlanRequest {
    /// Tensor-parallel degree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tp: Option<Count>,
    /// Pipeline stages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pp: Option<Count>,
    /// Expert-parallel degree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ep: Option<Count>,
    /// Data-parallel attention ranks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dp: Option<Count>,
    /// Independent copies of the whole deployment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicas: Option<Count>,
}

/// The load: equal requests.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WorkloadRequest {
    /// Tokens a request brings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<Count>,
    /// Tokens a request is answered with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Count>,
    /// Requests in flight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<Count>,
    /// The most tokens a sequence may reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<Count>,
    /// Leading input tokens that all requests share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<Count>,
    /// Requests arriving.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
}

/// What the hardware costs: a stated price, or which offers of the catalogue count.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PriceRequest {
    /// What one accelerator costs an hour; overrides the catalogue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// Only this cloud's offers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cloud: Option<String>,
    /// Only offers of this region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The terms: `on-demand`, `spot`, `1y` or `3y`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub term: Option<String>,
    /// Share of the time the deployment is under this load.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utilisation: Option<Share>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
