//! Model files, on this machine and elsewhere.

use std::path::Path;

use slipstick_api::{ApiError, ModelFiles};
use slipstick_sources::{
    Argument, Endpoint, ModelFiles as Found, Options, Progress, SourceError, resolve_argument,
};

/// The model at a path, or `None` if the argument is none.
pub(super) fn local(argument: &str, progress: &dyn Progress) -> Result<Option<ModelFiles>, ApiError> {
    let options = Options::new(Endpoint::new(Endpoint::DEFAULT).map_err(refusal)?);
    // What is no path may be a name of the catalogue, so what is wrong with it is said later.
    let Ok(Argument::Path(path)) = Argument::parse(argument, &options.endpoint) else { return Ok(None) };
    let found = resolve_argument(&Argument::Path(path.clone()), &options, progress).map_err(refusal)?;
    Ok(Some(files(found, path_name(&path), path_served(&path))))
}

/// The model at a web address or in a repository.
pub(super) fn remote(argument: &str, offline: bool, progress: &dyn Progress) -> Result<ModelFiles, ApiError> {
    let mut options = Options::from_env().map_err(refusal)?;
    options.offline |= offline;
    let parsed = Argument::parse(argument, &options.endpoint).map_err(refusal)?;
    let name = match &parsed {
        Argument::Path(path) => path_name(path),
        Argument::Url(address) => address.rsplit('/').next().unwrap_or(address).to_owned(),
        Argument::Hub(id) => id.repo.clone(),
    };
    let served = match &parsed {
        Argument::Path(path) => path_served(path),
        Argument::Url(address) => address.clone(),
        Argument::Hub(id) => id.repo.clone(),
    };
    let found = resolve_argument(&parsed, &options, progress).map_err(refusal)?;
    Ok(files(found, name, served))
}

fn files(found: Found, name: String, served: String) -> ModelFiles {
    let origin = match &found.origin.commit {
        Some(commit) if !found.origin.display.contains(commit.as_str()) => {
            format!("{} at {commit}", found.origin.display)
        }
        _ => found.origin.display,
    };
    ModelFiles {
        name,
        served,
        origin,
        config_json: found.config,
        hf_quant_config: found.hf_quant_config,
        tensors: found.tensors,
        gguf: found.gguf,
        notes: found.notes,
    }
}

/// The name of a model by its path: a folder's own, a file's, or the folder's of a file that is called `config.json`.
fn path_name(path: &Path) -> String {
    let text = |part: Option<&std::ffi::OsStr>| part.map(|part| part.to_string_lossy().into_owned());
    let stem = text(path.file_stem()).unwrap_or_default();
    if stem == "config" || path.is_dir() {
        let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let folder = if path.is_dir() { Some(whole.as_path()) } else { whole.parent() };
        return text(folder.and_then(Path::file_name)).unwrap_or(stem);
    }
    stem.replace("--", "/")
}

/// What an engine loads of a path: the folder or the weight file itself. A lone configuration is nothing to load, but its
/// name may be that of a repository.
fn path_served(path: &Path) -> String {
    let is_weights = path.extension().is_some_and(|ending| ending == "gguf" || ending == "safetensors");
    if path.is_dir() || is_weights {
        return path.to_string_lossy().into_owned();
    }
    path_name(path)
}

/// What went wrong with a model's files, as a refusal of the model argument.
fn refusal(error: SourceError) -> ApiError {
    let refusal = if error.kind.is_network() {
        ApiError::catalogue(error.code(), error.message)
    } else {
        ApiError::input(error.code(), error.message)
    };
    let refusal = refusal.at("MODEL");
    let help = error.help.trim();
    refusal.help(if help.is_empty() {
        "give a config.json, a folder that holds one, a .safetensors or .gguf file"
    } else {
        help
    })
}
