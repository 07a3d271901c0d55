//! Rules of plain library code.

use super::StateBytes;
use crate::{basis::Known, units::Bytes};

/// Hugging Face transformers.
#[derive(Debug, Clone, PartialEq)]
pub struct TransformersRules {
    /// Whether the logits of the whole prompt are kept.
    pub full_logits: bool,
    /// Whether attention is fused.
    pub flash_attention: bool,
    /// The peak of a step, against what the widths say.
    pub activation_share: Known<f64>,
    /// What it keeps recurrent state in.
    pub state: StateBytes,
    /// The device context and libraries' workspaces.
    pub context: Known<Bytes>,
}
