//! `slipstick summarize`: what a measured run amounts to.

use serde::{Deserialize, Serialize};

use super::{Count, Duration};

/// A measured run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SummarizeRequest {
    /// The model that ran.
    pub model: String,
    /// How long it took.
    pub elapsed: Duration,
    /// The tokens it generated, of all sequences together.
    pub tokens: Count,
    /// The tokens it read, of all sequences together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Count>,
    /// Sequences generated together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<Count>,
    /// The hardware it ran on, against whose peaks it is held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<String>,
    /// The format of the weights, if not the checkpoint's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quant: Option<String>,
}
