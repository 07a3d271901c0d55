//! One request over several accelerators, formats, engines, clouds.

use serde::{Deserialize, Serialize};

use super::EstimateRequest;

/// The same question, varied. Each list that is not empty replaces what the base says; all combinations are asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompareRequest {
    /// What is the same everywhere.
    pub base: EstimateRequest,
    /// Models.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<String>,
    /// Accelerators with counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on: Vec<String>,
    /// Engines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub engines: Vec<String>,
    /// Weight formats.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quants: Vec<String>,
    /// Cache formats.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kv_dtypes: Vec<String>,
    /// Clouds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clouds: Vec<String>,
    /// The column to sort by; the order of the request if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
}
