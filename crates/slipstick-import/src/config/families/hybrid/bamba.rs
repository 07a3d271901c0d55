//! Bamba and Granite 4: Mamba-2 layers between attention layers, each with a feed-forward block or experts.

use slipstick_core::model::{
    Layer, Model, Weight,
    blocks::{Experts, FeedForward, NormKind},
};

use super::{
    Config, ConfigError, Dims, FEED_FORWARD, FINAL_LAYERNORM, Family, Frame, PRE_FF, Paths, Tie,
    kinds::{Kind, kinds, misplaced, positive_or},
    state_spaces::state_space,
};

pub(super) const FAMILY: Family = Family { model_types: &["bamba", "granitemoehybrid"], read };

/// Granite keeps gate and up-projection in one matrix.
const SHARED_MLP: [&str; 3] =
    ["shared_mlp.input_linear", "shared_mlp.input_linear", "shared_mlp.output_linear"];

const EXPERTS: &[(&str, &str)] = &[
    ("mlp.gate", "block_sparse_moe.router.layer"),
    ("mlp.experts.*.gate_proj", "block_sparse_moe.input_linear"),
    ("mlp.experts.*.up_proj", "block_sparse_moe.input_linear"),
    ("mlp.experts.*.down_proj", "block_sparse_moe.output_linear"),
];

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    let hidden = dims.hidden;
    let bias = c.flag_or("attention_bias", false)?;
    let attention = dims.attention().with_bias(bias, bias);
    let space = state_space(c, hidden, positive_or(c, "mamba_expand", 2)?.saturating_mul(hidden))?;
    let granite = c.model_type() == "granitemoehybrid";
    let (norms, paths, tail) = if granite {
        (["input_layernorm", "post_attention_layernorm"], Paths::MODEL, granite_tail(c, hidden)?)
    } else {
        let block = FeedForward::gated(hidden, c.count("intermediate_size")?).named(FEED_FORWARD);
        (PRE_FF, FINAL_LAYERNORM, block.with_bias(c.flag_or("mlp_bias", false)?).weights())
    };
    let attends = c.counts("attn_layer_indices")?.unwrap_or_default();
    let default =
        |index| if !granite && attends.contains(&index) { Kind::Attention } else { Kind::Recurrent };
    let layers = kinds(c, dims.layers, default)?.into_iter().map(|kind| {
        let layer = Layer::default().with(norms.iter().flat_map(|name| NormKind::Rms.weights(*name, hidden)));
        let layer = match kind {
            Kind::Recurrent => layer.with(space.weights()).mix(space.mixer()),
            Kind::Attention => layer.with(attention.weights()).mix(attention.mixer()),
            other => return Err(misplaced(c, other)),
        };
        Ok(layer.with(tail.clone()).renamed(EXPERTS))
    });
    let layers = layers.collect::<Result<_, _>>()?;
    let tied = Tie::OnlyIfStated.read(c)?;
    Frame::new(hidden, dims.vocab, NormKind::Rms, tied).named(paths).model(c, layers)
}

/// A feed-forward block in every layer, and experts beside it where there are any.
fn granite_tail(c: &Config<'_>, hidden: u64) -> Result<Vec<Weight>, ConfigError> {
    let shared = FeedForward::gated(hidden, positive_or(c, "shared_intermediate_size", 1024)?);
    let mut tail = shared.named(SHARED_MLP).weights();
    let count = c.count_or("num_local_experts", 8)?;
    if count > 0 {
        let intermediate = positive_or(c, "intermediate_size", 11_008)?;
        let chosen = c.count_or("num_experts_per_tok", 2)?;
        tail.extend(Experts::gated(hidden, intermediate, count, chosen).weights());
    }
    Ok(tail)
}
