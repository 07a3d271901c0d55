//! A folder as a model: its configs and its weight files.

use std::path::Path;

use slipstick_api::ModelFiles;
use slipstick_import::{
    gguf::{self, Gguf},
    safetensors::{assemble, parse_index},
};

use super::file::{self, LocalFile};
use crate::{
    Options, SourceError, SourceErrorKind,
    file_kind::FileKind,
    prefix::{self, damaged},
};

const CONFIG: &str = "config.json";
pub(super) const HF_QUANT_CONFIG: &str = "hf_quant_config.json";
const INDEX: &str = "model.safetensors.index.json";

/// The weight files that are meant.
pub(super) enum Weights {
    /// Those that an index names.
    Index,
    /// These.
    Safetensors(Vec<String>),
    /// None that could be read.
    None,
}

/// The files of a model in a folder.
pub(super) fn resolve(folder: &Path, options: &Options) -> Result<ModelFiles, SourceError> {
    let names = file::names_in(folder);
    let has = |name: &str| names.iter().any(|found| found == name);
    let of_kind = |kind: FileKind| -> Vec<String> {
        names.iter().filter(|name| FileKind::of(name) == kind).cloned().collect()
    };
    let (tensors, ggufs) = (of_kind(FileKind::Safetensors), of_kind(FileKind::Gguf));
    if has(INDEX) {
        return beside(&folder.join(INDEX), options, Weights::Index).map(|files| named(files, folder));
    }
    if !tensors.is_empty() || has(CONFIG) {
        let weights = if tensors.is_empty() { Weights::None } else { Weights::Safetensors(tensors) };
        return beside(&folder.join(CONFIG), options, weights).map(|files| named(files, folder));
    }
    let models: Vec<&String> = ggufs.iter().filter(|name| is_first_part(name)).collect();
    match models.as_slice() {
        [one] => {
            let mut files = ModelFiles::at(folder.display().to_string());
            files.gguf = Some(self::gguf(&folder.join(one))?);
            Ok(files)
        }
        [] => Err(nothing(folder, &names)),
        several => Err(SourceError::new(
            SourceErrorKind::NotAModel,
            format!("{} holds {} models", folder.display(), several.len()),
        )
        .help(format!("give one of them: {}", first_few(several.iter().map(|name| name.as_str()))))),
    }
}

fn named(files: ModelFiles, folder: &Path) -> ModelFiles {
    ModelFiles { origin: folder.display().to_string(), ..files }
}

fn nothing(folder: &Path, names: &[String]) -> SourceError {
    let error = SourceError::new(
        SourceErrorKind::NotAModel,
        format!("{} holds no config.json, .safetensors or .gguf file", folder.display()),
    );
    if names.is_empty() {
        return error.help("the folder is empty");
    }
    error.help(format!("it holds {}", first_few(names.iter().map(String::as_str))))
}

/// The first few of many names.
pub(crate) fn first_few<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    const FEW: usize = 8;
    let rest = names.len().saturating_sub(FEW);
    let shown: Vec<&str> = names.take(FEW).collect();
    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

/// Not a projector, and not a later part of a split file.
fn is_first_part(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let later =
        lower.rsplit_once("-of-").and_then(|(stem, _)| stem.rsplit_once('-')).is_some_and(|(_, part)| {
            part.len() == 5 && part.bytes().all(|byte| byte.is_ascii_digit()) && part != "00001"
        });
    !later && !lower.contains("mmproj")
}

/// The configs beside a file and the weights that are meant.
pub(super) fn beside(path: &Path, options: &Options, weights: Weights) -> Result<ModelFiles, SourceError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut files = ModelFiles::at(path.display().to_string());
    files.config_json = file::read_if_there(&folder.join(CONFIG))?;
    files.hf_quant_config = file::read_if_there(&folder.join(HF_QUANT_CONFIG))?;
    if !options.headers && files.config_json.is_some() {
        return Ok(files);
    }
    let (index, shards) = match weights {
        Weights::Index => {
            let index = parse_index(&file::read_index(path)?)
                .map_err(|error| damaged(&path.display().to_string(), error))?;
            let shards = index.shards.clone();
            (Some(index), shards)
        }
        Weights::Safetensors(names) => (None, names),
        Weights::None => return Ok(files),
    };
    let mut read = Vec::new();
    for shard in shards {
        let path = folder.join(&shard);
        if index.is_some() && !path.exists() {
            let missing = format!("the index names {shard}, which is not in {}", folder.display());
            return Err(SourceError::new(SourceErrorKind::NotFound, missing).help("finish the download"));
        }
        let header = super::safetensors(&path)?;
        read.push((shard, header));
    }
    let whole =
        assemble(index.as_ref(), read).map_err(|error| damaged(&folder.display().to_string(), error))?;
    files.tensors = Some(whole.file);
    files.notes = whole.notes;
    Ok(files)
}

/// The header of a GGUF file and of the other parts of its split.
pub(super) fn gguf(path: &Path) -> Result<Gguf, SourceError> {
    let display = path.display().to_string();
    let first = prefix::gguf(&mut LocalFile::open(path)?, &display)?;
    let Some(split) = first.split else { return Ok(first) };
    let name = file::name(path);
    let mut parts = Vec::new();
    for part in 0..split.parts {
        if part == split.part {
            parts.push(first.clone());
            continue;
        }
        let sibling = split
            .sibling(&name, part)
            .ok_or_else(|| damaged(&display, "it is one part of several, but its name does not say which"))?;
        let path = path.with_file_name(sibling);
        parts.push(prefix::gguf(&mut LocalFile::open(&path)?, &path.display().to_string())?);
    }
    gguf::assemble(parts).map_err(|error| damaged(&display, error))
}
