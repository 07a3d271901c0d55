//! What is optimised, and what that needs beside the model that is trained.

use crate::{ApiError, commands::train::named};

/// What is optimised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    /// Next tokens.
    Sft,
    /// Preferences of pairs, against a reference.
    Dpo,
    /// Preferences of single answers, against a reference.
    Kto,
    /// Preferences of pairs, without one.
    Orpo,
    /// Rewards of groups of samples.
    Grpo,
    /// Rewards of samples, with a critic.
    Ppo,
}

const ALGORITHMS: &[(&str, Algorithm)] = &[
    ("sft", Algorithm::Sft),
    ("dpo", Algorithm::Dpo),
    ("kto", Algorithm::Kto),
    ("orpo", Algorithm::Orpo),
    ("grpo", Algorithm::Grpo),
    ("ppo", Algorithm::Ppo),
];

impl Algorithm {
    /// The one that a word names.
    pub(super) fn of(word: Option<&str>) -> Result<Self, ApiError> {
        let named = |word| named(ALGORITHMS, word, "finetune.algorithm", "algorithm", "--algorithm");
        word.map_or(Ok(Self::Sft), named)
    }

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        ALGORITHMS.iter().find(|(_, known)| *known == self).map_or("sft", |(name, _)| name)
    }

    /// Sequences of an example: a chosen and a rejected answer are two.
    pub(super) const fn sequences(self) -> u64 {
        if matches!(self, Self::Dpo | Self::Orpo) { 2 } else { 1 }
    }

    /// Whether a model as it was is always compared with.
    pub(super) const fn compares(self) -> bool {
        matches!(self, Self::Dpo | Self::Kto | Self::Ppo)
    }

    /// Whether it draws samples of its own.
    pub(super) const fn samples(self) -> bool {
        matches!(self, Self::Grpo | Self::Ppo)
    }
}
