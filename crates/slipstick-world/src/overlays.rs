//! The catalogue files that override the facts that are built in.

use std::{
    env,
    path::{Path, PathBuf},
};

use slipstick_api::{ApiError, LayerName, OverlayFile};

use crate::file;

/// The longest table that is read: what `prices import` writes of 300,000 prices takes 35 MB.
const FILE_LIMIT: u64 = 64 << 20;

/// Folders nested deeper than this are no catalogue.
const MAX_DEPTH: u32 = 4;

/// The files of the user's directory, the project's, and those that were asked for, in this order.
pub(crate) fn read(asked: &[PathBuf]) -> Result<Vec<OverlayFile>, ApiError> {
    let mut found = Vec::new();
    if let Some(directory) = user_directory().filter(|directory| directory.is_dir()) {
        collect(&directory, &directory, LayerName::User, 0, &mut found)?;
    }
    let project = Path::new(".slipstick").join("catalog");
    if project.is_dir() {
        collect(&project, &project, LayerName::Project, 0, &mut found)?;
    }
    for directory in asked {
        if directory.is_file() {
            let root = directory.parent().unwrap_or(directory);
            found.push(overlay(root, directory, LayerName::Request)?);
            continue;
        }
        if !directory.is_dir() {
            let message = format!("{} is no directory and no file", directory.display());
            return Err(ApiError::input("catalog.no_directory", message)
                .at("--catalog")
                .help("give a directory of .toml and .csv files, or one such file"));
        }
        collect(directory, directory, LayerName::Request, 0, &mut found)?;
    }
    Ok(found)
}

/// `$XDG_CONFIG_HOME/slipstick/catalog`, by default under `~/.config`.
fn user_directory() -> Option<PathBuf> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let config = set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|home| home.join(".config")))?;
    Some(config.join("slipstick").join("catalog"))
}

fn collect(
    root: &Path,
    directory: &Path,
    layer: LayerName,
    depth: u32,
    found: &mut Vec<OverlayFile>,
) -> Result<(), ApiError> {
    let unreadable = |error: std::io::Error| {
        let message = format!("{} cannot be listed: {error}", directory.display());
        ApiError::catalogue("catalog.unreadable", message)
            .at(directory.display().to_string())
            .help("make it readable, or leave it out of --catalog")
    };
    let entries = directory.read_dir().map_err(unreadable)?;
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>().map_err(unreadable)?;
    // The order of a directory differs between machines; the answer must not.
    paths.sort();
    for path in paths {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if path.is_dir() {
            if depth < MAX_DEPTH {
                collect(root, &path, layer, depth + 1, found)?;
            }
        } else if matches!(ending, "toml" | "csv" | "json") {
            found.push(overlay(root, &path, layer)?);
        }
    }
    Ok(())
}

fn overlay(root: &Path, path: &Path, layer: LayerName) -> Result<OverlayFile, ApiError> {
    let shown = path.display().to_string();
    let bytes = file::read(path, FILE_LIMIT).map_err(|error| error.refusal(path))?;
    let text = String::from_utf8(bytes).map_err(|_| {
        ApiError::catalogue("catalog.not_text", format!("{shown} is no UTF-8 text"))
            .at(shown.clone())
            .help("save it as UTF-8, or move it out of the catalogue directory")
    })?;
    let name = path.strip_prefix(root).unwrap_or(path).display().to_string();
    Ok(OverlayFile { layer, path: shown, name, text })
}
