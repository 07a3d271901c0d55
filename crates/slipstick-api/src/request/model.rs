//! `slipstick model`.

use serde::{Deserialize, Serialize};

use super::Count;

/// What is a model made of?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelRequest {
    /// A path, a catalogue name, or a repository.
    pub model: String,
    /// The format of the cache; 16 bit if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kv_dtype: Option<String>,
    /// The context at which FLOPs a token and cache a sequence are shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Count>,
    /// Reads an architecture that is not known as a plain decoder, every number marked as assumed.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub allow_unknown: bool,
}
