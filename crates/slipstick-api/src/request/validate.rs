//! `slipstick validate`: predictions against measurements.

use serde::{Deserialize, Serialize};

/// A table of measurements.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ValidateRequest {
    /// The CSV file.
    pub data: String,
    /// Directories in which the table's `config_file` is looked up.
    pub configs: Vec<String>,
    /// Only rows of this regime.
    pub regime: Option<String>,
    /// Only rows of this engine.
    pub engine: Option<String>,
    /// Only rows with this accelerator.
    pub gpu: Option<String>,
}
