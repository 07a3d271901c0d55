//! vLLM: `vllm serve`. Flags as of 0.11 to 0.33.

use super::{Launch, Words, data_type, made_on_loading, server_cache};

pub(super) fn words(with: &Launch<'_>) -> Vec<String> {
    let mut words = Words::new(&["vllm", "serve", with.model]);
    words.degree("--tensor-parallel-size", with.tp);
    words.degree("--pipeline-parallel-size", with.pp);
    words.degree("--data-parallel-size", with.dp);
    if with.ep > 1 {
        words.0.push("--enable-expert-parallel".to_owned());
    }
    words.flag("--max-model-len", with.context);
    words.flag("--max-num-seqs", with.sequences);
    words.optional("--max-num-batched-tokens", with.batched_tokens);
    words.optional("--gpu-memory-utilization", with.memory_fraction);
    words.optional("--quantization", with.quantisation.and_then(made_on_loading));
    words.optional("--dtype", with.quantisation.and_then(data_type));
    words.optional("--kv-cache-dtype", with.kv_dtype.and_then(server_cache));
    words.0
}
