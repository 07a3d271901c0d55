//! Hugging Face transformers: a cache that grows.

use super::{
    Chunking, Command, Launch, Overheads, PrefixCaching, Setting, StateBytes, UsualFormats,
    demand::{ACTIVATION_BYTES, Demand, RankLoad, Stage},
    launch::{Words, replicated, served},
    rules::{Rules, rules},
};
use crate::{
    basis::Known,
    formulas::memory::activations::eager_scores,
    hardware::Accelerator,
    quantity::Quantity as Q,
    trace::{Trace, asked, layout, model, rules},
    traced,
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
        /// The process itself where the device is the host.
        host_context: Known<Bytes>,
        /// Whether the caches of earlier prompts are kept.
        prefix_caching: PrefixCaching,
        /// Whether prompts that do not fit into a step are divided.
        chunked_prefill: Chunking,
        /// The ways of drafting that it knows.
        speculation: String,
    }
}

impl Rules for TransformersRules {
    fn state(&self) -> StateBytes {
        self.state
    }

    fn formats(&self) -> UsualFormats {
        UsualFormats {
            smaller_weights: &["int8", "nf4"],
            smaller_caches: &["int8"],
            weights: &["checkpoint", "nf4"],
        }
    }

    fn overheads(&self) -> Overheads {
        Overheads { alone: self.context, parallel: self.context, graphs: Known::ZERO }
    }

    fn prefix_caching(&self, _: bool) -> PrefixCaching {
        self.prefix_caching
    }

    fn chunking(&self) -> Chunking {
        self.chunked_prefill
    }

    fn speculation(&self) -> &str {
        &self.speculation
    }

    fn settings(&self, _: &Accelerator) -> &'static [Setting] {
        &[Setting::VisibleMemory, Setting::MaxSequences, Setting::FlashAttention, Setting::Drafts]
    }

    fn splits_layers(&self) -> bool {
        true
    }

    fn demand(&self, stage: &Stage, load: RankLoad, trace: Trace<'_>) -> Demand {
        let prompt = load.input.saturating_mul(load.sequences);
        let kept =
            if stage.options.full_logits.unwrap_or(self.full_logits) { prompt } else { load.sequences };
        let logits = stage.logits_peak((kept, layout("tokens")), ACTIVATION_BYTES, trace);
        let scores = if stage.options.flash_attention.unwrap_or(self.flash_attention) {
            Bytes::ZERO
        } else {
            traced!(trace, Q::EagerScores, eager_scores {
                a: stage.widths.heads => model("heads"),
                tokens: prompt => layout("tokens"),
                s: load.input => asked("tokens"),
                b_a: ACTIVATION_BYTES => rules("B"),
            })
        };
        let block = stage.block_peak((prompt, layout("tokens")), trace);
        let parts = [(Q::BlockPeak, block), (Q::LogitsPeak, logits), (Q::EagerScores, scores)];
        let peak = Stage::peak(Q::StepPeak, parts, trace);
        let step = Stage::share_of_step(self.activation_share, peak, trace);
        let activations = stage.peak_of_starts(step, trace);
        let context = if stage.on_host { self.host_context } else { stage.outside(self.context) };
        stage.grown(load, self.state, activations, context, trace)
    }

    fn launch(&self, with: &Launch<'_>) -> Option<Command> {
        let (model, wants) = served(with, false);
        let words = Words::new(&["transformers", "serve", "--force-model", &model]);
        Some(Command { words: words.0, wants: replicated(with, wants) })
    }
}
