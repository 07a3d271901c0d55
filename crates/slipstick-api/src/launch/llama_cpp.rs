//! llama.cpp: `llama-server`. The context is shared by all slots, so it is asked for once for each.

use super::{Launch, Words};

pub(super) fn words(with: &Launch<'_>) -> Vec<String> {
    let is_file =
        std::path::Path::new(with.model).extension().is_some_and(|e| e.eq_ignore_ascii_case("gguf"));
    let from = if is_file { "--model" } else { "--hf-repo" };
    let mut words = Words::new(&["llama-server", from, with.model, "--n-gpu-layers", "999"]);
    words.flag("--ctx-size", with.context.saturating_mul(with.sequences));
    words.flag("--parallel", with.sequences);
    words.flag("--flash-attn", "on");
    words.optional("--cache-type-k", with.kv_dtype);
    words.optional("--cache-type-v", with.kv_dtype);
    if with.pp > 1 {
        words.flag("--split-mode", "layer");
    } else if with.tp > 1 {
        words.flag("--split-mode", "row");
    }
    words.0
}
