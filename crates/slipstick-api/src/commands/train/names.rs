//! Words of a request as the settings that they mean.

use slipstick_core::{
    numeric::ScalarFormat,
    training::{
        AttentionKernel, Convention, Loss, Offload, Optimizer, Parts, Recompute, Schedule, Sharding,
        search::Objective,
    },
};

use super::TrainRequest;
use crate::ApiError;

/// The value of a word in a list, or a refusal that names the list.
pub(crate) fn named<T: Copy>(
    list: &[(&'static str, T)],
    word: &str,
    code: &'static str,
    what: &str,
    flag: &'static str,
) -> Result<T, ApiError> {
    let wanted = word.trim().to_ascii_lowercase();
    list.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = list.iter().map(|(name, _)| *name).collect();
        ApiError::unknown(code, what, word, names.iter().copied())
            .or_help(&format!("known are {}", names.join(", ")))
            .at(flag)
    })
}

/// The words of each flag that takes words of a list.
pub(crate) fn words() -> [(&'static str, Vec<&'static str>); 4] {
    fn of<T>(list: &[(&'static str, T)]) -> Vec<&'static str> {
        list.iter().map(|(name, _)| *name).collect()
    }
    let recompute = ["none", "full"].into_iter().chain(of(PARTS)).collect();
    [
        ("objective", of(OBJECTIVES)),
        ("precision", of(PRECISIONS)),
        ("optimizer", of(OPTIMIZERS)),
        ("recompute", recompute),
    ]
}

/// Whether a word names an optimizer.
pub(crate) fn is_optimizer(word: &str) -> bool {
    optimizer(word).is_ok()
}

const OPTIMIZERS: &[(&str, Optimizer)] = &[
    ("adamw", Optimizer::AdamW),
    ("adamw-fused", Optimizer::AdamW),
    ("adamw-foreach", Optimizer::AdamWForeach),
    ("adamw-bf16", Optimizer::AdamWBf16),
    ("adamw-8bit", Optimizer::AdamW8Bit),
    ("adamw-4bit", Optimizer::AdamW4Bit),
    ("lora-fa", Optimizer::AdamW),
    ("lion", Optimizer::Lion),
    ("lion-8bit", Optimizer::Lion8Bit),
    ("sgd", Optimizer::Sgd),
    ("momentum", Optimizer::Momentum),
    ("adafactor", Optimizer::Adafactor),
    ("muon", Optimizer::Muon),
    ("galore", Optimizer::GaLore),
    ("galore-adamw-8bit", Optimizer::GaLore),
];

/// An optimizer, and how it steps.
#[derive(Debug, Clone, Copy)]
pub(super) struct Steps {
    /// The optimizer.
    pub(super) optimizer: Optimizer,
    /// Whether it steps within the backward pass.
    pub(super) in_backward: bool,
    /// Whether its state lies in managed memory.
    pub(super) paged: bool,
}

impl Steps {
    /// After the backward pass, with a state of its own.
    pub(super) const fn plain(optimizer: Optimizer) -> Self {
        Self { optimizer, in_backward: false, paged: false }
    }
}

/// The optimizer of a name: `paged-` before it puts its state in managed memory, `-in-backward` after it makes it step there.
pub(super) fn optimizer(word: &str) -> Result<Steps, ApiError> {
    let name = word.trim();
    let (name, in_backward) = name.strip_suffix("-in-backward").map_or((name, false), |name| (name, true));
    let (name, paged) = name.strip_prefix("paged-").map_or((name, false), |name| (name, true));
    let optimizer = named(OPTIMIZERS, name, "train.optimizer", "optimizer", "--optimizer")?;
    Ok(Steps { optimizer, in_backward, paged })
}

const PRECISIONS: &[(&str, ScalarFormat)] = &[
    ("bf16", ScalarFormat::Bf16),
    ("fp16", ScalarFormat::Fp16),
    ("fp32", ScalarFormat::Fp32),
    ("tf32", ScalarFormat::Tf32),
    ("fp8", ScalarFormat::Fp8E4m3),
    ("fp8-delayed", ScalarFormat::Fp8E4m3),
    ("fp8-current", ScalarFormat::Fp8E4m3),
    ("fp8-rowwise", ScalarFormat::Fp8E4m3),
    ("fp8-blockwise", ScalarFormat::Fp8E4m3),
    ("mxfp8", ScalarFormat::Fp8E4m3),
    ("nvfp4", ScalarFormat::Fp4),
    ("int8", ScalarFormat::Int8),
];

/// The format of matrix products.
pub(super) fn precision(word: &str) -> Result<ScalarFormat, ApiError> {
    named(PRECISIONS, word, "train.precision", "format of matrix products", "--precision")
}

/// Whether a format's scales are of rows or blocks, and applied by kernels.
pub(super) fn fine_scales(word: &str) -> bool {
    matches!(word, "fp8-rowwise" | "fp8-blockwise")
}

/// Bytes of a value with its share of the block's scale, as a kernel reads it; wider formats are kept in 16 bit.
pub(super) fn kept_input(word: &str) -> f64 {
    match word {
        "fp8" | "fp8-delayed" | "fp8-current" | "fp8-rowwise" => 1.0,
        // A scale of one byte for 32 values, and of four for 128.
        "mxfp8" | "fp8-blockwise" => 1.0 + 1.0 / 32.0,
        "nvfp4" => 0.5 + 1.0 / 16.0,
        _ => 2.0,
    }
}

/// Whether an fp32 copy is kept.
pub(super) fn master(word: &str) -> Result<bool, ApiError> {
    let known = [("fp32", true), ("none", false), ("bf16", false)];
    named(&known, word, "train.master", "master copy", "--master")
}

/// Bytes of a gradient.
pub(super) fn gradients(word: &str) -> Result<f64, ApiError> {
    let known = [("fp32", 4.0), ("bf16", 2.0), ("fp16", 2.0)];
    named(&known, word, "train.gradients", "format of gradients", "--gradients")
}

/// The attention kernel.
pub(super) fn attention(word: &str) -> Result<AttentionKernel, ApiError> {
    let known = [
        ("flash", AttentionKernel::Flash),
        ("sdpa", AttentionKernel::Flash),
        ("flex", AttentionKernel::Flash),
        ("unfused", AttentionKernel::Unfused),
        ("eager", AttentionKernel::Unfused),
    ];
    named(&known, word, "train.attention", "attention kernel", "--attention")
}

/// How logits are held.
pub(super) fn loss(word: &str) -> Result<Loss, ApiError> {
    let known = [("full", Loss::Full), ("fused", Loss::Fused), ("chunked", Loss::Chunked)];
    named(&known, word, "train.loss", "way to hold logits", "--loss")
}

/// The schedule, and whether it asks for several chunks a stage.
pub(super) fn schedule(word: &str) -> Result<(Schedule, bool), ApiError> {
    let mut known = Schedule::ALL.map(|schedule| (schedule.name(), (schedule, false))).to_vec();
    known.extend([
        ("interleaved", (Schedule::OneForwardOneBackward, true)),
        ("zero-bubble", (Schedule::ZeroBubble, false)),
        ("zb-1p", (Schedule::ZeroBubble, false)),
        ("zb-2p", (Schedule::ZeroBubbleDoubled, false)),
    ]);
    named(&known, word, "train.schedule", "pipeline schedule", "--schedule")
}

/// How FLOPs are counted.
pub(crate) fn convention(word: &str) -> Result<Convention, ApiError> {
    let known = Convention::ALL.map(|convention| (convention.name(), convention));
    named(&known, word, "train.flops", "way to count FLOPs", "--flops")
}

const OBJECTIVES: &[(&str, Objective)] = &[
    ("time", Objective::Time),
    ("cost", Objective::Time),
    ("energy", Objective::Time),
    ("headroom", Objective::Memory),
    ("memory", Objective::Memory),
];

/// What layouts are ranked by.
pub(super) fn objective(word: &str) -> Result<Objective, ApiError> {
    named(OBJECTIVES, word, "train.objective", "objective", "--objective")
}

/// What lies in the host's memory.
pub(super) fn offload(words: &str) -> Result<Offload, ApiError> {
    let mut offload = Offload::default();
    for word in words.split([',', ' ']).filter(|word| !word.is_empty()) {
        let known = [("weights", 0), ("optimizer", 1), ("activations", 2)];
        match named(&known, word, "train.offload", "thing to offload", "--offload")? {
            0 => offload.weights = true,
            1 => offload.optimizer = true,
            _ => offload.activations = true,
        }
    }
    Ok(offload)
}

const PARTS: &[(&str, Parts)] = &[
    ("selective", Parts::ATTENTION.and(Parts::NORMS).and(Parts::ACTIVATION)),
    ("norms", Parts::NORMS),
    ("layernorm", Parts::NORMS),
    ("attention", Parts::ATTENTION),
    ("core_attn", Parts::ATTENTION),
    ("activation", Parts::ACTIVATION),
    ("moe_act", Parts::ACTIVATION),
    ("mla-up", Parts::LATENT_UP),
    ("mla_up_proj", Parts::LATENT_UP),
    ("mlp", Parts::FEED_FORWARD),
    ("shared_expert", Parts::FEED_FORWARD),
    ("second-products", Parts::SECOND_PRODUCTS),
    ("op", Parts::NORMS.and(Parts::ATTENTION).and(Parts::ACTIVATION).and(Parts::SECOND_PRODUCTS)),
    ("experts", Parts::EXPERTS),
    ("moe", Parts::EXPERTS),
];

/// What is computed again.
pub(super) fn recompute(words: &str) -> Result<Recompute, ApiError> {
    let wanted = words.trim().to_ascii_lowercase();
    match wanted.as_str() {
        "none" => return Ok(Recompute::None),
        "full" => return Ok(Recompute::Full),
        _ => {}
    }
    if let Some(count) = wanted.strip_prefix("block:") {
        return count.parse().map(Recompute::Block).map_err(|_| {
            ApiError::input("train.recompute", format!("{count:?} is no number of layers"))
                .at("--recompute")
                .help("write it like block:4")
        });
    }
    let mut parts = Parts::NONE;
    for word in wanted.split([',', ' ', '+']).filter(|word| !word.is_empty()) {
        parts = parts.and(named(PARTS, word, "train.recompute", "part to compute again", "--recompute")?);
    }
    Ok(Recompute::Selective(parts))
}

/// How states are shared, with the ranks of a group where there are groups.
pub(super) fn sharding(
    request: &TrainRequest,
    node: u64,
) -> Result<Option<(Sharding, Option<u64>)>, ApiError> {
    let stated = [request.layout.zero.is_some(), request.layout.fsdp, request.layout.hsdp.is_some()];
    if stated.iter().filter(|stated| **stated).count() > 1 {
        return Err(ApiError::input(
            "train.sharding",
            "--zero, --fsdp and --hsdp say the same thing in several ways",
        )
        .at("--zero")
        .help("give one of them"));
    }
    if let Some(group) = request.layout.hsdp {
        let ranks = if group.0 == 0 { node } else { group.0 };
        return Ok(Some((Sharding::Weights, Some(ranks))));
    }
    if request.layout.fsdp {
        return Ok(Some((Sharding::Weights, None)));
    }
    let Some(stage) = request.layout.zero else { return Ok(None) };
    let sharding = match stage.0 {
        0 => Sharding::Whole,
        1 => Sharding::Optimizer,
        2 => Sharding::Gradients,
        3 => Sharding::Weights,
        other => {
            return Err(ApiError::input(
                "train.zero",
                format!("there is no stage {other} of sharing states"),
            )
            .at("--zero")
            .help("give 0, 1, 2 or 3"));
        }
    };
    Ok(Some((sharding, None)))
}
