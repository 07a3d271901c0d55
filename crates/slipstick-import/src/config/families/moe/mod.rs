//! Decoders with experts, latent attention or both.

mod afmoe;
mod cohere_moe;
mod dbrx;
mod deepseek;
mod deepseek_v4;
mod ernie_moe;
mod gated_heads;
mod glm_moe;
mod gpt_oss;
mod hunyuan_moe;
mod laguna;
mod latent;
mod llama4;
mod longcat;
mod mimo;
mod minimax_m3;
mod mixtral;
mod multi_token;
mod pre_norm;
mod qwen_moe;
mod rates;
mod routed;
mod sparse_latent;
mod step;

use super::{Config, ConfigError, Dims, Family, Frame, Paths, Tie, layers, share_out, spans};

pub(in crate::config) use latent::LatentDims;
pub(in crate::config) use multi_token::MultiToken;
pub(in crate::config) use routed::{experts_of, routed_layers};

/// The families of this folder.
pub(super) const FAMILIES: &[&Family] = &[
    &afmoe::FAMILY,
    &cohere_moe::FAMILY,
    &dbrx::FAMILY,
    &deepseek::FAMILY,
    &deepseek_v4::FAMILY,
    &ernie_moe::FAMILY,
    &glm_moe::FAMILY,
    &gpt_oss::FAMILY,
    &hunyuan_moe::FAMILY,
    &laguna::FAMILY,
    &latent::FAMILY,
    &llama4::FAMILY,
    &longcat::FAMILY,
    &mimo::FAMILY,
    &minimax_m3::FAMILY,
    &mixtral::FAMILY,
    &qwen_moe::FAMILY,
    &sparse_latent::FAMILY,
    &step::FAMILY,
];
