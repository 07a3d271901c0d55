//! ERNIE 4.5 with experts: a range of layers is routed, with a balancing bias that the checkpoint counts. The decoder that
//! sees has experts of their own width for pictures.

use slipstick_core::model::{
    Layer, Model, Role, Weight,
    blocks::{Experts, FeedForward, NormKind},
};

use super::{
    Config, ConfigError, Dims, Family, Frame, Tie, pre_norm,
    routed::{experts, experts_of, routed_layers, size},
};

pub(super) const FAMILY: Family = Family { model_types: &["ernie4_5_moe"], read };
pub(super) const SEES: Family = Family { model_types: &["ernie4_5_vl_moe_text"], read: read_sees };

const FOR_TEXT: &[(&str, &str)] = &[
    ("mlp.gate", "mlp.text_moe.gate"),
    ("mlp.experts.*.gate_proj", "mlp.text_moe.experts.*.gate_proj"),
    ("mlp.experts.*.up_proj", "mlp.text_moe.experts.*.up_proj"),
    ("mlp.experts.*.down_proj", "mlp.text_moe.experts.*.down_proj"),
    ("mlp.moe_statics.e_score_correction_bias", "mlp.text_moe.gate.moe_statics.e_score_correction_bias"),
];
const FOR_PICTURES: &[(&str, &str)] = &[
    ("mlp.gate", "mlp.vision_moe.gate"),
    ("mlp.experts.*.gate_proj", "mlp.vision_moe.experts.*.gate_proj"),
    ("mlp.experts.*.up_proj", "mlp.vision_moe.experts.*.up_proj"),
    ("mlp.experts.*.down_proj", "mlp.vision_moe.experts.*.down_proj"),
    ("mlp.moe_statics.e_score_correction_bias", "mlp.vision_moe.gate.moe_statics.e_score_correction_bias"),
];

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

/// Both sets of experts have as many and choose as many; a token passes the one of its kind.
fn read_sees(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    if c.flag_or("use_bias", false)? {
        return Err(c.unsupported("use_bias is set, whose place beside experts is not known"));
    }
    let [text, pictures] = c.counts("moe_intermediate_size")?.unwrap_or_default()[..] else {
        return Err(c.invalid("moe_intermediate_size", "a list of two counts"));
    };
    let (count, active) = (size(c, &["moe_num_experts"])?, size(c, &["moe_k"])?);
    let shared = c.count_or("moe_num_shared_experts", 0)?.saturating_mul(text);
    let set = |width, names| -> Result<Vec<Weight>, ConfigError> {
        let balance = Weight::vector("mlp.moe_statics.e_score_correction_bias", Role::Router, count);
        let experts = experts_of(c, dims.hidden, width, count, active)?.weights();
        Ok(Layer::default().with(experts).with([balance]).renamed(names).weights)
    };
    let mut sparse = [set(text, FOR_TEXT)?, set(pictures, FOR_PICTURES)?].concat();
    if shared > 0 {
        let blocks = Experts::gated(dims.hidden, text, 0, 0).with_shared(shared, false).weights();
        sparse.extend(blocks.into_iter().filter(|weight| weight.name.starts_with("mlp.shared_experts")));
    }
    let dense = FeedForward::gated(dims.hidden, size(c, &["intermediate_size"])?).weights();
    let attention = dims.attention();
    let layers = routed_layers(c, dims.layers, |layer| layer > 0)?.into_iter().map(|routed| {
        let block = if routed { sparse.clone() } else { dense.clone() };
        pre_norm::layer(NormKind::Rms, dims.hidden, (&attention).into(), block)
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
