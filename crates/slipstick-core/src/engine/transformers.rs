//! Rules of plain library code.

use super::Known;
use crate::units::Bytes;

/// Hugging Face transformers.
#[derive(Debug, Clone, PartialEq)]
pub struct TransformersRules {
    /// Whether the logits of the whole prompt are kept.
    pub full_logits: bool,
    /// Whether attention is fused.
    pub flash_attention: bool,
    /// The device context and libraries' workspaces.
    pub context: Known<Bytes>,
}
