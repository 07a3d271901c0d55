//! From a model argument to a model.

use slipstick_catalog::{
    Catalog,
    import::config::{self, Assumed},
};
use slipstick_core::{
    model::{Model, Uniform},
    numeric::Format,
    units::Bytes,
};

use crate::{ApiError, ModelFiles, World};

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
    /// The bytes of its weights in the checkpoint's own format.
    pub weights: Bytes,
    /// That format, in words.
    pub weights_format: String,
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
    let imported = config::import(text)?;
    let dtype = Format::Plain(imported.model.dtype);
    let weights = imported.model.weight_bytes(&Uniform(dtype));
    Ok(ResolvedModel {
        name: files.name.clone(),
        source: files.origin.clone(),
        weights,
        weights_format: crate::request::format_name(dtype),
        model: imported.model,
        assumed: imported.assumed,
    })
}
