//! RWKV-4.

use slipstick_core::model::{
    Layer, Model,
    blocks::{NormKind, Receptance},
};

use super::{Config, ConfigError, Family, Frame, Paths, Tie, layers};

pub(super) const FAMILY: Family = Family { model_types: &["rwkv"], read };

const PATHS: Paths =
    Paths { layers: "rwkv.blocks", embedding: "rwkv.embeddings", norm: "rwkv.ln_out", head: "head" };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let hidden = c.count("hidden_size")?;
    let mixing = Receptance {
        hidden,
        attention: c.count_or("attention_hidden_size", hidden)?,
        intermediate: c.count_or("intermediate_size", hidden.saturating_mul(4))?,
    };
    let layer = Layer::default()
        .with(NormKind::Layer.weights("ln1", hidden))
        .with(mixing.time_weights())
        .mix(mixing.mixer())
        .with(NormKind::Layer.weights("ln2", hidden))
        .with(mixing.channel_weights());
    let count = layers(c, &["num_hidden_layers"])?;
    let mut layers = vec![layer.clone().with(NormKind::Layer.weights("pre_ln", hidden))];
    layers.extend((1..count).map(|_| layer.clone()));
    let tied = Tie::OnlyIfStated.read(c)?;
    Frame::new(hidden, c.count("vocab_size")?, NormKind::Layer, tied).named(PATHS).model(c, layers)
}
