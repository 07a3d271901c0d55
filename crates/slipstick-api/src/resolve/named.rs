//! Models that the catalogue knows by name.

use slipstick_catalog::{Catalog, ModelEntry};

use crate::{ApiError, ModelFiles};

/// What the catalogue holds under a name: the configuration of a model.
///
/// # Errors
/// If no model goes by it and it cannot be a repository either.
pub(super) fn named(name: &str, catalog: &Catalog) -> Result<Option<ModelFiles>, ApiError> {
    if let Some(entry) = catalog.find_model(name) {
        return Ok(Some(entry_files(entry)));
    }
    // Repositories and addresses have a slash; a bare name can only be ours, or a path that does not exist.
    if name.contains('/') {
        return Ok(None);
    }
    catalog.model(name).map(|entry| Some(entry_files(entry))).map_err(|error| {
        ApiError::input("model.not_found", error.to_string())
            .at("MODEL")
            .help("slipstick models lists them all; or give the path of a config.json, or org/name")
    })
}

/// The files that an entry of the catalogue stands for.
pub(crate) fn entry_files(entry: &ModelEntry) -> ModelFiles {
    ModelFiles {
        name: entry.name.clone(),
        served: entry.hf_repo.clone().unwrap_or_default(),
        origin: entry.origin.describe(),
        config_json: Some(entry.config.as_bytes().to_vec()),
        ..ModelFiles::default()
    }
}
