//! Hugging Face transformers: a cache that grows.

use super::{
    Command, Launch, Overheads, StateBytes,
    launch::{Words, needs_checkpoint},
    rules::{Rules, rules},
};
use crate::{basis::Known, units::Bytes};

rules! {
    /// Hugging Face transformers.
    TransformersRules as "transformers" or "hf" {
        /// Whether the logits of the whole prompt are kept.
        full_logits: bool,
        /// Whether attention is fused.
        flash_attention: bool,
        /// The peak of a step, against what the widths say.
        activation_share: Known<f64>,
        /// What it keeps recurrent state in.
        state: StateBytes,
        /// The device context and libraries' workspaces.
        context: Known<Bytes>,
    }
}

impl Rules for TransformersRules {
    fn state(&self) -> StateBytes {
        self.state
    }

    fn overheads(&self) -> Overheads {
        Overheads { alone: self.context, parallel: self.context, graphs: Known::ZERO }
    }

    fn splits_layers(&self) -> bool {
        true
    }

    fn launch(&self, with: &Launch<'_>) -> Option<Command> {
        let words = Words::new(&["transformers", "serve", "--force-model", with.model]);
        Some(Command { words: words.0, wants: needs_checkpoint(with, false) })
    }
}
