//! No engine: weights, cache and one step's working set.

use super::{
    Chunking, Command, Launch, Overheads, PrefixCaching, Setting, StateBytes,
    demand::{ACTIVATION_BYTES, Demand, RankLoad, Stage},
    rules::{Rules, rules},
};
use crate::{
    basis::{Basis, Known},
    hardware::Accelerator,
    quantity::Quantity as Q,
    trace::{Trace, layout},
};

rules! {
    /// Nothing beside what the arithmetic needs.
    IdealRules as "ideal" or "none" {}
}

impl Rules for IdealRules {
    fn state(&self) -> StateBytes {
        StateBytes::SIXTEEN_BITS
    }

    fn overheads(&self) -> Overheads {
        Overheads::NONE
    }

    fn prefix_caching(&self, _: bool) -> PrefixCaching {
        PrefixCaching::On
    }

    fn chunking(&self) -> Chunking {
        Chunking::On
    }

    fn speculation(&self) -> &'static str {
        "mtp eagle3 dflash draft ngram"
    }

    fn draft_vocabulary(&self) -> u64 {
        u64::MAX
    }

    fn settings(&self, _: &Accelerator) -> &'static [Setting] {
        &[
            Setting::VisibleMemory,
            Setting::MaxSequences,
            Setting::MaxBatchedTokens,
            Setting::ChunkedPrefill,
            Setting::PrefixCaching,
            Setting::Drafts,
        ]
    }

    fn demand(&self, stage: &Stage, load: RankLoad, trace: Trace<'_>) -> Demand {
        // One decoding step of all sequences.
        let sequences = (load.sequences, layout("sequences"));
        let block = stage.block_peak(sequences, trace);
        let logits = stage.logits_peak(sequences, ACTIVATION_BYTES, trace);
        let peak = Stage::peak(Q::Activations, [(Q::BlockPeak, block), (Q::LogitsPeak, logits)], trace);
        stage.grown(load, StateBytes::SIXTEEN_BITS, Known::of(peak, Basis::Assumed), Known::ZERO, trace)
    }

    fn has_pools(&self) -> bool {
        true
    }

    fn launch(&self, _: &Launch<'_>) -> Option<Command> {
        None
    }
}
