//! The command that starts an engine as it was planned: every flag that the estimate relied on, and no other.

mod llama_cpp;
mod sglang;
mod tensorrt_llm;
mod transformers;
mod vllm;

/// What an engine is to be started with.
#[derive(Debug, Clone, PartialEq)]
pub struct Launch<'a> {
    /// The engine's name.
    pub engine: &'a str,
    /// The model, as the engine finds it.
    pub model: &'a str,
    /// Tensor-parallel ranks.
    pub tp: u64,
    /// Pipeline stages.
    pub pp: u64,
    /// Expert-parallel groups.
    pub ep: u64,
    /// Data-parallel ranks.
    pub dp: u64,
    /// The weights' format, where it is not the checkpoint's own.
    pub quantisation: Option<&'a str>,
    /// The cache's format, where it is not 16 bit.
    pub kv_dtype: Option<&'a str>,
    /// Tokens a sequence may reach.
    pub context: u64,
    /// Sequences at once.
    pub sequences: u64,
    /// Tokens a step may carry, where the engine takes it.
    pub batched_tokens: Option<u64>,
    /// Share of the memory the engine may take, where it takes one.
    pub memory_fraction: Option<f64>,
}

impl Launch<'_> {
    /// The command, or `None` for an engine that has none.
    pub fn command(&self) -> Option<String> {
        let words = match self.engine {
            "vllm" => vllm::words(self),
            "sglang" => sglang::words(self),
            "tensorrt-llm" => tensorrt_llm::words(self),
            "llama.cpp" => llama_cpp::words(self),
            "transformers" => transformers::words(self),
            _ => return None,
        };
        Some(words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "))
    }
}

/// Formats that vLLM and SGLang make themselves while they load a 16-bit checkpoint, and the word for it. Every other one
/// has to be in the checkpoint.
fn made_on_loading(format: &str) -> Option<&'static str> {
    match format {
        "fp8" => Some("fp8"),
        "nf4" => Some("bitsandbytes"),
        _ => None,
    }
}

impl Launch<'_> {
    /// What the reader still has to bring before the command does what was estimated.
    pub fn wants(&self) -> Option<String> {
        let quantised = self.quantisation.map(str::to_ascii_lowercase);
        let format = quantised.as_deref().unwrap_or("16 bit");
        match self.engine {
            "llama.cpp" if !llama_cpp::is_file(self.model) => {
                Some(format!("the command wants a .gguf file of the model in {format}"))
            }
            "vllm" | "sglang" | "tensorrt-llm" | "transformers"
                if quantised.is_some() && !self.makes(format) =>
            {
                let model = self.model;
                Some(format!("the command wants a checkpoint in {format} in the place of {model}"))
            }
            _ => None,
        }
    }

    /// Whether the engine makes the format itself, or takes it as a data type.
    fn makes(&self, format: &str) -> bool {
        let server = matches!(self.engine, "vllm" | "sglang");
        server && (made_on_loading(format).is_some() || data_type(format).is_some())
    }
}

/// The engines' word for an unquantised format.
fn data_type(format: &str) -> Option<&'static str> {
    match format {
        "bf16" => Some("bfloat16"),
        "fp16" => Some("float16"),
        "fp32" => Some("float32"),
        _ => None,
    }
}

/// The cache formats that vLLM and SGLang take, beside 16 bit.
fn server_cache(format: &str) -> Option<&'static str> {
    match format {
        "fp8" | "fp8_e4m3" => Some("fp8_e4m3"),
        "fp8_e5m2" => Some("fp8_e5m2"),
        _ => None,
    }
}

/// Words of a command, from pairs of flag and value.
#[derive(Debug, Default)]
struct Words(Vec<String>);

impl Words {
    fn new(words: &[&str]) -> Self {
        Self(words.iter().map(|word| (*word).to_owned()).collect())
    }

    fn flag(&mut self, flag: &str, value: impl core::fmt::Display) {
        self.0.push(flag.to_owned());
        self.0.push(value.to_string());
    }

    /// Only if it is more than one.
    fn degree(&mut self, flag: &str, degree: u64) {
        if degree > 1 {
            self.flag(flag, degree);
        }
    }

    fn optional(&mut self, flag: &str, value: Option<impl core::fmt::Display>) {
        if let Some(value) = value {
            self.flag(flag, value);
        }
    }
}

/// A word as a shell reads it back.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::Launch;

    fn launch<'a>(engine: &'a str, model: &'a str) -> Launch<'a> {
        Launch {
            engine,
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
            launch("vllm", "org/model").command().unwrap(),
            "vllm serve org/model --tensor-parallel-size 4 --max-model-len 8192 --max-num-seqs 32 \
             --max-num-batched-tokens 8192 --gpu-memory-utilization 0.9 --kv-cache-dtype fp8_e4m3"
        );
        let llama = launch("llama.cpp", "model.gguf").command().unwrap();
        // All slots share one context.
        assert!(llama.contains("--ctx-size 262144") && llama.contains("--parallel 32"), "{llama}");
        assert!(launch("ideal", "m").command().is_none());
    }

    /// vLLM and SGLang quantise to fp8 and nf4 while they load; AWQ and GGUF come ready or not at all, and no engine has
    /// `Q4_K_M` for a word of its command line.
    #[test]
    fn formats_are_flags_only_where_the_engine_has_the_word() {
        let with =
            |engine, format| Launch { quantisation: Some(format), kv_dtype: None, ..launch(engine, "o/m") };
        let vllm = |format| with("vllm", format).command().unwrap();
        assert!(vllm("fp8").ends_with("--quantization fp8"));
        assert!(vllm("nf4").ends_with("--quantization bitsandbytes"));
        assert!(vllm("fp32").ends_with("--dtype float32"));
        for format in ["awq", "gptq", "Q4_K_M", "nvfp4"] {
            assert!(!vllm(format).contains("--quantization"), "{format}");
            let wants = with("vllm", format).wants().unwrap();
            assert!(wants.contains(&format.to_ascii_lowercase()), "{wants}");
        }
        assert_eq!(with("vllm", "fp8").wants(), None);
        let llama = with("llama.cpp", "Q4_K_M");
        assert!(llama.command().unwrap().starts_with("llama-server --model m-Q4_K_M.gguf "));
        assert!(llama.wants().unwrap().contains(".gguf"));
        assert_eq!(Launch { model: "x.gguf", quantisation: None, ..llama }.wants(), None);
    }

    #[test]
    fn caches_are_named_as_the_engine_names_them() {
        let with = |engine, kv| Launch { kv_dtype: Some(kv), ..launch(engine, "o/m") }.command().unwrap();
        assert!(with("llama.cpp", "Q8_0").contains("--cache-type-k q8_0 --cache-type-v q8_0"));
        assert!(!with("vllm", "Q8_0").contains("kv-cache-dtype"));
        assert!(with("sglang", "fp8_e5m2").contains("--kv-cache-dtype fp8_e5m2"));
    }

    #[test]
    fn a_hostile_name_stays_one_word() {
        let command = launch("vllm", "x; rm -rf '~'").command().unwrap();
        assert!(command.starts_with(r"vllm serve 'x; rm -rf '\''~'\''' "), "{command}");
    }
}
