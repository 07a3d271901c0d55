//! LongCat-Flash: two attentions and two dense blocks in each layer, and beside them experts of which some do nothing.

use core::iter::repeat_n;

use slipstick_core::model::{
    Layer, Model,
    blocks::{Experts, FeedForward, LatentBlock, NormKind},
};

use super::{
    Config, ConfigError, Family, Frame, Tie,
    latent::LatentDims,
    multi_token::{self, MultiToken},
    routed::{experts, size},
};

pub(super) const FAMILY: Family = Family { model_types: &["longcat_flash"], read };

const NAMES: &[(&str, &str)] = &[("mlp.gate", "mlp.router.classifier")];

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = LatentDims::read(c)?;
    let dense = FeedForward::gated(dims.hidden, size(c, &["ffn_hidden_size", "intermediate_size"])?);
    let experts = experts(c, dims.hidden, &["expert_ffn_hidden_size", "moe_intermediate_size"])?;
    let experts = Experts {
        zero_experts: c.count_or("zero_expert_num", 0)?,
        router_bias: c.flag_or("router_bias", false)?,
        ..experts
    };
    let mut layer = Layer::default();
    for names in [FIRST, SECOND] {
        layer = half(layer, &dims.attention, &dense).renamed(names);
    }
    let layer = layer.with(experts.weights()).renamed(NAMES);
    let layers = repeat_n(layer, usize::try_from(dims.layers).unwrap_or(0)).collect();
    let frame = Frame::new(dims.hidden, dims.vocab, NormKind::Rms, Tie::OnlyIfStated.read(c)?);
    let mut model = frame.model(c, layers)?;
    // A prediction block is one half of a layer, without experts; the class does not know of it, so files need not say.
    let mut block = half(Layer::default(), &dims.attention, &dense).weights;
    block.extend(MultiToken { own_embedding: true, own_head: false, router_bias: 0 }.joint(&model));
    multi_token::add(&mut model, multi_token::blocks(c, 1)?, block);
    Ok(model)
}

/// An attention and a dense block, each after its norm.
fn half(layer: Layer, attention: &LatentBlock, dense: &FeedForward) -> Layer {
    layer
        .with(NormKind::Rms.weights("input_layernorm", attention.hidden))
        .with(attention.weights())
        .mix(attention.mixer())
        .with(NormKind::Rms.weights("post_attention_layernorm", attention.hidden))
        .with(dense.weights())
}

const FIRST: &[(&str, &str)] = &[
    ("input_layernorm", "input_layernorm.0"),
    ("post_attention_layernorm", "post_attention_layernorm.0"),
    ("self_attn.q_proj", "self_attn.0.q_proj"),
    ("self_attn.q_a_proj", "self_attn.0.q_a_proj"),
    ("self_attn.q_a_layernorm", "self_attn.0.q_a_layernorm"),
    ("self_attn.q_b_proj", "self_attn.0.q_b_proj"),
    ("self_attn.kv_a_proj_with_mqa", "self_attn.0.kv_a_proj_with_mqa"),
    ("self_attn.kv_a_layernorm", "self_attn.0.kv_a_layernorm"),
    ("self_attn.kv_b_proj", "self_attn.0.kv_b_proj"),
    ("self_attn.o_proj", "self_attn.0.o_proj"),
    ("mlp.gate_proj", "mlps.0.gate_proj"),
    ("mlp.up_proj", "mlps.0.up_proj"),
    ("mlp.down_proj", "mlps.0.down_proj"),
];

const SECOND: &[(&str, &str)] = &[
    ("input_layernorm", "input_layernorm.1"),
    ("post_attention_layernorm", "post_attention_layernorm.1"),
    ("self_attn.q_proj", "self_attn.1.q_proj"),
    ("self_attn.q_a_proj", "self_attn.1.q_a_proj"),
    ("self_attn.q_a_layernorm", "self_attn.1.q_a_layernorm"),
    ("self_attn.q_b_proj", "self_attn.1.q_b_proj"),
    ("self_attn.kv_a_proj_with_mqa", "self_attn.1.kv_a_proj_with_mqa"),
    ("self_attn.kv_a_layernorm", "self_attn.1.kv_a_layernorm"),
    ("self_attn.kv_b_proj", "self_attn.1.kv_b_proj"),
    ("self_attn.o_proj", "self_attn.1.o_proj"),
    ("mlp.gate_proj", "mlps.1.gate_proj"),
    ("mlp.up_proj", "mlps.1.up_proj"),
    ("mlp.down_proj", "mlps.1.down_proj"),
];
