//! Model files on this machine.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use slipstick_api::{ApiError, ModelFiles};

/// No configuration is larger; what is larger is another kind of file.
const CONFIG_LIMIT: u64 = 16 << 20;

/// The model at a path, or `None` if nothing is there and the argument may be a name.
pub(super) fn model(argument: &str) -> Result<Option<ModelFiles>, ApiError> {
    let path = Path::new(argument);
    match path.metadata() {
        Ok(metadata) if metadata.is_dir() => folder(path).map(Some),
        Ok(_) => file(path).map(Some),
        Err(error) if is_absent(&error) && !looks_like_path(argument) => Ok(None),
        Err(error) => Err(unreadable(path, &error)),
    }
}

fn is_absent(error: &io::Error) -> bool {
    // A name with a NUL byte, or one too long for the system, names no file either.
    matches!(
        error.kind(),
        io::ErrorKind::NotFound
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::InvalidFilename
    )
}

/// Whether an argument can only be meant as a path, so that its absence is the error to report.
fn looks_like_path(argument: &str) -> bool {
    let ending = Path::new(argument).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let is_address = argument.contains("://");
    let starts = ["./", "../", "/", "~"].iter().any(|start| argument.starts_with(start));
    !is_address && (starts || ["json", "gguf", "safetensors", "toml"].contains(&ending))
}

fn folder(path: &Path) -> Result<ModelFiles, ApiError> {
    let config = path.join("config.json");
    if !config.is_file() {
        let message = format!("the folder {} holds no config.json", path.display());
        return Err(ApiError::input("model.no_config", message)
            .at("MODEL")
            .help("give a model's folder, as downloaded, or its config.json"));
    }
    let mut files = file(&config)?;
    let quant = path.join("hf_quant_config.json");
    if quant.is_file() {
        files.hf_quant_config = Some(read(&quant, CONFIG_LIMIT)?);
    }
    Ok(files)
}

fn file(path: &Path) -> Result<ModelFiles, ApiError> {
    Ok(ModelFiles {
        name: name(path),
        origin: path.display().to_string(),
        config_json: Some(read(path, CONFIG_LIMIT)?),
        hf_quant_config: None,
        tensors: None,
    })
}

/// The name of a model by its file: the file's own, or its folder's where the file is called `config.json`.
fn name(path: &Path) -> String {
    let text = |part: Option<&std::ffi::OsStr>| part.map(|part| part.to_string_lossy().into_owned());
    let stem = text(path.file_stem()).unwrap_or_default();
    if stem != "config" {
        return stem.replace("--", "/");
    }
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    text(whole.parent().and_then(Path::file_name)).unwrap_or(stem)
}

/// The bytes of a file of at most `limit` bytes.
pub(super) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, ApiError> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
    if bytes.len() as u64 > limit {
        let message = format!("{} has more than {} MiB", path.display(), limit >> 20);
        return Err(ApiError::input("file.too_large", message)
            .at(path.display().to_string())
            .help("is it the file that you meant?"));
    }
    Ok(bytes)
}

fn unreadable(path: &Path, error: &io::Error) -> ApiError {
    let place = path.display().to_string();
    if is_absent(error) {
        ApiError::input("file.not_found", format!("there is no file {place}"))
            .at(place)
            .help("check the path; it is taken from the current directory")
    } else {
        ApiError::input("file.unreadable", format!("{place} cannot be read: {error}")).at(place)
    }
}
