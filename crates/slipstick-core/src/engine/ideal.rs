//! No engine: weights, cache and one step's working set.

use super::{
    Command, Launch, Overheads, StateBytes,
    demand::{ACTIVATION_BYTES, Demand, RankLoad, Stage},
    rules::{Rules, rules},
};
use crate::{
    basis::{Basis, Known},
    formulas::memory::activations::forward_peak,
    units::Bytes,
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

    fn demand(&self, stage: &Stage, load: RankLoad) -> Demand {
        let w = &stage.widths;
        // One decoding step of all sequences.
        let logits = forward_peak(load.sequences, w.vocab, ACTIVATION_BYTES, w.hidden, ACTIVATION_BYTES);
        let peak = stage.block_peak(load.sequences).max(if stage.last { logits } else { Bytes::ZERO });
        stage.grown(load, StateBytes::SIXTEEN_BITS, Known::of(peak, Basis::Assumed), Known::ZERO)
    }

    fn launch(&self, _: &Launch<'_>) -> Option<Command> {
        None
    }
}
