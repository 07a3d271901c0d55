//! One file a family: the model types it reads, and how their layers are declared from shared blocks.

mod dense;
mod draft;
mod hybrid;
mod looped;
mod moe;
mod multimodal;
mod template;

use slipstick_core::model::Model;

use slipstick_core::names::nearest;

use super::{
    Config, ConfigError, Dims, Tie, classes,
    decoder::{Frame, Paths},
    dims::{dtype, layers, share_out},
    head::{self, Head},
    residual::ResidualDecoder,
    spans,
};

pub(super) use moe::{LatentDims, MultiToken, ONE_SHARED, experts_of, indexer, own_indexers, routed_layers};

/// A family of architectures that are declared alike.
#[derive(Debug, Clone, Copy)]
pub struct Family {
    /// The `model_type`s it reads.
    pub model_types: &'static [&'static str],
    /// Reads one configuration.
    pub read: fn(&Config<'_>) -> Result<Model, ConfigError>,
}

/// The families, a list for each folder.
const FOLDERS: &[&[&Family]] = &[
    dense::FAMILIES,
    draft::FAMILIES,
    hybrid::FAMILIES,
    moe::FAMILIES,
    multimodal::FAMILIES,
    template::FAMILIES,
];

fn families() -> impl Iterator<Item = &'static Family> {
    FOLDERS.iter().copied().flatten().copied()
}

/// Every supported `model_type`, in alphabetical order.
pub fn supported_types() -> Vec<&'static str> {
    let mut types: Vec<&str> = families().flat_map(|family| family.model_types).copied().collect();
    types.sort_unstable();
    types
}

/// The type that the first of `architectures` names: `MiniCPM3ForCausalLM` is of type `minicpm3`. Two types of the same
/// bare name would leave it open.
///
/// # Errors
/// If `architectures` is no list of texts.
fn type_of_class(config: &Config<'_>) -> Result<Option<&'static str>, ConfigError> {
    let Some(class) = head::class(config)? else { return Ok(None) };
    let stem = class.split("For").next().unwrap_or_default().split("LMHead").next().unwrap_or_default();
    let stem = stem.strip_suffix("Model").unwrap_or(stem);
    let types = families().flat_map(|family| family.model_types).copied();
    let mut matching = types.filter(|name| bare(name).eq(bare(stem)) && classes::belongs(name, class));
    Ok(matching.next().filter(|_| matching.next().is_none()))
}

/// The letters of a name without what separates words.
fn bare(name: &str) -> impl Iterator<Item = char> {
    name.chars().filter(|letter| !matches!(letter, '_' | '-')).map(|letter| letter.to_ascii_lowercase())
}

/// The type of the draft head that the class names, whatever decoder's `model_type` the file states.
///
/// # Errors
/// If `architectures` is no list of texts, or a draft head's keys stand under a class that is none.
fn draft_type(config: &Config<'_>) -> Result<Option<&'static str>, ConfigError> {
    let class = head::class(config)?;
    let mut types = draft::FAMILIES.iter().flat_map(|family| family.model_types).copied();
    let named = class.and_then(|class| types.find(|name| classes::belongs(name, class)));
    match draft::mark(config) {
        Some(key) if named.is_none() => Err(config.unsupported(format!(
            "{key:?} makes it a draft head, of a class that {} not known",
            class.map_or("is".to_owned(), |class| format!("is named {class:.60?} and"))
        ))),
        _ => Ok(named),
    }
}

/// The configuration as the type that its class names: a draft head's, or the class's own where `model_type` is missing or
/// known to nobody.
///
/// # Errors
/// If `architectures` is no list of texts, or names no class of a file that is a draft head's.
pub(super) fn resolve(config: Config<'_>) -> Result<Config<'_>, ConfigError> {
    if let Some(name) = draft_type(&config)? {
        return Ok(config.as_type(name));
    }
    let stated = config.model_type();
    let is_known = families().any(|family| family.model_types.contains(&stated));
    if is_known || classes::is_library_type(stated) {
        return Ok(config);
    }
    Ok(match type_of_class(&config)? {
        Some(name) => {
            config.assume("model_type", name);
            config.as_type(name)
        }
        None => config,
    })
}

/// The family of a configuration.
pub(super) fn find(config: &Config<'_>) -> Result<&'static Family, ConfigError> {
    let stated = config.model_type();
    if stated.is_empty() {
        return Err(config.missing("model_type"));
    }
    let layers = config.optional_section("per_layer_config")?;
    // How far each of its layers sees is read by its family.
    let speaks = |layers: &Config<'_>, layer| {
        layers.section(layer).map_or(true, |keys| keys.keys().any(|key| key != "sliding_window"))
    };
    let is_encoder = stated == "neomme";
    let names_layers =
        layers.is_some_and(|layers| layers.keys().any(|layer| !is_encoder || speaks(&layers, layer)));
    if names_layers && !(stated.starts_with("gemma4") || stated == "dots3_note_text") {
        return Err(config.unsupported("per_layer_config gives single layers keys of their own"));
    }
    families().find(|family| family.model_types.contains(&stated)).ok_or_else(|| {
        // The stated type may be megabytes long: edit distances are taken of short names only.
        let nearest = nearest(stated, supported_types(), 3);
        ConfigError::UnknownType { model_type: stated.chars().take(60).collect(), nearest }
    })
}
