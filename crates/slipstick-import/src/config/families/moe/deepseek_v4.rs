//! DeepSeek-V4: attention over a window and a compressed past, experts in every layer, several residual streams.

use slipstick_core::model::{
    Component, Indexer, Layer, Mixer, Model, Role, Weight,
    blocks::{CompressedBlock, HyperConnection, NormKind},
};

use super::{
    Config, ConfigError, Dims, Family, Frame, Paths, Tie, multi_token,
    pre_norm::{self, Attention},
    rates::rates,
    routed::{experts, size},
};

pub(super) const FAMILY: Family = Family { model_types: &["deepseek_v4"], read };

const PATHS: Paths = Paths { layers: "layers", embedding: "embed", norm: "norm", head: "head" };

const NAMES: &[(&str, &str)] = &[
    ("input_layernorm", "attn_norm"),
    ("post_attention_layernorm", "ffn_norm"),
    ("mlp.gate", "ffn.gate"),
    ("mlp.experts.*.gate_proj", "ffn.experts.*.w1"),
    ("mlp.experts.*.up_proj", "ffn.experts.*.w3"),
    ("mlp.experts.*.down_proj", "ffn.experts.*.w2"),
    ("mlp.shared_experts.gate_proj", "ffn.shared_experts.w1"),
    ("mlp.shared_experts.up_proj", "ffn.shared_experts.w3"),
    ("mlp.shared_experts.down_proj", "ffn.shared_experts.w2"),
];

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    let block = attention(c, &dims)?;
    let streams = HyperConnection { hidden: dims.hidden, streams: size(c, &["hc_mult"])? };
    let experts = experts(c, dims.hidden, &["moe_intermediate_size"])?;
    if c.count_or("n_shared_experts", 1)? != 1 || c.flag_or("mlp_bias", false)? {
        return Err(c.unsupported("only one shared expert without biases is known"));
    }
    let experts = experts.with_shared(experts.intermediate, false);
    let index = Indexer {
        heads: size(c, &["index_n_heads"])?,
        key_dim: size(c, &["index_head_dim"])?,
        top_k: size(c, &["index_topk"])?,
    };
    let layer = |(rate, picks): (u64, bool)| -> Layer {
        let block = CompressedBlock { rate, indexer: picks.then_some(index), ..block };
        let attention = Attention { weights: block.weights(), mixer: Mixer::Compressed(block.mixer()) };
        pre_norm::layer(NormKind::Rms, dims.hidden, attention, experts.weights())
            .with(streams.around(["hc_attn_fn", "hc_attn_base", "hc_attn_scale"]))
            .with(streams.around(["hc_ffn_fn", "hc_ffn_base", "hc_ffn_scale"]))
            .renamed(NAMES)
    };
    let layers = rates(c, dims.layers)?.into_iter().map(layer).collect();
    let tied = Tie::OnlyIfStated.read(c)?;
    let mut model = Frame::new(dims.hidden, dims.vocab, NormKind::Rms, tied).named(PATHS).model(c, layers)?;
    let merge = streams.merge(["hc_head_fn", "hc_head_base", "hc_head_scale"]);
    model.components.push(Component::text("", merge.clone()));
    // A prediction block keeps a window only, and shares embedding and head with the model.
    let block = layer((0, false)).with(merge).with(joint(dims.hidden, experts.count));
    multi_token::add(&mut model, multi_token::blocks(c, 0)?, block.weights);
    Ok(model)
}

/// What joins the last hidden state and the next embedding, and normalises the result; the bias of its router.
fn joint(hidden: u64, experts: u64) -> Vec<Weight> {
    let square = |name| Weight::matrix(name, Role::MultiToken, hidden, hidden);
    let mut weights = vec![square("e_proj"), square("h_proj")];
    for norm in ["enorm", "hnorm", "norm"] {
        weights.extend(NormKind::Rms.weights(norm, hidden));
    }
    weights.push(Weight::vector("ffn.gate.bias", Role::Router, experts));
    weights
}

fn attention(c: &Config<'_>, dims: &Dims) -> Result<CompressedBlock, ConfigError> {
    if dims.kv_heads != 1 {
        return Err(c.invalid("num_key_value_heads", "1: all heads share one key"));
    }
    let out_groups = size(c, &["o_groups"])?;
    if !dims.heads.is_multiple_of(out_groups) {
        return Err(c.invalid("o_groups", format!("a divisor of the {} heads", dims.heads)));
    }
    Ok(CompressedBlock {
        hidden: dims.hidden,
        q_heads: dims.heads,
        dim: dims.head_dim,
        // The library turns an eighth of a head of 512 where a file does not say how much.
        rope_dim: c.count_or("qk_rope_head_dim", 64)?,
        q_rank: size(c, &["q_lora_rank"])?,
        out_groups,
        out_rank: size(c, &["o_lora_rank"])?,
        window: size(c, &["sliding_window"])?,
        rate: 0,
        indexer: None,
    })
}
