//! One file a family: the model types it reads, and how their layers are declared from shared blocks.

mod dense;
mod hybrid;
mod moe;
mod multimodal;

use slipstick_core::model::Model;

use slipstick_core::names::nearest;

use super::{
    Config, ConfigError, Dims, Tie,
    decoder::{Frame, Paths},
    dims::{dtype, layers, share_out},
    head::{self, Head},
    residual::ResidualDecoder,
    spans,
};

pub(super) use moe::{LatentDims, MultiToken, experts_of, routed_layers};

/// A family of architectures that are declared alike.
#[derive(Debug, Clone, Copy)]
pub struct Family {
    /// The `model_type`s it reads.
    pub model_types: &'static [&'static str],
    /// Reads one configuration.
    pub read: fn(&Config<'_>) -> Result<Model, ConfigError>,
}

/// The families, a list for each folder.
const FOLDERS: &[&[&Family]] = &[dense::FAMILIES, hybrid::FAMILIES, moe::FAMILIES, multimodal::FAMILIES];

fn families() -> impl Iterator<Item = &'static Family> {
    FOLDERS.iter().copied().flatten().copied()
}

/// Every supported `model_type`, in alphabetical order.
pub fn supported_types() -> Vec<&'static str> {
    let mut types: Vec<&str> = families().flat_map(|family| family.model_types).copied().collect();
    types.sort_unstable();
    types
}

/// The type that the first of `architectures` names, for files that leave `model_type` out: `MiniCPM3ForCausalLM` is of
/// type `minicpm3`. Two types of the same bare name would leave it open.
///
/// # Errors
/// If `architectures` is no list of texts.
pub(super) fn type_of_class(config: &Config<'_>) -> Result<Option<&'static str>, ConfigError> {
    let bare = |name: &str| name.replace(['_', '-'], "").to_ascii_lowercase();
    let Some(class) = head::class(config)? else { return Ok(None) };
    let stem = class.split("For").next().unwrap_or_default().split("LMHead").next().unwrap_or_default();
    let stem = bare(stem.strip_suffix("Model").unwrap_or(stem));
    let mut matching = supported_types().into_iter().filter(|name| bare(name) == stem);
    Ok(matching.next().filter(|_| matching.next().is_none()))
}

/// The family of a configuration.
pub(super) fn find(config: &Config<'_>) -> Result<&'static Family, ConfigError> {
    let stated = config.model_type();
    if stated.is_empty() {
        return Err(config.missing("model_type"));
    }
    families().find(|family| family.model_types.contains(&stated)).ok_or_else(|| {
        // The stated type may be megabytes long: edit distances are taken of short names only.
        let nearest = nearest(stated, supported_types(), 3);
        ConfigError::UnknownType { model_type: stated.chars().take(60).collect(), nearest }
    })
}
