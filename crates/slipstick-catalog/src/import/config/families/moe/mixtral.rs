//! Experts in every layer, as wide as `intermediate_size`, none shared: Mixtral, Phi-3.5-MoE, OLMoE, FlexOlmo, GraniteMoE,
//! MiniMax-M2.

use core::iter::repeat_n;

use slipstick_core::model::{Model, Span, blocks::NormKind};

use super::{Config, ConfigError, Dims, Family, Frame, Tie, pre_norm, routed::experts};

pub(super) const FAMILY: Family = Family {
    model_types: &["mixtral", "phimoe", "olmoe", "flex_olmo", "granitemoe", "granitemoeshared", "minimax_m2"],
    read,
};

/// Names of experts in Mixtral's checkpoints and those that follow it.
const BLOCK_SPARSE: &[(&str, &str)] = &[
    ("mlp.gate", "block_sparse_moe.gate"),
    ("mlp.experts.*.gate_proj", "block_sparse_moe.experts.*.w1"),
    ("mlp.experts.*.up_proj", "block_sparse_moe.experts.*.w3"),
    ("mlp.experts.*.down_proj", "block_sparse_moe.experts.*.w2"),
];

const GRANITE: &[(&str, &str)] = &[
    ("mlp.gate", "block_sparse_moe.router.layer"),
    ("mlp.experts.*.gate_proj", "block_sparse_moe.input_linear"),
    ("mlp.experts.*.up_proj", "block_sparse_moe.input_linear"),
    ("mlp.experts.*.down_proj", "block_sparse_moe.output_linear"),
    ("mlp.shared_experts.gate_proj", "shared_mlp.input_linear"),
    ("mlp.shared_experts.up_proj", "shared_mlp.input_linear"),
    ("mlp.shared_experts.down_proj", "shared_mlp.output_linear"),
];

/// The norms of a layer that normalises what attention and experts return.
const POST_NORM: &[(&str, &str)] = &[
    ("input_layernorm", "post_attention_layernorm"),
    ("post_attention_layernorm", "post_feedforward_layernorm"),
];

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    let norm = if c.model_type() == "phimoe" { NormKind::Layer } else { NormKind::Rms };
    let window = c.class_count("sliding_window")?.filter(|tokens| *tokens > 0);
    let mut attention = dims.attention().with_span(window.map_or(Span::Full, Span::Window));
    let mut names = BLOCK_SPARSE;
    if !matches!(c.model_type(), "mixtral" | "minimax_m2") {
        let bias = c.flag_or("attention_bias", false)?;
        attention = attention.with_bias(bias, bias);
    }
    let mut experts = experts(c, dims.hidden, &["intermediate_size"])?;
    match c.model_type() {
        "olmoe" | "minimax_m2" | "flex_olmo" => {
            attention = attention.with_wide_norm(NormKind::Rms);
        }
        "granitemoeshared" => {
            let width = c.count_or("shared_intermediate_size", 0)?;
            experts = if width > 0 { experts.with_shared(width, false) } else { experts };
        }
        _ => {}
    }
    match c.model_type() {
        "granitemoe" | "granitemoeshared" => names = GRANITE,
        "olmoe" => names = &[],
        "flex_olmo" => names = POST_NORM,
        _ => {}
    }
    let layer = pre_norm::layer(norm, dims.hidden, (&attention).into(), experts.weights()).renamed(names);
    let layers = repeat_n(layer, usize::try_from(dims.layers).unwrap_or(0)).collect();
    let mut frame = Frame::new(dims.hidden, dims.vocab, norm, Tie::OnlyIfStated.read(c)?);
    frame.head_bias = c.model_type() == "phimoe" && c.flag_or("lm_head_bias", false)?;
    frame.model(c, layers)
}
