//! What an engine's scheduler puts into one step.

use super::{Deployment, MemoryModel};
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

/// The same, where there are any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SetLimits {
    pub sequences: Option<u64>,
    pub tokens: Option<u64>,
}

impl SetLimits {
    /// What is set, or the engine's defaults on this device.
    pub(super) fn of(d: &Deployment<'_>) -> Self {
        let usual = match &d.profile.rules {
            EngineRules::Vllm(rules) => BatchDefault::pick(&rules.batch, d.memory, d.device)
                .map_or((None, None), |default| {
                    (Some(default.max_sequences), Some(default.max_batched_tokens))
                }),
            EngineRules::SgLang(rules) => (None, Some(rules.chunk_tokens)),
            EngineRules::TensorRtLlm(rules) => (None, Some(rules.max_batched_tokens)),
            EngineRules::LlamaCpp(rules) => (None, Some(rules.micro_batch)),
            EngineRules::Transformers(_) | EngineRules::Ideal => (None, None),
        };
        Self {
            sequences: d.options.max_sequences.or(usual.0),
            tokens: d.options.max_batched_tokens.or(usual.1),
        }
    }
}

impl MemoryModel<'_> {
    /// The limits of the engine's scheduler: what is set, or its defaults on this device.
    pub fn batch_limits(&self) -> BatchLimits {
        let SetLimits { sequences, tokens } = self.limits();
        BatchLimits { sequences: sequences.unwrap_or(NO_LIMIT), tokens: tokens.unwrap_or(NO_LIMIT) }
    }
}
