//! From a model argument to a model.

use slipstick_catalog::{
    Catalog,
    import::{
        config::{self, Assumed},
        quantization,
    },
};
use slipstick_core::{
    model::Model,
    numeric::{Format, QuantScheme},
    units::Bytes,
};

use super::WeightFormats;
use crate::{ApiError, ModelFiles, World, request::format_name};

/// A model, and what is known of the checkpoint it was read from.
#[derive(Debug, Clone)]
pub struct ResolvedModel {
    /// A name for people.
    pub name: String,
    /// Where it was read.
    pub source: String,
    /// The model.
    pub model: Model,
    /// Keys its configuration leaves out, and what its architecture takes for them.
    pub assumed: Vec<Assumed>,
    /// How its checkpoint is quantised, if it is.
    pub scheme: Option<QuantScheme>,
    /// The bytes of its weights in the checkpoint's own format.
    pub weights: Bytes,
    /// That format, in words.
    pub weights_format: String,
}

impl ResolvedModel {
    /// The format of unquantised weights.
    pub const fn plain(&self) -> Format {
        Format::Plain(self.model.dtype)
    }

    /// The formats of the checkpoint as it is.
    pub fn formats(&self) -> WeightFormats {
        match &self.scheme {
            Some(scheme) => WeightFormats::Checkpoint { scheme: scheme.clone(), plain: self.plain() },
            None => WeightFormats::Plain(self.plain()),
        }
    }
}

/// The model that an argument means: a path, then a catalogue name, then a repository.
///
/// # Errors
/// If it is none of them, or cannot be read.
pub fn model(argument: &str, catalog: &Catalog, world: &dyn World) -> Result<ResolvedModel, ApiError> {
    let trimmed = argument.trim();
    if trimmed.is_empty() {
        return Err(ApiError::input("model.empty", "the model argument is empty")
            .at("MODEL")
            .help("give a config.json, a folder that holds one, a catalogue name or org/name"));
    }
    if let Some(files) = world.local_model(trimmed)? {
        return from_files(&files);
    }
    if let Some(files) = super::named::named(trimmed, catalog)? {
        return from_files(&files);
    }
    from_files(&world.remote_model(trimmed)?)
}

/// The model in files that were read.
///
/// # Errors
/// If there is no configuration among them, or one is not understood.
pub fn from_files(files: &ModelFiles) -> Result<ResolvedModel, ApiError> {
    let Some(text) = &files.config_json else {
        return Err(ApiError::input("model.no_config", format!("{} has no config.json", files.origin))
            .at("MODEL")
            .help("give the model's config.json, or the folder that holds it"));
    };
    let value = config::parse_json(text)?;
    let imported = config::import_value(&value)?;
    let unreadable = |error: quantization::QuantError| {
        ApiError::input("model.quantisation", error.to_string()).at("/quantization_config")
    };
    let scheme = match &files.hf_quant_config {
        Some(text) => Some(quantization::parse_hf_quant_config(text).map_err(unreadable)?),
        None => quantization::parse(&value).map_err(unreadable)?,
    };
    let mut resolved = ResolvedModel {
        name: files.name.clone(),
        source: files.origin.clone(),
        model: imported.model,
        assumed: imported.assumed,
        scheme,
        weights: Bytes::ZERO,
        weights_format: String::new(),
    };
    resolved.weights = resolved.model.weight_bytes(&resolved.formats());
    resolved.weights_format = match &resolved.scheme {
        Some(scheme) => scheme.method.clone(),
        None => format_name(resolved.plain()),
    };
    Ok(resolved)
}
