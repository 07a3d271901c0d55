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
    /// The weights' format as the engine names it, where it is not the checkpoint's own.
    pub quantisation: Option<&'a str>,
    /// The cache's format as the engine names it, where it is not 16 bit.
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
             --max-num-batched-tokens 8192 --gpu-memory-utilization 0.9 --kv-cache-dtype fp8"
        );
        let llama = launch("llama.cpp", "model.gguf").command().unwrap();
        // All slots share one context.
        assert!(llama.contains("--ctx-size 262144") && llama.contains("--parallel 32"), "{llama}");
        assert!(launch("ideal", "m").command().is_none());
    }

    #[test]
    fn a_hostile_name_stays_one_word() {
        let command = launch("vllm", "x; rm -rf '~'").command().unwrap();
        assert!(command.starts_with(r"vllm serve 'x; rm -rf '\''~'\''' "), "{command}");
    }
}
