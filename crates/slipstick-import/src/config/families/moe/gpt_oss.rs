//! gpt-oss: a window in every other layer, a sink for every head, biases everywhere.

use slipstick_core::model::{
    Model,
    blocks::{Experts, NormKind},
};

use super::{Config, ConfigError, Dims, Family, Frame, Tie, pre_norm, routed::experts, spans::spans};

pub(super) const FAMILY: Family = Family { model_types: &["gpt_oss"], read };

const NAMES: &[(&str, &str)] = &[
    ("mlp.gate", "mlp.router"),
    ("mlp.experts.*.gate_proj", "mlp.experts.gate_up_proj"),
    ("mlp.experts.*.up_proj", "mlp.experts.gate_up_proj"),
    ("mlp.experts.*.down_proj", "mlp.experts.down_proj"),
];

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    let mut attention = dims.attention();
    let bias = c.flag_or("attention_bias", true)?;
    (attention.qkv_bias, attention.out_bias, attention.sinks) = (bias, bias, true);
    let spans = spans(c, dims.layers, c.optional_count("sliding_window")?, |layer| layer.is_multiple_of(2))?;
    let experts = experts(c, dims.hidden, &["intermediate_size"])?;
    let experts = Experts { bias: true, router_bias: true, ..experts };
    let layers = spans.into_iter().map(|span| {
        let attention = attention.with_span(span);
        pre_norm::layer(NormKind::Rms, dims.hidden, (&attention).into(), experts.weights()).renamed(NAMES)
    });
    let layers = layers.collect();
    Frame::new(dims.hidden, dims.vocab, NormKind::Rms, Tie::OnlyIfStated.read(c)?).model(c, layers)
}
