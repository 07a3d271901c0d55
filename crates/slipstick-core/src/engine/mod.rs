//! What serving software does with memory, as plain data: rules and measured constants by engine and version.
//!
//! Values come from the catalogue; nothing here knows one. [`EngineProfile`] holds the rules of one version,
//! [`EngineOptions`] what a person set differently.

mod batch;
mod llama_cpp;
mod options;
mod pools;
mod profile;
mod state;
mod transformers;
mod vllm;

pub use batch::BatchDefault;
pub use llama_cpp::{LlamaCppRules, OutputRows};
pub use options::{Drafts, EngineOptions};
pub use pools::{SgLangRules, TensorRtLlmRules};
pub use profile::{Engine, EngineProfile, EngineRules, ParseEngineError};
pub use state::StateBytes;
pub use transformers::TransformersRules;
pub use vllm::{MixedPages, PrintedTokens, VllmRules};
