//! What an engine's scheduler puts into one step.

use super::MemoryModel;
use crate::engine::{BatchDefault, EngineRules};

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

impl MemoryModel<'_> {
    /// The limits of the engine's scheduler: what is set, or its defaults on this device.
    pub fn batch_limits(&self) -> BatchLimits {
        let d = self.deployment();
        let usual = match &d.profile.rules {
            EngineRules::Vllm(rules) => BatchDefault::pick(&rules.batch, d.memory, d.device)
                .map_or((NO_LIMIT, NO_LIMIT), |default| (default.max_sequences, default.max_batched_tokens)),
            EngineRules::SgLang(rules) => (NO_LIMIT, rules.chunk_tokens),
            EngineRules::TensorRtLlm(rules) => (NO_LIMIT, rules.max_batched_tokens),
            EngineRules::LlamaCpp(rules) => (NO_LIMIT, rules.micro_batch),
            EngineRules::Transformers(_) | EngineRules::Ideal => (NO_LIMIT, NO_LIMIT),
        };
        BatchLimits {
            sequences: d.options.max_sequences.unwrap_or(usual.0),
            tokens: d.options.max_batched_tokens.unwrap_or(usual.1),
        }
    }
}
