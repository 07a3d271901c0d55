//! Dense decoders, encoders and encoder-decoders of text.

mod falcon;
mod gpt2;
mod gpt_neox;
mod gptj;
mod llama;
mod mistral;
mod mpt;
mod opt;
mod qwen;
mod stablelm;
mod starcoder;

use slipstick_core::model::{Component, Model, Role, Weight};

use super::{Config, ConfigError, Dims, Family, Paths, ResidualDecoder, Tie, spans};

/// The families of this folder.
pub(super) const FAMILIES: &[&Family] = &[
    &falcon::FAMILY,
    &gpt2::FAMILY,
    &gpt_neox::BLOOM,
    &gpt_neox::NEOX,
    &gptj::GPTJ,
    &gptj::PHI,
    &llama::FAMILY,
    &mistral::FAMILY,
    &mpt::FAMILY,
    &opt::FAMILY,
    &qwen::QWEN2,
    &qwen::QWEN3,
    &stablelm::FAMILY,
    &starcoder::NEMOTRON,
    &starcoder::STARCODER2,
];

/// Adds a table that is looked up by position.
fn table(mut model: Model, path: &'static str, rows: u64, cols: u64) -> Model {
    model.components.push(Component::text(path, vec![Weight::matrix("", Role::Table, rows, cols)]));
    model
}
