//! Jamba: Mamba layers with attention at every few layers, experts in every other one.

use slipstick_core::model::{
    Layer, Model,
    blocks::{Experts, FeedForward, NormKind, SelectiveScan},
};

use super::{
    Config, ConfigError, Dims, FEED_FORWARD, FINAL_LAYERNORM, Family, Frame, PRE_FF, Tie, kinds::positive_or,
    state_spaces::selective_scan,
};

pub(super) const FAMILY: Family = Family { model_types: &["jamba"], read };

const NAMES: &[(&str, &str)] = &[
    ("mlp.gate", "feed_forward.router"),
    ("mlp.experts.*.gate_proj", "feed_forward.experts.*.gate_proj"),
    ("mlp.experts.*.up_proj", "feed_forward.experts.*.up_proj"),
    ("mlp.experts.*.down_proj", "feed_forward.experts.*.down_proj"),
];

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    let hidden = dims.hidden;
    let attention = dims.attention();
    let scan = SelectiveScan { norms: true, ..selective_scan(c, hidden)? };
    let intermediate = c.count("intermediate_size")?;
    let dense = FeedForward::gated(hidden, intermediate).named(FEED_FORWARD);
    let count = c.count_or("num_experts", 16)?;
    let experts = Experts::gated(hidden, intermediate, count, c.count_or("num_experts_per_tok", 2)?);
    let attends = every(c, "attn_layer_period", 8, "attn_layer_offset", 4)?;
    let chooses = every(c, "expert_layer_period", 2, "expert_layer_offset", 1)?;
    let layers = (0..dims.layers).map(|index| {
        let layer =
            Layer::default().with(PRE_FF.iter().flat_map(|name| NormKind::Rms.weights(*name, hidden)));
        let layer = if attends(index) {
            layer.with(attention.weights()).mix(attention.mixer())
        } else {
            layer.with(scan.weights()).mix(scan.mixer())
        };
        layer
            .with(if chooses(index) && count > 1 { experts.weights() } else { dense.weights() })
            .renamed(NAMES)
    });
    let tied = Tie::OnlyIfStated.read(c)?;
    let frame = Frame::new(hidden, dims.vocab, NormKind::Rms, tied).named(FINAL_LAYERNORM);
    frame.model(c, layers.collect())
}

/// Whether a layer's index is `offset` beyond a multiple of `period`.
fn every(
    c: &Config<'_>,
    period: &str,
    default_period: u64,
    offset: &str,
    default_offset: u64,
) -> Result<impl Fn(u64) -> bool + use<>, ConfigError> {
    let step = positive_or(c, period, default_period)?;
    let start = c.count_or(offset, default_offset)?;
    if start >= step {
        return Err(ConfigError::Contradiction(format!("{offset} is {start}, not below {period} {step}")));
    }
    Ok(move |index| index % step == start)
}
