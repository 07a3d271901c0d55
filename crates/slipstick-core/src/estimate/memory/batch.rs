//! What an engine's scheduler puts into one step.

use super::MemoryModel;
use crate::engine::StepLimits;

/// Where an engine sets no limit of its own.
const NO_LIMIT: u64 = 1 << 32;

/// The limits of an engine's scheduler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchLimits {
    /// Sequences it runs at once on one data-parallel rank.
    pub sequences: u64,
    /// Tokens it puts into one step.
    pub tokens: u64,
}

/// Tokens of a step, if anything limits them.
pub const fn limited(tokens: u64) -> Option<u64> {
    if tokens == NO_LIMIT { None } else { Some(tokens) }
}

impl MemoryModel {
    /// The limits of the engine's scheduler: what is set, or its defaults on this device. With fewer blocks of state than
    /// its own most sequences it does not start, and somebody sets as many as there are.
    pub fn batch_limits(&self) -> BatchLimits {
        let StepLimits { sequences, tokens } = self.limits();
        let lowered = self.state_limit().filter(|limit| limit.refuses_default());
        let sequences = lowered.map_or(sequences, |limit| Some(limit.blocks.value.max(1)));
        BatchLimits { sequences: sequences.unwrap_or(NO_LIMIT), tokens: tokens.unwrap_or(NO_LIMIT) }
    }
}
