//! ERNIE 4.5 with experts: a range of layers is routed, with a balancing bias that the checkpoint counts.

use slipstick_core::model::{
    Model, Role, Weight,
    blocks::{FeedForward, NormKind},
};

use super::{
    Config, ConfigError, Dims, Family, Frame, Tie, pre_norm,
    routed::{experts, routed_layers, size},
};

pub(super) const FAMILY: Family = Family { model_types: &["ernie4_5_moe"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    let bias = c.flag_or("use_bias", false)?;
    if bias {
        return Err(c.unsupported("use_bias is set, whose place beside experts is not known"));
    }
    let attention = dims.attention();
    let mut experts = experts(c, dims.hidden, &["moe_intermediate_size"])?;
    let shared = c.count_or("moe_num_shared_experts", 0)?;
    if shared > 0 {
        experts = experts.with_shared(shared * experts.intermediate, false);
    }
    let balance = Weight::vector("mlp.moe_statics.e_score_correction_bias", Role::Router, experts.count);
    let dense = FeedForward::gated(dims.hidden, size(c, &["intermediate_size"])?);
    let layers = routed(c, dims.layers)?.into_iter().map(|routed| {
        let block = if routed { experts.weights() } else { dense.weights() };
        let layer = pre_norm::layer(NormKind::Rms, dims.hidden, (&attention).into(), block);
        if routed { layer.with([balance.clone()]) } else { layer }
    });
    let layers = layers.collect();
    Frame::new(dims.hidden, dims.vocab, NormKind::Rms, Tie::UnlessStated.read(c)?).model(c, layers)
}

/// From `moe_layer_start_index` to `moe_layer_end_index` (-1 for the last layer), every `moe_layer_interval`th layer.
fn routed(c: &Config<'_>, layers: u64) -> Result<Vec<bool>, ConfigError> {
    let first = c.count_or("moe_layer_start_index", 1)?;
    let last = match c.get("moe_layer_end_index").and_then(serde_json::Value::as_i64) {
        Some(-1) | None => layers,
        Some(_) => c.count_or("moe_layer_end_index", layers)?,
    };
    let every = c.count_or("moe_layer_interval", 1)?;
    if every == 0 {
        return Err(c.invalid("moe_layer_interval", "positive"));
    }
    routed_layers(c, layers, |layer| (layer + 1).is_multiple_of(every) && layer >= first && layer <= last)
}
