//! `slipstick recommend`: which models serve well on this hardware.

use serde::{Deserialize, Serialize};

use super::{Count, Duration, Memory, PriceRequest};

/// Hardware or a memory, a load, and how to rank.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RecommendRequest {
    /// The hardware.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<String>,
    /// A memory, where the hardware is not known: no speed then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<Memory>,
    /// The engine, with its version after an `@`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
    /// Weight formats to try; the engine's usual ones if empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quants: Vec<String>,
    /// The cache's format.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kv_dtype: Option<String>,
    /// Prompt tokens of a request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<Count>,
    /// Output tokens of a request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Count>,
    /// Requests in flight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<Count>,
    /// The slowest acceptable time of a further token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tpot: Option<Duration>,
    /// The ranking: `quality`, `speed`, `cost` or `tokentally`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ranking: Option<String>,
    /// Only models with a name like this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub like: Option<String>,
    /// At most so many rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<Count>,
    /// What it costs.
    #[serde(skip_serializing_if = "PriceRequest::is_default")]
    pub prices: PriceRequest,
}
