//! Decoders with recurrent layers, alone or between attention layers.

mod bailing_hybrid;
mod bamba;
mod falcon_h1;
mod glm5_next;
mod inkling;
mod inkling2;
mod jamba;
mod kimi_k3_parts;
mod kimi_linear;
mod kinds;
mod lara_mini;
mod lfm2;
mod mamba;
mod minimax;
mod nemotron_h;
mod olmo_hybrid;
mod qwen3_next;
mod recurrent_gemma;
mod rwkv;
mod state_spaces;
mod xlstm;
mod zamba;
mod zaya;

use super::{Config, ConfigError, Dims, Family, Frame, Paths, Tie, layers, spans};

/// The families of this folder.
pub(super) const FAMILIES: &[&Family] = &[
    &bailing_hybrid::FAMILY,
    &bamba::FAMILY,
    &falcon_h1::FAMILY,
    &glm5_next::FAMILY,
    &inkling::FAMILY,
    &inkling2::FAMILY,
    &jamba::FAMILY,
    &kimi_linear::FAMILY,
    &lara_mini::FAMILY,
    &lfm2::FAMILY,
    &mamba::FIRST,
    &mamba::SECOND,
    &minimax::FAMILY,
    &nemotron_h::FAMILY,
    &olmo_hybrid::FAMILY,
    &qwen3_next::FAMILY,
    &recurrent_gemma::FAMILY,
    &rwkv::FAMILY,
    &xlstm::FAMILY,
    &zamba::FAMILY,
    &zaya::FAMILY,
];

/// The names that pure state-space checkpoints use around their layers.
const PATHS: Paths = Paths {
    layers: "backbone.layers",
    embedding: "backbone.embeddings",
    norm: "backbone.norm_f",
    head: "lm_head",
};

/// The names of decoders that call their last norm `final_layernorm`.
const FINAL_LAYERNORM: Paths = Paths { norm: "model.final_layernorm", ..Paths::MODEL };

/// The norms of a layer whose second is called `pre_ff_layernorm`.
const PRE_FF: [&str; 2] = ["input_layernorm", "pre_ff_layernorm"];

/// A feed-forward block called `feed_forward`.
const FEED_FORWARD: [&str; 3] = ["feed_forward.gate_proj", "feed_forward.up_proj", "feed_forward.down_proj"];
