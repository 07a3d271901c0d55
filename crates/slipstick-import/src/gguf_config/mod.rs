//! The metadata of a GGUF file as a configuration of transformers, so that one importer builds most architectures; the
//! others are built from the file's tensors ([`model`]).
//!
//! Each architecture of llama.cpp is a table: which key of the configuration comes from which key or tensor of the
//! file. Source: llama.cpp, `convert_hf_to_gguf.py` and `gguf-py/gguf/constants.py` (b6800), read backwards.

mod cohere;
mod deci;
mod deepseek;
mod error;
mod experts;
mod fields;
mod gemma;
mod glm;
mod gpt;
mod hybrid;
mod llama;
mod mamba;
mod olmo;
mod phi;
mod qwen;
mod row;
mod state_spaces;
mod stored;
mod t5;

use serde_json::Value;

use super::gguf::Gguf;
pub use error::GgufConfigError;
use fields::Fields;
use row::{Arch, COMMON};
pub use stored::model;

/// Every table; of those that share a name, the first whose condition holds is used.
const ARCHS: &[&[Arch]] = &[
    cohere::ARCHS,
    deci::ARCHS,
    deepseek::ARCHS,
    experts::ARCHS,
    gemma::ARCHS,
    glm::ARCHS,
    gpt::ARCHS,
    hybrid::ARCHS,
    llama::ARCHS,
    mamba::ARCHS,
    olmo::ARCHS,
    phi::ARCHS,
    qwen::ARCHS,
    state_spaces::ARCHS,
    t5::ARCHS,
];

/// The configuration that the file's metadata describes.
///
/// # Errors
/// An architecture without a table, or metadata that lacks or contradicts what its table needs.
pub fn config(gguf: &Gguf) -> Result<Value, GgufConfigError> {
    if gguf.is_projector() {
        return Err(GgufConfigError::Projector);
    }
    let fields = Fields::new(gguf)?;
    let arch = ARCHS
        .iter()
        .copied()
        .flatten()
        .find(|arch| arch.names.contains(&fields.arch()) && (arch.when)(&fields))
        .ok_or_else(|| GgufConfigError::unknown(fields.arch(), &known()))?;
    let mut config = serde_json::Map::new();
    config.insert("model_type".to_owned(), arch.model_type.into());
    let common = if arch.is_common { COMMON } else { &[] };
    for (key, from) in common.iter().chain(arch.rows).chain(arch.more) {
        if let Some(value) = from.read(&fields)? {
            config.insert((*key).to_owned(), value);
        }
    }
    Ok(Value::Object(config))
}

/// The architectures that are known, by a table or by their tensors, in alphabetical order.
pub fn known() -> Vec<&'static str> {
    let tables = ARCHS.iter().copied().flatten().flat_map(|arch| arch.names).copied();
    let mut names: Vec<&str> = tables.chain(stored::known()).collect();
    names.sort_unstable();
    names.dedup();
    names
}
