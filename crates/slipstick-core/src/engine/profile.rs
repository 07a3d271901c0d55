//! Engines and their profiles.

use super::{
    Chunking, Command, EngineOptions, IdealRules, Launch, LlamaCppRules, Overheads, PrefixCaching, Setting,
    SgLangRules, StateBytes, StepLimits, TensorRtLlmRules, TransformersRules, UsualFormats, VllmRules,
    rules::{Facts, Rules},
};
use crate::hardware::Accelerator;

/// Declares the engines, each with its rules, in whose file all stands that is its own.
macro_rules! engines {
    ($($(#[$doc:meta])* $engine:ident($rules:ident),)*) => {
        /// Serving software whose memory is modelled.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Engine {
            $($(#[$doc])* $engine,)*
        }

        /// The rules of one version of an engine.
        #[derive(Debug, Clone, PartialEq)]
        pub enum EngineRules {
            $($(#[$doc])* $engine($rules),)*
        }

        impl Engine {
            /// Every engine.
            pub const ALL: [Self; [$(Self::$engine),*].len()] = [$(Self::$engine),*];

            /// Its name as people type it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$engine => $rules::NAME,)*
                }
            }

            /// Other names people type.
            const fn aliases(self) -> &'static [&'static str] {
                match self {
                    $(Self::$engine => $rules::ALIASES,)*
                }
            }
        }

        impl EngineRules {
            /// Reads the rules of an engine.
            ///
            /// # Errors
            /// If a value is missing or wrong.
            pub fn read<F: Facts>(engine: Engine, facts: &F) -> Result<Self, F::Error> {
                Ok(match engine {
                    $(Engine::$engine => Self::$engine($rules::read(facts)?),)*
                })
            }

            /// The engine.
            pub const fn engine(&self) -> Engine {
                match self {
                    $(Self::$engine(_) => Engine::$engine,)*
                }
            }

            pub(crate) fn rules(&self) -> &dyn Rules {
                match self {
                    $(Self::$engine(rules) => rules,)*
                }
            }
        }
    };
}

engines! {
    /// vLLM.
    Vllm(VllmRules),
    /// SGLang.
    SgLang(SgLangRules),
    /// TensorRT-LLM.
    TensorRtLlm(TensorRtLlmRules),
    /// llama.cpp, and what is built on it.
    LlamaCpp(LlamaCppRules),
    /// Hugging Face transformers.
    Transformers(TransformersRules),
    /// No engine: weights, cache and one step's working set.
    Ideal(IdealRules),
}

/// A name that is no engine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a modelled engine; choose {names}", names = names())]
pub struct ParseEngineError(pub String);

/// The engines' names in words.
fn names() -> String {
    let names = Engine::ALL.map(Engine::name);
    let (last, others) = names.split_last().unwrap_or((&"", &[]));
    format!("{} or {last}", others.join(", "))
}

impl core::str::FromStr for Engine {
    type Err = ParseEngineError;
    fn from_str(text: &str) -> Result<Self, ParseEngineError> {
        let name = text.trim().to_ascii_lowercase();
        let called = |engine: &Self| engine.name() == name || engine.aliases().contains(&name.as_str());
        Self::ALL.into_iter().find(called).ok_or_else(|| ParseEngineError(text.chars().take(40).collect()))
    }
}

impl core::fmt::Display for Engine {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(self.name())
    }
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
        Self { version: String::new(), rules: EngineRules::Ideal(IdealRules {}) }
    }

    /// The engine.
    pub const fn engine(&self) -> Engine {
        self.rules.engine()
    }

    /// What it keeps recurrent state in.
    pub fn state(&self) -> StateBytes {
        self.rules.rules().state()
    }

    /// The limits it picks itself on a device.
    pub fn limits(&self, device: &Accelerator) -> StepLimits {
        self.rules.rules().limits(device)
    }

    /// What it takes whatever the model.
    pub fn overheads(&self) -> Overheads {
        self.rules.rules().overheads()
    }

    /// Whether its cache is allocated for the longest context of every sequence when it starts.
    pub fn reserves_context(&self) -> bool {
        self.rules.rules().reserves_context()
    }

    /// Whether it admits a request only where its whole output will fit as well.
    pub fn reserves_output(&self) -> bool {
        self.rules.rules().reserves_output()
    }

    /// More sequences at once than this it refuses to start with.
    pub fn most_sequences(&self) -> Option<u64> {
        self.rules.rules().most_sequences()
    }

    /// The settings that it reads on a device.
    pub fn settings(&self, device: &Accelerator) -> &'static [Setting] {
        self.rules.rules().settings(device)
    }

    /// The formats that people use under it.
    pub fn formats(&self) -> UsualFormats {
        self.rules.rules().formats()
    }

    /// Whether it splits layers over accelerators rather than each layer.
    pub fn splits_layers(&self) -> bool {
        self.rules.rules().splits_layers()
    }

    /// Whether it keeps the caches of earlier prompts, of a model that keeps recurrent state or not.
    pub fn prefix_caching(&self, has_state: bool) -> PrefixCaching {
        self.rules.rules().prefix_caching(has_state)
    }

    /// Tokens of the blocks in which it finds a prefix again.
    pub fn prefix_block(&self, options: &EngineOptions, device: &Accelerator) -> u64 {
        self.rules.rules().prefix_block(options, device).max(1)
    }

    /// Whether it divides prompts that do not fit into a step.
    pub fn chunking(&self) -> Chunking {
        self.rules.rules().chunking()
    }

    /// Whether prompts of `input` tokens are divided under these settings, where a step has at most so many `tokens`. An
    /// engine that does so when it is told to is told where a prompt is longer than a step.
    pub fn divides_prompts(&self, options: &EngineOptions, input: u64, tokens: u64) -> bool {
        match (self.chunking(), options.chunked_prefill) {
            (Chunking::Always, _) | (Chunking::On, None) => true,
            (Chunking::Off, None) => input > tokens,
            (Chunking::On | Chunking::Off, Some(stated)) => stated,
        }
    }

    /// Whether it keeps compressed caches in 8 bits on a device, unless told otherwise.
    pub fn compresses_in_eight_bits(&self, device: &Accelerator) -> bool {
        self.rules.rules().compresses_in_eight_bits(device)
    }

    /// The ways of drafting that it knows, by name.
    pub fn speculation(&self) -> impl Iterator<Item = &str> {
        self.rules.rules().speculation().split_whitespace()
    }

    /// How far the vocabulary of a drafting model may be from that of the model, in tokens.
    pub fn draft_vocabulary(&self) -> u64 {
        self.rules.rules().draft_vocabulary()
    }

    /// Whether it sends caches from workers that read to workers that write.
    pub fn has_pools(&self) -> bool {
        self.rules.rules().has_pools()
    }

    /// The command that starts what hands requests on from workers that read to those that write, if there is one.
    pub fn pool_router(&self) -> Option<Command> {
        self.rules.rules().pool_router()
    }

    /// The command that starts it, if it is started by one.
    pub fn launch(&self, with: &Launch<'_>) -> Option<Command> {
        self.rules.rules().launch(with)
    }
}
