//! Muse: gated attention without norms on its heads and a window in three of four layers, counted from the last; dense
//! (Glimmer), or with experts that work in a narrower stream (Spark).

use slipstick_core::model::{
    Layer, Model, Role, Span, Weight,
    blocks::{FeedForward, GroupedQuery, NormKind},
};

use super::{
    Config, ConfigError, Dims, Family, Frame, Tie,
    routed::{experts_of, routed_layers, size},
    spans::spans,
};

pub(super) const FAMILY: Family = Family { model_types: &["muse_glimmer_text", "muse_spark_text"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    let bias = c.flag_or("attention_bias", false)?;
    let attention = dims.attention().with_bias(bias, bias);
    let window = c.optional_count("sliding_window")?;
    let spans = spans(c, dims.layers, window, |layer| !(dims.layers - 1 - layer).is_multiple_of(4))?;
    let blocks = if c.model_type() == "muse_spark_text" {
        spark(c, &dims)?
    } else {
        let dense = FeedForward::gated(dims.hidden, size(c, &["intermediate_size"])?).weights();
        let norm = NormKind::Rms.weights("post_attention_layernorm", dims.hidden);
        vec![[norm, dense].concat(); usize::try_from(dims.layers).unwrap_or(0)]
    };
    let layers = spans.into_iter().zip(blocks).map(|(span, block)| layer(attention, span).with(block));
    let layers = layers.collect();
    Frame::new(dims.hidden, dims.vocab, NormKind::Rms, Tie::OnlyIfStated.read(c)?).model(c, layers)
}

/// What the layers of both have in common.
fn layer(attention: GroupedQuery, span: Span) -> Layer {
    const NORMS: [&str; 3] = ["input_layernorm", "pre_feedforward_layernorm", "post_feedforward_layernorm"];
    let GroupedQuery { hidden, q_heads, head_dim, .. } = attention;
    let gate = Weight::matrix("self_attn.gate_proj", Role::AttentionOther, q_heads * head_dim, hidden);
    Layer::default()
        .with(NORMS.iter().flat_map(|name| NormKind::Rms.weights(*name, hidden)))
        .with(attention.weights())
        .with([gate.by_heads(q_heads)])
        .mix(attention.with_span(span).mixer())
}

/// The blocks of Spark: gates on the residual stream, and experts between a projection down and one up.
fn spark(c: &Config<'_>, dims: &Dims) -> Result<Vec<Vec<Weight>>, ConfigError> {
    let narrow = size(c, &["moe_hidden_size"])?;
    let (count, active) = (size(c, &["num_local_experts"])?, size(c, &["num_experts_per_tok"])?);
    let experts = experts_of(c, narrow, size(c, &["moe_intermediate_size"])?, count, active)?;
    let gates = ["post_attention_residual_gate.gate", "post_feedforward_residual_gate.gate"];
    let gates: Vec<Weight> = gates.map(|name| Weight::vector(name, Role::Norm, dims.hidden)).into();
    let mut sparse = gates.clone();
    // The router reads the wide stream.
    sparse.extend(experts.weights().into_iter().filter(|weight| weight.role != Role::Router));
    sparse.push(Weight::matrix("mlp.gate", Role::Router, count, dims.hidden));
    sparse.push(Weight::matrix("mlp.pre_expert_proj", Role::Other, narrow, dims.hidden));
    sparse.push(Weight::matrix("mlp.post_expert_proj", Role::Other, dims.hidden, narrow));
    sparse.extend(NormKind::Rms.weights("mlp.pre_expert_norm", narrow));
    sparse.extend(NormKind::Rms.weights("mlp.experts.post_expert_norm", narrow));
    let dense = FeedForward::gated(dims.hidden, size(c, &["intermediate_size"])?).weights();
    let dense = [gates, dense].concat();
    let routed = routed_layers(c, dims.layers, |_| true)?;
    Ok(routed.into_iter().map(|is_sparse| if is_sparse { sparse.clone() } else { dense.clone() }).collect())
}
