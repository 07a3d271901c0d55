//! SGLang: `python -m sglang.launch_server`. Flags as of 0.5.

use super::{Launch, Words, data_type, made_on_loading, server_cache};

pub(super) fn words(with: &Launch<'_>) -> Vec<String> {
    let mut words = Words::new(&["python", "-m", "sglang.launch_server", "--model-path", with.model]);
    // With attention data parallelism the tensor-parallel size counts all ranks.
    let joined = with.ep > with.tp;
    words.degree("--tp-size", if joined { with.tp * with.dp } else { with.tp });
    words.degree("--pp-size", with.pp);
    words.degree("--dp-size", with.dp);
    if joined {
        words.0.push("--enable-dp-attention".to_owned());
    }
    words.degree("--ep-size", with.ep);
    words.flag("--context-length", with.context);
    words.flag("--max-running-requests", with.sequences);
    words.optional("--chunked-prefill-size", with.batched_tokens);
    words.optional("--mem-fraction-static", with.memory_fraction);
    words.optional("--quantization", with.quantisation.and_then(made_on_loading));
    words.optional("--dtype", with.quantisation.and_then(data_type));
    words.optional("--kv-cache-dtype", with.kv_dtype.and_then(server_cache));
    words.0
}
