//! Serving software: what each engine does with memory, and how it is started.
//!
//! All that is one engine's own stands in its file; values come from the catalogue, by version. [`EngineProfile`] holds
//! the rules of one version, [`EngineOptions`] what a person set differently.

mod apps;
mod caches;
mod demand;
mod launch;
mod options;
mod rules;
mod starts;
mod towers;
mod widths;

mod ideal;
mod llama_cpp;
mod sglang;
mod tensorrt_llm;
mod transformers;
mod vllm;

mod profile;

pub use caches::{CacheKind, CacheLayer};
pub(crate) use caches::{layer_caches, merge, record_row};
pub(crate) use demand::{Demand, Stage};
pub use demand::{HostMemory, RankLoad};
pub use ideal::IdealRules;
pub use launch::{Command, Launch, LaunchDrafts, PoolRole, quoted};
pub use llama_cpp::{LlamaCppRules, OutputRows};
pub use options::{Drafts, EngineOptions, Setting};
pub use profile::{Engine, EngineProfile, EngineRules, ParseEngineError};
pub(crate) use rules::Rules;
pub use rules::{
    BatchDefault, Chunking, Facts, Overheads, PrefixCaching, StateBytes, StepLimits, UsualFormats,
};
pub use sglang::SgLangRules;
pub(crate) use starts::record_shown;
pub use tensorrt_llm::TensorRtLlmRules;
pub(crate) use towers::Towers;
pub use transformers::TransformersRules;
pub use vllm::{BlockGroup, BlockLayout, MixedPages, Packing, PrintedTokens, RequestBlocks, VllmRules};
pub(crate) use widths::Widths;
