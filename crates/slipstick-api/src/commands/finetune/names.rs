//! Words of a request as the matrices and formats that they mean.

use slipstick_core::training::{FrozenBase, Targets};

use crate::{ApiError, commands::train::named};

const BASES: &[(&str, FrozenBase)] = &[
    ("bf16", FrozenBase::Wide),
    ("fp16", FrozenBase::Wide),
    ("fp8", FrozenBase::Fp8),
    ("int8", FrozenBase::Int8),
    ("nf4", FrozenBase::Nf4),
    ("nf4-dq", FrozenBase::Nf4Double),
    ("gptq-int4", FrozenBase::Int4Groups),
];

/// The format of frozen weights.
pub(crate) fn base(word: &str, flag: &'static str) -> Result<FrozenBase, ApiError> {
    named(BASES, word, "finetune.base_format", "format of frozen weights", flag)
}

const TARGETS: &[(&str, Targets)] = &[
    ("all-linear", Targets::ALL_LINEAR),
    ("all", Targets::ALL_LINEAR),
    ("attention", Targets::ATTENTION),
    ("attn", Targets::ATTENTION),
    ("mlp", Targets::FEED_FORWARD.and(Targets::SHARED)),
    ("q_proj", Targets::QUERY),
    ("k_proj", Targets::KEY),
    ("v_proj", Targets::VALUE),
    ("o_proj", Targets::OUT),
    ("qkv_proj", Targets::QUERY.and(Targets::KEY).and(Targets::VALUE)),
    ("c_attn", Targets::QUERY.and(Targets::KEY).and(Targets::VALUE)),
    ("qkv", Targets::QUERY.and(Targets::KEY).and(Targets::VALUE)),
    ("gate_proj", Targets::GATE),
    ("up_proj", Targets::UP),
    ("down_proj", Targets::DOWN),
    ("experts", Targets::EXPERTS),
    ("shared_expert", Targets::SHARED),
    ("lm_head", Targets::HEAD),
];

/// The matrices of a list of names.
pub(crate) fn targets(words: &str) -> Result<Targets, ApiError> {
    let mut targets = Targets::NONE;
    for word in words.split([',', ' ']).filter(|word| !word.is_empty()) {
        targets = targets.and(named(TARGETS, word, "finetune.targets", "kind of linear layer", "--targets")?);
    }
    Ok(targets)
}
