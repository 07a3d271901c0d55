//! The commands that start the engine: as it was estimated, and to serve.

use slipstick_core::{
    engine::{Command, Launch, LaunchDrafts, PoolRole},
    numeric::Format,
    workload::Arrival,
};

use super::MemoryAnswer;
use crate::request::format_name;

/// How an engine is started.
pub(crate) struct Launches {
    /// With the limits of the question: it measures what was estimated.
    pub(crate) reproduces: String,
    /// With as many sequences at once as memory holds.
    pub(crate) serves: String,
    /// What both want that nobody has yet.
    pub(crate) wants: Option<String>,
}

impl Launches {
    /// The commands of an engine that has any.
    pub(super) fn of(memory: &MemoryAnswer) -> Option<Self> {
        let places = memory.places().max(1);
        // How many are in flight of what arrives at a rate is no limit of the engine.
        let asked = match memory.workload.arrival() {
            Arrival::Open { .. } => places,
            Arrival::Steady | Arrival::Benchmark { .. } | Arrival::Burst | Arrival::Static => {
                memory.workload.concurrency()
            }
        };
        // More than memory holds wait for a place, but only where places are not made beforehand.
        let starts = if memory.resolved.engine().reserves_context() { asked.min(places) } else { asked };
        let reproduces = command(memory, starts, None)?;
        let serves = command(memory, places, None)?;
        Some(Self { reproduces: reproduces.line(), serves: serves.line(), wants: reproduces.wants })
    }
}

/// The command for so many sequences at once, of a worker of a pool if of one.
pub(super) fn command(memory: &MemoryAnswer, sequences: u64, pool: Option<PoolRole>) -> Option<Command> {
    let resolved = &memory.resolved;
    let batch = resolved.memory_model().batch_limits();
    let kv = (resolved.cache().key != Format::BF16).then(|| format_name(resolved.cache().key));
    let quantisation = resolved.formats_name.as_str();
    let own = quantisation == resolved.model.weights_format;
    let drafts = resolved.deployment().speculation.as_ref().map(|speculation| LaunchDrafts {
        method: speculation.method,
        model: resolved.draft_model.as_deref(),
        tokens: speculation.tokens,
    });
    let launch = Launch {
        model: &resolved.model.served,
        tp: resolved.plan().tp(),
        pp: resolved.plan().pp(),
        ep: resolved.plan().ep(),
        dp: resolved.plan().dp(),
        quantisation: (!own).then_some(quantisation),
        kv_dtype: kv.as_deref(),
        context: memory.workload.context(),
        sequences: sequences.div_ceil(resolved.plan().dp()).min(batch.sequences),
        batched_tokens: Some(resolved.prepared.step_tokens(&memory.workload)),
        divides_prompts: resolved.prepared.divides_prompts(&memory.workload),
        on_host: resolved.cluster().accelerator.is_host(),
        drafts,
        options: resolved.options(),
        pool,
    };
    let name = resolved.engine_name();
    // What runs on another engine is started in its own words, not in those of the other.
    let own = || resolved.engine().launch(&launch).filter(|_| resolved.engine().engine().name() == name);
    launch.program(name).or_else(own)
}

#[cfg(test)]
mod tests {
    use slipstick_catalog::Catalog;
    use slipstick_core::{
        engine::{Command, EngineOptions, Launch, LaunchDrafts},
        speculation::Method,
        units::Bytes,
    };

    static SHARE: EngineOptions = EngineOptions { memory_share: Some(0.9), ..EngineOptions::NONE };

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
            divides_prompts: true,
            on_host: false,
            drafts: None,
            options: &SHARE,
            pool: None,
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

