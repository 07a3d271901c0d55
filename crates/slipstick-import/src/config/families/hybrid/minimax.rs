//! MiniMax-Text-01: lightning attention with full attention at every eighth layer, experts in all.

use slipstick_core::model::{
    Layer, Model,
    blocks::{Experts, Lightning, NormKind},
};

use super::{
    Config, ConfigError, Dims, Family, Frame, Tie,
    kinds::{Kind, kinds, misplaced, positive_or},
};

pub(super) const FAMILY: Family = Family { model_types: &["minimax"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    let hidden = dims.hidden;
    let attention = dims.attention();
    let lightning = Lightning { hidden, heads: dims.heads, head_dim: dims.head_dim };
    let (count, chosen) = (positive_or(c, "num_local_experts", 8)?, c.count_or("num_experts_per_tok", 2)?);
    let experts = Experts::gated(hidden, c.count("intermediate_size")?, count, chosen);
    let default = |index: u64| if index.is_multiple_of(2) { Kind::Attention } else { Kind::Recurrent };
    let layers = kinds(c, dims.layers, default)?.into_iter().map(|kind| {
        let layer = match kind {
            Kind::Recurrent => Layer::default().with(lightning.weights()).mix(lightning.mixer()),
            Kind::Attention => Layer::default().with(attention.weights()).mix(attention.mixer()),
            other => return Err(misplaced(c, other)),
        };
        Ok(layer
            .with(NormKind::Rms.weights("input_layernorm", hidden))
            .with(NormKind::Rms.weights("post_attention_layernorm", hidden))
            .with(experts.weights()))
    });
    let layers = layers.collect::<Result<_, _>>()?;
    Frame::new(hidden, dims.vocab, NormKind::Rms, Tie::OnlyIfStated.read(c)?).model(c, layers)
}
