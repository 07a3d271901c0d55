//! RecurrentGemma (Griffin): two recurrent layers to one with attention to a window.

use slipstick_core::model::{
    Layer, Model, Span,
    blocks::{AttentionNames, FeedForward, GatedLru, NormKind},
};

use super::{
    Config, ConfigError, Dims, Family, Frame, Paths, Tie,
    kinds::{Kind, misplaced, positive_or, stated},
};

pub(super) const FAMILY: Family = Family { model_types: &["recurrent_gemma"], read };

const ATTENTION: AttentionNames = AttentionNames::split(
    "temporal_block.q_proj",
    "temporal_block.k_proj",
    "temporal_block.v_proj",
    "temporal_block.o_proj",
);
const MLP: [&str; 3] = ["mlp_block.gate_proj", "mlp_block.up_proj", "mlp_block.down_proj"];
const PATHS: Paths = Paths { norm: "model.final_norm", ..Paths::MODEL };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    let hidden = dims.hidden;
    let window = positive_or(c, "attention_window_size", 2048)?;
    let attention = dims
        .attention()
        .with_bias(c.flag_or("attention_bias", false)?, true)
        .with_span(Span::Window(window))
        .named(ATTENTION);
    let lru = GatedLru {
        hidden,
        width: c.count_or("lru_width", hidden)?,
        blocks: dims.heads,
        kernel: positive_or(c, "conv1d_width", 4)?,
    };
    if lru.width == 0 || !lru.width.is_multiple_of(lru.blocks) {
        return Err(c.invalid("lru_width", "a multiple of num_attention_heads"));
    }
    // The stated width counts gate and up-projection together.
    let mlp = FeedForward::gated(hidden, c.count("intermediate_size")? / 2).named(MLP).with_bias(true);
    let pattern = stated(c, &["block_types"])?
        .unwrap_or_else(|| vec![Kind::Recurrent, Kind::Recurrent, Kind::Attention]);
    if pattern.is_empty() {
        return Err(c.invalid("block_types", "a list with an entry"));
    }
    let count = usize::try_from(dims.layers).unwrap_or(usize::MAX);
    let layers = pattern.iter().cycle().take(count).map(|kind| {
        let layer = match kind {
            Kind::Recurrent => Layer::default().with(lru.weights()).mix(lru.mixer()),
            Kind::Attention => Layer::default().with(attention.weights()).mix(attention.mixer()),
            other => return Err(misplaced(c, *other)),
        };
        Ok(layer
            .with(NormKind::Rms.weights("temporal_pre_norm", hidden))
            .with(NormKind::Rms.weights("channel_pre_norm", hidden))
            .with(mlp.weights()))
    });
    let layers = layers.collect::<Result<_, _>>()?;
    let tied = Tie::UnlessStated.read(c)?;
    Frame::new(hidden, dims.vocab, NormKind::Rms, tied).named(PATHS).model(c, layers)
}
