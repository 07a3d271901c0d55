//! The command that starts the engine as it was estimated.

use slipstick_core::{
    engine::{Command, Launch},
    numeric::Format,
};

use super::MemoryAnswer;
use crate::request::format_name;

/// The command, and what it wants that nobody has yet.
pub(super) fn command(memory: &MemoryAnswer) -> Option<Command> {
    let resolved = &memory.resolved;
    let batch = resolved.memory_model().batch_limits();
    let kv = (resolved.cache().key != Format::BF16).then(|| format_name(resolved.cache().key));
    let quantisation = resolved.formats_name.as_str();
    let own = quantisation == resolved.model.weights_format;
    let launch = Launch {
        model: &resolved.model.served,
        tp: resolved.plan().tp(),
        pp: resolved.plan().pp(),
        ep: resolved.plan().ep(),
        dp: resolved.plan().dp(),
        quantisation: (!own).then_some(quantisation),
        kv_dtype: kv.as_deref(),
        context: memory.workload.context(),
        sequences: memory.workload.concurrency().div_ceil(resolved.plan().dp()).min(batch.sequences),
        batched_tokens: Some(batch.tokens),
        memory_fraction: resolved.options().memory_share,
    };
    resolved.engine().launch(&launch)
}

#[cfg(test)]
mod tests {
    use slipstick_catalog::Catalog;
    use slipstick_core::engine::{Command, Launch};

    fn started(engine: &str, with: &Launch<'_>) -> Option<Command> {
        Catalog::shipped().latest_profile(engine.parse().unwrap()).profile.launch(with)
    }

    fn line(engine: &str, with: &Launch<'_>) -> String {
        started(engine, with).unwrap().line()
    }

    fn launch(model: &str) -> Launch<'_> {
        Launch {
            model,
            tp: 4,
            pp: 1,
            ep: 1,
            dp: 1,
            quantisation: None,
            kv_dtype: Some("fp8"),
            context: 8192,
            sequences: 32,
            batched_tokens: Some(8192),
            memory_fraction: Some(0.9),
        }
    }

    #[test]
    fn flags_are_those_of_the_engines() {
        assert_eq!(
            line("vllm", &launch("org/model")),
            "vllm serve org/model --tensor-parallel-size 4 --max-model-len 8192 --max-num-seqs 32 \
             --max-num-batched-tokens 8192 --gpu-memory-utilization 0.9 --kv-cache-dtype fp8_e4m3"
        );
        let llama = line("llama.cpp", &launch("model.gguf"));
        // All slots share one context.
        assert!(llama.contains("--ctx-size 262144") && llama.contains("--parallel 32"), "{llama}");
        assert!(started("ideal", &launch("m")).is_none());
    }

    /// vLLM and SGLang quantise to fp8 and nf4 while they load; AWQ and GGUF come ready or not at all, and no engine has
    /// `Q4_K_M` for a word of its command line.
    #[test]
    fn formats_are_flags_only_where_the_engine_has_the_word() {
        let with = |format| Launch { quantisation: Some(format), kv_dtype: None, ..launch("o/m") };
        let vllm = |format| line("vllm", &with(format));
        assert!(vllm("fp8").ends_with("--quantization fp8"));
        assert!(vllm("nf4").ends_with("--quantization bitsandbytes"));
        assert!(vllm("fp32").ends_with("--dtype float32"));
        for format in ["awq", "gptq", "Q4_K_M", "nvfp4"] {
            assert!(!vllm(format).contains("--quantization"), "{format}");
            let wants = started("vllm", &with(format)).unwrap().wants.unwrap();
            assert!(wants.contains(&format.to_ascii_lowercase()), "{wants}");
        }
        assert_eq!(started("vllm", &with("fp8")).unwrap().wants, None);
        let llama = started("llama.cpp", &with("Q4_K_M")).unwrap();
        assert!(llama.line().starts_with("llama-server --model m-Q4_K_M.gguf "));
        assert!(llama.wants.unwrap().contains(".gguf"));
        let file = Launch { quantisation: None, ..launch("x.gguf") };
        assert_eq!(started("llama.cpp", &file).unwrap().wants, None);
    }

    #[test]
    fn caches_are_named_as_the_engine_names_them() {
        let with = |engine, kv| line(engine, &Launch { kv_dtype: Some(kv), ..launch("o/m") });
        assert!(with("llama.cpp", "Q8_0").contains("--cache-type-k q8_0 --cache-type-v q8_0"));
        assert!(!with("vllm", "Q8_0").contains("kv-cache-dtype"));
        assert!(with("sglang", "fp8_e5m2").contains("--kv-cache-dtype fp8_e5m2"));
    }

    #[test]
    fn a_hostile_name_stays_one_word() {
        let command = line("vllm", &launch("x; rm -rf '~'"));
        assert!(command.starts_with(r"vllm serve 'x; rm -rf '\''~'\''' "), "{command}");
    }
}
