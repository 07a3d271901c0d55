//! Decoders with experts, latent attention or both.

mod afmoe;
mod axk2;
mod beam;
mod cohere_moe;
mod dbrx;
mod deepseek;
mod deepseek_v4;
mod dots3_note;
mod ernie_moe;
mod gated_heads;
mod glm_moe;
mod gpt_oss;
mod hunyuan_moe;
mod hy_v4;
mod jetmoe;
mod laguna;
mod latent;
mod llama4;
mod longcat;
mod mimo;
mod minimax_m3;
mod mistral_large4;
mod mixtral;
mod multi_token;
mod muse;
mod pre_norm;
mod qwen_moe;
mod rates;
mod routed;
mod sparse_latent;
mod step;

use super::{Config, ConfigError, Dims, Family, Frame, Paths, Tie, layers, share_out, spans};

pub(in crate::config) use latent::LatentDims;
pub(in crate::config) use multi_token::MultiToken;
pub(in crate::config) use routed::{ONE_SHARED, experts_of, routed_layers};
pub(in crate::config) use sparse_latent::{index as indexer, own_indexers};

/// The families of this folder.
pub(super) const FAMILIES: &[&Family] = &[
    &afmoe::FAMILY,
    &axk2::FAMILY,
    &beam::FAMILY,
    &cohere_moe::FAMILY,
    &dbrx::FAMILY,
    &deepseek::FAMILY,
    &deepseek_v4::FAMILY,
    &dots3_note::FAMILY,
    &ernie_moe::FAMILY,
    &ernie_moe::SEES,
    &glm_moe::FAMILY,
    &gpt_oss::FAMILY,
    &hunyuan_moe::FAMILY,
    &hy_v4::FAMILY,
    &jetmoe::FAMILY,
    &laguna::FAMILY,
    &latent::FAMILY,
    &llama4::FAMILY,
    &longcat::FAMILY,
    &mimo::FAMILY,
    &minimax_m3::FAMILY,
    &mistral_large4::FAMILY,
    &mixtral::FAMILY,
    &muse::FAMILY,
    &qwen_moe::FAMILY,
    &sparse_latent::FAMILY,
    &step::FAMILY,
];
