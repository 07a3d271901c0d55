//! Words of a request as the methods, matrices and formats that they mean.

use slipstick_core::training::{FrozenBase, Method, Targets};

use crate::{
    ApiError,
    commands::train::{is_optimizer, named},
};

/// How a model is fine-tuned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// All weights are trained.
    Full,
    /// Some are, or adapters beside them.
    Beside(Method, FrozenBase),
}

/// Rank of adapters where nobody says it.
pub(super) const USUAL_RANK: u64 = 16;
/// Layers that are trained where all others are frozen and nobody says how many.
pub(super) const USUAL_LAYERS: u64 = 2;

const METHODS: &[(&str, Way)] = &[
    ("full", Way::Full),
    ("lora", Way::Beside(Method::LowRank, FrozenBase::Wide)),
    ("rslora", Way::Beside(Method::LowRank, FrozenBase::Wide)),
    ("dora", Way::Beside(Method::Decomposed, FrozenBase::Wide)),
    ("qlora", Way::Beside(Method::LowRank, FrozenBase::Nf4Double)),
    ("qdora", Way::Beside(Method::Decomposed, FrozenBase::Nf4Double)),
    ("freeze", Way::Beside(Method::LastLayers, FrozenBase::Wide)),
];

/// The method of a name.
pub(crate) fn method(word: &str) -> Result<Way, ApiError> {
    let found = named(METHODS, word, "finetune.method", "method of fine-tuning", "--method");
    if found.is_err() && is_optimizer(word) {
        let message = format!("{word:?} is an optimizer, and no method of fine-tuning");
        return Err(ApiError::input("finetune.method", message)
            .at("--method")
            .help(format!("give --method full --optimizer {}", word.trim())));
    }
    found
}

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

/// The name of a format.
pub(super) fn base_name(base: FrozenBase) -> &'static str {
    BASES.iter().find(|(_, known)| *known == base).map_or("bf16", |(name, _)| name)
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
    ("out_proj", Targets::OUT),
    ("query_key_value", Targets::QUERY.and(Targets::KEY).and(Targets::VALUE)),
    ("wqkv", Targets::QUERY.and(Targets::KEY).and(Targets::VALUE)),
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

/// Whether a word names matrices.
pub(crate) fn is_target(word: &str) -> bool {
    TARGETS.iter().any(|(name, _)| name.eq_ignore_ascii_case(word))
}

/// The matrices of a list of names.
pub(crate) fn targets(words: &str) -> Result<Targets, ApiError> {
    let mut targets = Targets::NONE;
    for word in words.split([',', ' ']).filter(|word| !word.is_empty()) {
        targets = targets.and(named(TARGETS, word, "finetune.targets", "kind of linear layer", "--targets")?);
    }
    Ok(targets)
}
