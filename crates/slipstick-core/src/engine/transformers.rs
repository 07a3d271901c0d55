//! Hugging Face transformers: a cache that grows.

use super::{
    Command, Launch, Overheads, StateBytes,
    demand::{ACTIVATION_BYTES, Demand, RankLoad, Stage},
    launch::{Words, needs_checkpoint},
    rules::{Rules, rules},
};
use crate::{
    basis::Known,
    formulas::memory::activations::{eager_scores, forward_peak},
    units::Bytes,
};

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

    fn demand(&self, stage: &Stage, load: RankLoad) -> Demand {
        let w = &stage.widths;
        let prompt = load.input.saturating_mul(load.sequences);
        let kept =
            if stage.options.full_logits.unwrap_or(self.full_logits) { prompt } else { load.sequences };
        let logits = if stage.last {
            forward_peak(kept, w.vocab, ACTIVATION_BYTES, w.hidden, ACTIVATION_BYTES)
        } else {
            Bytes::ZERO
        };
        let scores = if stage.options.flash_attention.unwrap_or(self.flash_attention) {
            Bytes::ZERO
        } else {
            eager_scores(w.heads, prompt, load.input, ACTIVATION_BYTES)
        };
        let peak = logits.max(stage.block_peak(prompt)).max(scores);
        stage.grown(load, self.state, self.activation_share.of_bytes(peak), self.context)
    }

    fn launch(&self, with: &Launch<'_>) -> Option<Command> {
        let words = Words::new(&["transformers", "serve", "--force-model", with.model]);
        Some(Command { words: words.0, wants: needs_checkpoint(with, false) })
    }
}
