//! From an argument to the files of a model.

use slipstick_api::ModelFiles;
use slipstick_import::safetensors::parse_index;

use crate::{
    Argument, Options, Progress, SourceError, SourceErrorKind,
    cache::Cache,
    file_kind::FileKind,
    http::{Client, RemoteFile, Url, Want},
    hub, local, prefix,
};

const MAX_CONFIG_BYTES: u64 = 16 << 20;

/// The files of the model that an argument means: a path, a URL, or an id on the hub.
///
/// # Errors
/// What cannot be found, fetched or read, with what to do about it.
pub fn resolve(
    argument: &str,
    options: &Options,
    progress: &dyn Progress,
) -> Result<ModelFiles, SourceError> {
    resolve_argument(&Argument::parse(argument, &options.endpoint)?, options, progress)
}

/// The same for an argument already taken apart.
///
/// # Errors
/// As [`resolve`].
pub fn resolve_argument(
    argument: &Argument,
    options: &Options,
    progress: &dyn Progress,
) -> Result<ModelFiles, SourceError> {
    let found = match argument {
        Argument::Path(path) => local::resolve(path, options),
        Argument::Hub(id) => hub::resolve(id, options, progress),
        Argument::Url(address) => url(&Url::parse(address)?, options, progress),
    }?;
    Ok(ModelFiles { name: argument.name(), served: argument.served(), ..found })
}

/// A file on any server: a config, a safetensors file or a GGUF file.
fn url(url: &Url, options: &Options, progress: &dyn Progress) -> Result<ModelFiles, SourceError> {
    let client = Client::new(options, progress);
    let shown = url.to_string();
    let mut files = ModelFiles::at(&shown);
    let kind = FileKind::of(&shown);
    match kind {
        FileKind::Index => return Err(not_alone(&shown, "an index")),
        FileKind::Other => {
            let message = format!("{shown} does not end in .json, .safetensors or .gguf");
            return Err(SourceError::new(SourceErrorKind::BadArgument, message)
                .help("give the address of a config or of a weight file"));
        }
        FileKind::Config => {
            let config = client.fetch(url, Want::Whole { limit: MAX_CONFIG_BYTES }, None)?.bytes;
            if parse_index(&config).is_ok() {
                return Err(not_alone(&shown, "an index"));
            }
            files.config_json = Some(config);
            return Ok(files);
        }
        FileKind::Safetensors | FileKind::Gguf => {}
    }
    let cache = Cache::new(options);
    let address = url.request();
    let key = ["url", url.host.as_str(), address.as_str()];
    let mut file = RemoteFile::new(&client, url.clone(), cache.read(&key));
    progress.planned(1);
    if kind == FileKind::Gguf {
        let gguf = prefix::gguf(&mut file, &shown)?;
        if gguf.split.is_some() {
            return Err(not_alone(&shown, "one part of a split file"));
        }
        files.gguf = Some(gguf);
    } else {
        files.tensors = Some(prefix::safetensors(&mut file, &shown)?);
    }
    let read = file.into_read();
    progress.done(&shown, read.bytes.len() as u64);
    cache.write(&key, &read);
    cache.trim();
    Ok(files)
}

fn not_alone(shown: &str, what: &str) -> SourceError {
    SourceError::new(
        SourceErrorKind::NotAModel,
        format!("{shown} is {what}: the files beside it are needed too"),
    )
    .help("download them into a folder and give that, or give the id of the repository")
}
