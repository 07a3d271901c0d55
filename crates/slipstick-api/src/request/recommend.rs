//! `slipstick recommend`: which models serve well on given hardware.

use serde::{Deserialize, Serialize};

use super::{Count, Memory, PriceRequest, WorkloadRequest};

/// Hardware in search of a model.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RecommendRequest {
    /// The hardware.
    pub on: Option<String>,
    /// Only a memory, where the hardware does not matter.
    pub memory: Option<Memory>,
    /// The engine.
    pub engine: Option<String>,
    /// Weight formats to consider; all that suit the hardware if empty.
    pub quant: Vec<String>,
    /// Only models with a name or architecture like this.
    pub like: Option<String>,
    /// The load.
    pub workload: WorkloadRequest,
    /// The price.
    pub prices: PriceRequest,
    /// The ranking: ours, or one of a method's.
    pub ranking: Option<String>,
    /// At most so many.
    pub limit: Option<Count>,
}
