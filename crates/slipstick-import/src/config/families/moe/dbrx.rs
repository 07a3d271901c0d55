//! DBRX: experts in every layer, its sizes in two sections of their own.

use core::iter::repeat_n;

use slipstick_core::model::{
    Model,
    blocks::{AttentionNames, NormKind},
};

use super::{
    Config, ConfigError, Dims, Family, Frame, Paths, Tie, layers, pre_norm, routed::experts_of, share_out,
};

pub(super) const FAMILY: Family = Family { model_types: &["dbrx"], read };

const PATHS: Paths = Paths {
    layers: "transformer.blocks",
    embedding: "transformer.wte",
    norm: "transformer.norm_f",
    head: "lm_head",
};

const NAMES: &[(&str, &str)] = &[
    ("input_layernorm", "norm_attn_norm.norm_1"),
    ("post_attention_layernorm", "norm_attn_norm.norm_2"),
    ("mlp.gate", "ffn.router.layer"),
    ("mlp.experts.*.gate_proj", "ffn.experts.mlp.w1"),
    ("mlp.experts.*.up_proj", "ffn.experts.mlp.v1"),
    ("mlp.experts.*.down_proj", "ffn.experts.mlp.w2"),
];

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let (hidden, heads) = (c.count("d_model")?, c.count("n_heads")?);
    let (attention, ffn) = (c.section("attn_config")?, c.section("ffn_config")?);
    let dims = Dims {
        hidden,
        layers: layers(c, &["n_layers"])?,
        heads,
        kv_heads: attention.count_or("kv_n_heads", 1)?.max(1),
        head_dim: share_out(c, hidden, heads)?,
        vocab: c.count("vocab_size")?,
    }
    .check(c)?;
    let (width, count) = (ffn.count("ffn_hidden_size")?, ffn.count("moe_num_experts")?);
    let experts = experts_of(c, hidden, width, count, ffn.count("moe_top_k")?)?;
    c.adopt(attention);
    c.adopt(ffn);
    let mut attention = dims.attention();
    attention.names = AttentionNames::fused("norm_attn_norm.attn.Wqkv", "norm_attn_norm.attn.out_proj");
    let norm = NormKind::LayerNoBias;
    let layer = pre_norm::layer(norm, hidden, (&attention).into(), experts.weights()).renamed(NAMES);
    let layers = repeat_n(layer, usize::try_from(dims.layers).unwrap_or(0)).collect();
    Frame::new(hidden, dims.vocab, norm, Tie::OnlyIfStated.read(c)?).named(PATHS).model(c, layers)
}
