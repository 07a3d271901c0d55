//! Engines and their profiles.

use super::{LlamaCppRules, SgLangRules, StateBytes, TensorRtLlmRules, TransformersRules, VllmRules};

/// Serving software whose memory is modelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Engine {
    /// vLLM.
    Vllm,
    /// SGLang.
    SgLang,
    /// TensorRT-LLM.
    TensorRtLlm,
    /// llama.cpp, and what is built on it.
    LlamaCpp,
    /// Hugging Face transformers.
    Transformers,
    /// No engine: weights, cache and one step's working set.
    Ideal,
}

/// A name that is no engine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a modelled engine; choose vllm, sglang, tensorrt-llm, llama.cpp, transformers or ideal"
)]
pub struct ParseEngineError(pub String);

impl Engine {
    /// Every engine.
    pub const ALL: [Self; 6] =
        [Self::Vllm, Self::SgLang, Self::TensorRtLlm, Self::LlamaCpp, Self::Transformers, Self::Ideal];

    /// Its name as people type it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Vllm => "vllm",
            Self::SgLang => "sglang",
            Self::TensorRtLlm => "tensorrt-llm",
            Self::LlamaCpp => "llama.cpp",
            Self::Transformers => "transformers",
            Self::Ideal => "ideal",
        }
    }
}

impl core::str::FromStr for Engine {
    type Err = ParseEngineError;
    fn from_str(text: &str) -> Result<Self, ParseEngineError> {
        match text.trim().to_ascii_lowercase().as_str() {
            "vllm" => Ok(Self::Vllm),
            "sglang" => Ok(Self::SgLang),
            "tensorrt-llm" | "trt-llm" | "trtllm" | "tensorrt_llm" => Ok(Self::TensorRtLlm),
            "llama.cpp" | "llamacpp" | "llama-cpp" | "llama_cpp" => Ok(Self::LlamaCpp),
            "transformers" | "hf" => Ok(Self::Transformers),
            "ideal" | "none" => Ok(Self::Ideal),
            _ => Err(ParseEngineError(text.chars().take(40).collect())),
        }
    }
}

impl core::fmt::Display for Engine {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(self.name())
    }
}

/// The memory rules of one engine.
#[derive(Debug, Clone, PartialEq)]
pub enum EngineRules {
    /// A pool of blocks inside a share of the device, after a start-up profile.
    Vllm(VllmRules),
    /// A pool that is a fixed share less the weights.
    SgLang(SgLangRules),
    /// A pool that is a share of what is free after loading.
    TensorRtLlm(TensorRtLlmRules),
    /// Buffers allocated for a stated context.
    LlamaCpp(LlamaCppRules),
    /// A cache that grows.
    Transformers(TransformersRules),
    /// Nothing beside what the arithmetic needs.
    Ideal,
}

/// One version of an engine.
#[derive(Debug, Clone, PartialEq)]
pub struct EngineProfile {
    /// The version from which these rules hold.
    pub version: String,
    /// The rules.
    pub rules: EngineRules,
}

impl EngineProfile {
    /// The profile without an engine.
    pub const fn ideal() -> Self {
        Self { version: String::new(), rules: EngineRules::Ideal }
    }

    /// What it keeps recurrent state in.
    pub const fn state(&self) -> StateBytes {
        match &self.rules {
            EngineRules::Vllm(rules) => rules.state,
            EngineRules::SgLang(rules) => rules.state,
            EngineRules::TensorRtLlm(rules) => rules.state,
            EngineRules::LlamaCpp(rules) => rules.state,
            EngineRules::Transformers(rules) => rules.state,
            EngineRules::Ideal => StateBytes::SIXTEEN_BITS,
        }
    }

    /// The engine.
    pub const fn engine(&self) -> Engine {
        match self.rules {
            EngineRules::Vllm(_) => Engine::Vllm,
            EngineRules::SgLang(_) => Engine::SgLang,
            EngineRules::TensorRtLlm(_) => Engine::TensorRtLlm,
            EngineRules::LlamaCpp(_) => Engine::LlamaCpp,
            EngineRules::Transformers(_) => Engine::Transformers,
            EngineRules::Ideal => Engine::Ideal,
        }
    }
}