    /// What a person sets stands in the line, or it is said that no flag does.
    #[test]
    fn settings_are_flags_too() {
        let with = |options| Launch { options, kv_dtype: None, ..launch("model.gguf") };
        let slots = EngineOptions {
            slots: Some(64),
            micro_batch: Some(256),
            flash_attention: Some(false),
            whole_windows: Some(true),
            towers: Some(false),
            ..EngineOptions::NONE
        };
        assert_eq!(
            line("llama.cpp", &with(&slots)),
            "llama-server --model model.gguf --n-gpu-layers 999 --ctx-size 262144 --parallel 64 --flash-attn off \
             --ubatch-size 256 --kv-unified --swa-full --no-mmproj --split-mode row"
        );
        let pool = EngineOptions {
            cache_bytes: Some(Bytes::gib(4)),
            block_tokens: Some(32),
            graphs: Some(false),
            chunked_prefill: Some(false),
            prefix_caching: Some(false),
            ..EngineOptions::NONE
        };
        let vllm = line("vllm", &with(&pool));
        for flag in [
            "--kv-cache-memory-bytes 4294967296",
            "--block-size 32",
            "--enforce-eager",
            "--no-enable-chunked-prefill",
            "--no-enable-prefix-caching",
        ] {
            assert!(vllm.contains(flag), "{vllm}");
        }
        let host = line("vllm", &Launch { on_host: true, ..with(&pool) });
        assert!(host.starts_with("VLLM_CPU_KVCACHE_SPACE=4 vllm serve") && !host.contains("memory-bytes"));
        let said = started("tensorrt-llm", &with(&pool)).unwrap().wants.unwrap();
        assert!(said.contains("the memory of the cache and captured graphs and the prefix cache"), "{said}");
    }

    /// Each engine has its own words for what drafts.
    #[test]
    fn drafts_are_started_in_the_words_of_the_engine() {
        let with = |method, model| Launch {
            drafts: Some(LaunchDrafts { method, model, tokens: 3 }),
            kv_dtype: None,
            ..launch("o/m")
        };
        let says = |engine, method, model, words: &str| {
            let command = started(engine, &with(method, model)).unwrap();
            let text = format!("{} {}", command.line(), command.wants.unwrap_or_default());
            assert!(text.contains(words), "{text}");
        };
        let own = Method::OwnLayers;
        says("vllm", own, None, r#"--speculative-config '{"method": "mtp", "num_speculative_tokens": 3}'"#);
        says("vllm", Method::Draft, Some("o/d"), r#"{"method": "draft_model", "model": "o/d", "num_spec"#);
        says("sglang", own, None, "--speculative-algorithm EAGLE --speculative-num-steps 3");
        says("sglang", Method::Eagle3, Some("o/e"), "EAGLE3 --speculative-draft-model-path o/e");
        says(
            "sglang",
            Method::Lookup,
            None,
            "--speculative-algorithm NGRAM --speculative-num-draft-tokens 4",
        );
        says("tensorrt-llm", own, None, "speculative_config: {decoding_type: MTP, max_draft_len: 3}");
        says("llama.cpp", Method::Draft, Some("d.gguf"), "--model-draft d.gguf --draft-max 3");
        // A hostile name stays inside its quotes.
        says("vllm", Method::Draft, Some("x\", y"), r#""model": "x\", y""#);
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
            let command = started("vllm", &with(format)).unwrap();
            let wanted = format!("<a checkpoint of o/m in {}>", format.to_ascii_lowercase());
            assert!(command.wants.unwrap().contains(&wanted));
            // No repository and no folder has such a name.
            assert_eq!(command.words[2], wanted);
        }
        assert_eq!(started("vllm", &with("fp8")).unwrap().wants, None);
        let llama = started("llama.cpp", &with("Q4_K_M")).unwrap();
        assert!(llama.line().starts_with("llama-server --model m-Q4_K_M.gguf "));
        assert!(llama.wants.unwrap().contains(".gguf"));
        let file = Launch { quantisation: None, ..launch("x.gguf") };
        assert_eq!(started("llama.cpp", &file).unwrap().wants, None);
    }

    #[test]
    fn programs_are_started_in_their_own_words() {
        let with = Launch { quantisation: Some("Q4_K_M"), kv_dtype: Some("q8_0"), ..launch("o/m") };
        let of = |name| with.program(name).unwrap();
        assert_eq!(
            of("ollama").line(),
            "OLLAMA_CONTEXT_LENGTH=8192 OLLAMA_NUM_PARALLEL=32 OLLAMA_FLASH_ATTENTION=1 OLLAMA_KV_CACHE_TYPE=q8_0 ollama serve"
        );
        assert!(of("ollama").wants.unwrap().contains("ollama run"));
        assert_eq!(
            of("lm-studio").line(),
            "lms load '<a GGUF repository of o/m in Q4_K_M>' --gpu max --context-length 262144 --parallel 32"
        );
        assert!(of("lm-studio").wants.unwrap().contains("no flag of it sets the cache's format"));
        let own = Launch { quantisation: None, kv_dtype: Some("int8"), ..with };
        assert_eq!(
            own.program("mlx-lm").unwrap().line(),
            "mlx_lm.server --model o/m --decode-concurrency 32 --kv-bits 8"
        );
        assert_eq!(own.program("koboldcpp"), None);
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
