//! JetMoE (arXiv 2404.07413): experts in attention as well, each with queries and an output of its own over shared keys.

use core::iter::repeat_n;

use slipstick_core::model::{
    Layer, Model, Role, Weight,
    blocks::{Experts, GroupedQuery, NormKind, PRE_NORM},
};

use super::{Config, ConfigError, Family, Frame, Tie, layers, routed::size};

pub(super) const FAMILY: Family = Family { model_types: &["jetmoe"], read };

const NAMES: &[(&str, &str)] = &[
    ("mlp.gate", "mlp.router.layer"),
    ("mlp.experts.*.gate_proj", "mlp.input_linear"),
    ("mlp.experts.*.up_proj", "mlp.input_linear"),
    ("mlp.experts.*.down_proj", "mlp.output_linear"),
];

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let hidden = c.count("hidden_size")?;
    let (count, active) = (size(c, &["num_local_experts"])?, size(c, &["num_experts_per_tok"])?);
    let experts = super::routed::experts_of(c, hidden, size(c, &["intermediate_size"])?, count, active)?;
    let (kv_heads, head_dim) = (size(c, &["num_key_value_heads"])?, size(c, &["kv_channels"])?);
    if kv_heads.saturating_mul(active) > 1 << 16 || head_dim > 1 << 16 {
        return Err(c.invalid("num_key_value_heads", "at most 65536 heads of at most 65536"));
    }
    let layer = Layer::default()
        .with(PRE_NORM.iter().flat_map(|name| NormKind::Rms.weights(*name, hidden)))
        .with(attention(&experts, kv_heads * head_dim))
        // A token's chosen experts are as many groups of query heads.
        .mix(GroupedQuery::new(hidden, kv_heads * active, kv_heads, head_dim).mixer())
        .with(experts.weights())
        .with([Weight::vector("mlp.bias", Role::Other, hidden)])
        .renamed(NAMES);
    let layers = layers(c, &["num_hidden_layers"])?;
    let layers = repeat_n(layer, usize::try_from(layers).unwrap_or(0)).collect();
    Frame::new(hidden, c.count("vocab_size")?, NormKind::Rms, Tie::UnlessStated.read(c)?).model(c, layers)
}

/// The router, the experts' queries and outputs, and the keys and values that all of them share.
fn attention(experts: &Experts, width: u64) -> Vec<Weight> {
    let Experts { hidden, count, active, .. } = *experts;
    vec![
        Weight::matrix("self_attention.experts.router.layer", Role::Router, count, hidden),
        Weight::matrix("self_attention.experts.input_linear", Role::ExpertUp, width, hidden)
            .routed(count, active),
        Weight::matrix("self_attention.experts.output_linear", Role::ExpertDown, hidden, width)
            .routed(count, active),
        Weight::vector("self_attention.experts.bias", Role::Other, hidden),
        Weight::matrix("self_attention.kv_proj", Role::Key, 2 * width, hidden),
    ]
}
