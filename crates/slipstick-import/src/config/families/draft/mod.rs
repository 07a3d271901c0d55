//! Draft heads of speculative decoding. Their files state the `model_type` of the decoder they resemble, so it is the class
//! that tells them apart.

mod dflash;
mod eagle;
mod medusa;

use slipstick_core::model::{Component, Layer, Model, Role, Weight, blocks::NormKind};

use super::{Config, ConfigError, Dims, Family, dtype, spans};

/// The families of this folder.
pub(super) const FAMILIES: &[&Family] =
    &[&dflash::DFLASH, &dflash::DOMINO, &dflash::DSPARK, &eagle::EAGLE3, &eagle::P_EAGLE, &medusa::FAMILY];

/// Keys that only draft heads have.
const KEYS: &[&str] =
    &["draft_vocab_size", "eagle_config", "dflash_config", "target_model_type", "num_target_layers"];

/// The key that makes a file a draft head's, if it has one.
pub(super) fn mark(c: &Config<'_>) -> Option<&'static str> {
    KEYS.iter().copied().find(|key| c.has(key))
}

/// A matrix of the head beside its layers.
fn matrix(path: &'static str, role: Role, rows: u64, cols: u64) -> Component {
    Component::text(path, vec![Weight::matrix("", role, rows, cols)])
}

/// A norm of the head beside its layers.
fn norm(path: &'static str, width: u64) -> Component {
    Component::text(path, NormKind::Rms.weights("", width))
}

fn model(
    c: &Config<'_>,
    dims: &Dims,
    layers: Vec<Layer>,
    components: Vec<Component>,
) -> Result<Model, ConfigError> {
    Ok(Model {
        model_type: c.model_type().to_owned(),
        hidden: dims.hidden,
        vocab: dims.vocab,
        layers,
        layers_path: "layers".into(),
        components,
        max_context: c.optional_count("max_position_embeddings")?,
        dtype: dtype(c)?,
    })
}
