//! From a model argument to a model.

use slipstick_catalog::{
    Catalog,
    import::{
        config::{self, Assumed},
        quantization,
    },
};
use slipstick_core::{
    model::{Checkpoint, Model, Uniform},
    numeric::{Format, QuantScheme},
    units::Bytes,
};

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
    /// How the checkpoint is quantised, if it is.
    pub scheme: Option<QuantScheme>,
    /// The format of everything that is not quantised.
    pub plain: Format,
}

impl ResolvedModel {
    /// The bytes of the weights in the checkpoint's own format.
    pub fn weight_bytes(&self) -> Bytes {
        match &self.scheme {
            Some(scheme) => self.model.weight_bytes(&Checkpoint { scheme, plain: self.plain }),
            None => self.model.weight_bytes(&Uniform(self.plain)),
        }
    }

    /// The checkpoint's own format in words.
    pub fn format_name(&self) -> String {
        let plain = format_name(self.plain);
        match &self.scheme {
            None => plain,
            Some(QuantScheme { method, linear: Some(format), .. }) => {
                format!("{} ({method}), the rest {plain}", format_name(*format))
            }
            Some(QuantScheme { method, linear: None, .. }) => format!("{method}, the rest {plain}"),
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

fn from_files(files: &ModelFiles) -> Result<ResolvedModel, ApiError> {
    let Some(text) = &files.config_json else {
        return Err(ApiError::input("model.no_config", format!("{} has no config.json", files.origin))
            .at("MODEL")
            .help("give the model's config.json, or the folder that holds it"));
    };
    let value = config::parse_json(text)?;
    let imported = config::import_value(&value)?;
    let scheme = match &files.hf_quant_config {
        Some(text) => Some(quantization::parse_hf_quant_config(text)?),
        None => quantization::parse(&value)?,
    };
    Ok(ResolvedModel {
        name: files.name.clone(),
        source: files.origin.clone(),
        plain: Format::Plain(imported.model.dtype),
        scheme,
        model: imported.model,
        assumed: imported.assumed,
    })
}
