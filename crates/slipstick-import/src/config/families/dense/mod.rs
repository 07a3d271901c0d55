//! Dense decoders, encoders and encoder-decoders of text.

mod apertus;
mod bart;
mod bert;
mod bert_kin;
mod bitnet;
mod cohere;
mod deberta;
mod deci;
mod doge;
mod dory;
mod electra;
mod encoder;
mod encoder_head;
mod exaone4;
mod falcon;
mod gated_encoder;
mod gemma;
mod glm;
mod gpt2;
mod gpt_neox;
mod gptj;
mod hrm_text;
mod kosmos;
mod llama;
mod minicpm;
mod mistral;
mod modernbert;
mod mpt;
mod nemotron_nas;
mod olmo;
mod opt;
mod qwen;
mod stablelm;
mod starcoder;
mod t5;
mod t5gemma;

use slipstick_core::model::{Component, Model, Role, Weight};

use super::{
    Config, ConfigError, Dims, Family, Frame, Head, MultiToken, Paths, ResidualDecoder, Tie, head, layers,
    looped, share_out, spans,
};

/// The families of this folder.
pub(super) const FAMILIES: &[&Family] = &[
    &apertus::FAMILY,
    &bart::FAMILY,
    &bert::FAMILY,
    &bert_kin::FAMILY,
    &bitnet::FAMILY,
    &cohere::FAMILY,
    &deberta::FAMILY,
    &deci::FAMILY,
    &doge::FAMILY,
    &dory::FAMILY,
    &electra::DISTILBERT,
    &electra::FAMILY,
    &exaone4::FAMILY,
    &falcon::FAMILY,
    &gated_encoder::EUROBERT,
    &gated_encoder::POST_NORM,
    &gemma::FAMILY,
    &glm::CHATGLM,
    &glm::FAMILY,
    &gpt2::FAMILY,
    &gpt_neox::BLOOM,
    &gpt_neox::NEOX,
    &gptj::GPTJ,
    &gptj::PHI,
    &hrm_text::FAMILY,
    &kosmos::FAMILY,
    &llama::FAMILY,
    &minicpm::FAMILY,
    &mistral::FAMILY,
    &modernbert::FAMILY,
    &mpt::FAMILY,
    &nemotron_nas::FAMILY,
    &olmo::FAMILY,
    &opt::FAMILY,
    &qwen::MOLMO2,
    &qwen::QWEN,
    &qwen::QWEN2,
    &qwen::QWEN3,
    &stablelm::FAMILY,
    &starcoder::NEMOTRON,
    &starcoder::STARCODER2,
    &t5::FAMILY,
    &t5gemma::FAMILY,
];

/// Adds a table that is looked up by position.
fn table(mut model: Model, path: &'static str, rows: u64, cols: u64) -> Model {
    model.components.push(Component::text(path, vec![Weight::matrix("", Role::Table, rows, cols)]));
    model
}
