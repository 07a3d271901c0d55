//! Experts in every layer, as wide as `intermediate_size`: Mixtral, Phi-3.5-MoE, OLMoE, FlexOlmo, GraniteMoE
//! with or without a shared expert and windows, MiniMax-M2.

use slipstick_core::model::{Model, blocks::NormKind};

use super::{Config, ConfigError, Dims, Family, Frame, Tie, pre_norm, routed::experts, spans::spans};

pub(super) const FAMILY: Family = Family {
    model_types: &[
        "mixtral",
        "phimoe",
        "olmoe",
        "flex_olmo",
        "granitemoe",
        "granitemoeshared",
        "granitemoe_swa",
        "minimax_m2",
        "aria_text",
        "kolibri1",
    ],
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
    let kind = c.model_type();
    let is_granite = kind.starts_with("granitemoe");
    let norm = if kind == "phimoe" { NormKind::Layer } else { NormKind::Rms };
    let bias = !matches!(kind, "mixtral" | "minimax_m2") && c.flag_or("attention_bias", false)?;
    let mut attention = dims.attention().with_bias(bias, bias);
    attention.sinks = kind == "granitemoe_swa";
    if kind == "olmoe" && dims.heads.saturating_mul(dims.head_dim) != dims.hidden {
        return Err(c.unsupported("its heads' norms are known only where head_dim is not stated apart"));
    }
    if matches!(kind, "olmoe" | "minimax_m2" | "flex_olmo") {
        attention = attention.with_wide_norm(NormKind::Rms);
    }
    if kind == "aria_text" && c.flag_or("mlp_bias", false)? {
        return Err(c.unsupported("mlp_bias is set, and no published model shows where it stands"));
    }
    if kind == "kolibri1" {
        attention = attention.with_head_norm(NormKind::Rms);
    }
    let width = if kind == "kolibri1" { "moe_intermediate_size" } else { "intermediate_size" };
    let mut experts = experts(c, dims.hidden, &[width])?;
    let shared = match kind {
        "aria_text" => c.count("moe_num_shared_experts")?.saturating_mul(experts.intermediate),
        "kolibri1" => c.count("shared_expert_intermediate_size")?,
        _ if is_granite => c.count_or("shared_intermediate_size", 0)?,
        _ => 0,
    };
    if shared > 0 {
        experts = experts.with_shared(shared, false);
    }
    let names = match kind {
        "olmoe" | "aria_text" | "kolibri1" => &[],
        "flex_olmo" => POST_NORM,
        _ if is_granite => GRANITE,
        _ => BLOCK_SPARSE,
    };
    let window = c.optional_count("sliding_window")?.filter(|tokens| *tokens > 0);
    // What both blocks return is normalised once more.
    let behind: &[&str] =
        if kind == "kolibri1" { &["post_self_attn_layernorm", "post_mlp_layernorm"] } else { &[] };
    let slides = |layer: u64| window.is_some() && (kind != "granitemoe_swa" || !layer.is_multiple_of(4));
    let layers = spans(c, dims.layers, window, slides)?.into_iter().map(|span| {
        let attention = attention.with_span(span);
        let layer = pre_norm::layer(norm, dims.hidden, (&attention).into(), experts.weights()).renamed(names);
        layer.with(behind.iter().flat_map(|name| norm.weights(*name, dims.hidden)))
    });
    let mut frame = Frame::new(dims.hidden, dims.vocab, norm, Tie::OnlyIfStated.read(c)?);
    frame.head_bias = kind == "phimoe" && c.flag_or("lm_head_bias", false)?;
    frame.model(c, layers.collect())
}
