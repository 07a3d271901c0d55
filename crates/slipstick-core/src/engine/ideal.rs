//! No engine: weights, cache and one step's working set.

use super::{
    Command, Launch, Overheads, StateBytes,
    rules::{Rules, rules},
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

    fn launch(&self, _: &Launch<'_>) -> Option<Command> {
        None
    }
}
