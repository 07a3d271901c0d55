//! TensorRT-LLM: `trtllm-serve`. Flags as of 1.0. The cache format is set in its configuration file, not by a flag.

use super::{Launch, Words};

pub(super) fn words(with: &Launch<'_>) -> Vec<String> {
    let mut words = Words::new(&["trtllm-serve", with.model, "--backend", "pytorch"]);
    words.degree("--tp_size", with.tp);
    words.degree("--pp_size", with.pp);
    words.degree("--ep_size", with.ep);
    words.flag("--max_seq_len", with.context);
    words.flag("--max_batch_size", with.sequences);
    words.optional("--max_num_tokens", with.batched_tokens);
    words.optional("--kv_cache_free_gpu_memory_fraction", with.memory_fraction);
    words.0
}
