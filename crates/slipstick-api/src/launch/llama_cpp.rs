//! llama.cpp: `llama-server`. The context is shared by all slots, so it is asked for once for each.

use super::{Launch, Words};

/// Whether the engine can load it as it is.
pub(super) fn is_file(model: &str) -> bool {
    std::path::Path::new(model).extension().is_some_and(|e| e.eq_ignore_ascii_case("gguf"))
}

pub(super) fn words(with: &Launch<'_>) -> Vec<String> {
    let file = if is_file(with.model) { with.model.to_owned() } else { file_name(with) };
    let mut words = Words::new(&["llama-server", "--model", &file, "--n-gpu-layers", "999"]);
    words.flag("--ctx-size", with.context.saturating_mul(with.sequences));
    words.flag("--parallel", with.sequences);
    words.flag("--flash-attn", "on");
    let cache = with.kv_dtype.map(str::to_ascii_lowercase);
    let cache = cache.as_deref().map(|format| match format {
        "fp16" => "f16",
        "fp32" => "f32",
        other => other,
    });
    words.optional("--cache-type-k", cache);
    words.optional("--cache-type-v", cache);
    if with.pp > 1 {
        words.flag("--split-mode", "layer");
    } else if with.tp > 1 {
        words.flag("--split-mode", "row");
    }
    words.0
}

/// What such files are usually called: the model's name with the format behind it.
fn file_name(with: &Launch<'_>) -> String {
    let name = with.model.trim_end_matches('/').rsplit('/').next().unwrap_or(with.model);
    let name = name.strip_suffix(".safetensors").unwrap_or(name);
    format!("{name}-{}.gguf", with.quantisation.unwrap_or("BF16"))
}
