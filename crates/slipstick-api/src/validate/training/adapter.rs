//! What a row says of adapters and of the format of its frozen weights.

use slipstick_core::training::{Adapter, FrozenBase, Method, Targets};

use crate::{
    commands::finetune::{base, targets},
    validate::{Cells, Models},
};

/// Methods whose trained parameters are as few as adapters', though not placed as they are.
const SMALL: &[&str] = &[
    "adalora",
    "delora",
    "gralora",
    "hira",
    "loha",
    "lokr",
    "randlora",
    "vera",
    "boft",
    "oft",
    "miss",
    "road",
    "shira",
    "c3a",
    "fourierft",
    "ia3",
    "adapter",
    "adapter-v2",
    "adaptionprompt",
    "prefixtuning",
    "prompt_tuning",
    "ptuning",
    "ln_tuning",
    "trainable_tokens",
];

/// Adapters, if the row has any.
///
/// # Errors
/// If it names a method, a matrix or a format that is not known.
pub(super) fn adapter(cells: &Cells<'_>, models: &Models<'_>) -> Result<Option<Adapter>, String> {
    let method = cells.first(&["method_kind"]).unwrap_or(cells.get("method"));
    let kind = match method {
        "pretrain" | "full" | "sft" | "galore" | "osf" | "" => return Ok(None),
        "grpo" if super::round::draws(cells) => return Ok(None),
        "grpo" | "grpo-lora" => return Err("how many samples a step draws is not known".to_owned()),
        "lora" | "qlora" => Method::LowRank,
        "dora" => Method::Decomposed,
        other if SMALL.contains(&other) => Method::LowRank,
        other => return Err(format!("the method {other:?} is not modelled")),
    };
    let format = match cells.get("base_format") {
        "" if method == "qlora" => FrozenBase::Nf4,
        "" => FrozenBase::Wide,
        word => base(word, "base_format").map_err(|error| error.to_string())?,
    };
    let words = cells.get("lora_targets");
    let usual = Targets::QUERY.and(Targets::VALUE);
    let targets = if words.is_empty() { usual } else { targets(words).map_err(|error| error.to_string())? };
    Ok(Some(Adapter {
        method: kind,
        base: format,
        experts_base: format,
        bytes: bytes(cells, models, format),
        upcast: cells.get("upcast") == "yes",
        // Stage 3 of ZeRO leaves quantised weights whole, and no one splits 8-bit integers.
        base_shared: !format.is_quantized()
            || (cells.get("sharding") != "zero3" && format != FrozenBase::Int8),
        ..Adapter::low_rank(cells.count(&["lora_rank"]).unwrap_or(8), targets)
    }))
}

/// Bytes of a trained element: what the row says, else its software's habit.
fn bytes(cells: &Cells<'_>, models: &Models<'_>, base: FrozenBase) -> u64 {
    match cells.get("master_weights") {
        "fp32" => 4,
        "none" => 2,
        _ => {
            let stack = cells.first(&["stack", "engine"]);
            let known = stack.and_then(|stack| models.resolver().catalog().training_stack(stack));
            known.map_or(4, |known| known.adapter_bytes[usize::from(base.is_quantized())])
        }
    }
}
