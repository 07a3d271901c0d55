//! Models on the disk.

mod file;
mod folder;

use std::path::Path;

use slipstick_api::ModelFiles;

use crate::{Options, SourceError, SourceErrorKind, file_kind::FileKind, prefix};

pub(crate) use folder::first_few;

/// The files of a model at a path.
pub(crate) fn resolve(path: &Path, options: &Options) -> Result<ModelFiles, SourceError> {
    let display = path.display().to_string();
    if file::metadata(path)?.is_dir() {
        return folder::resolve(path, options);
    }
    match file::kind(path)? {
        FileKind::Index => folder::beside(path, options, folder::Weights::Index),
        FileKind::Safetensors => {
            let name = file::name(path);
            folder::beside(path, options, folder::Weights::Safetensors(vec![name]))
        }
        FileKind::Gguf => {
            let mut files = ModelFiles::at(display);
            files.gguf = Some(folder::gguf(path)?);
            Ok(files)
        }
        FileKind::Config => {
            let mut files = ModelFiles::at(display);
            files.config_json = Some(file::read_config(path)?);
            let beside = path.with_file_name(folder::HF_QUANT_CONFIG);
            files.hf_quant_config = file::read_if_there(&beside)?;
            Ok(files)
        }
        FileKind::Other => Err(SourceError::new(
            SourceErrorKind::NotAModel,
            format!("{display} is no config.json, .safetensors, index or .gguf file"),
        )
        .help("give one of these, or the folder that holds them")),
    }
}

/// The header of a safetensors file on the disk.
pub(crate) fn safetensors(path: &Path) -> Result<slipstick_import::tensors::TensorFile, SourceError> {
    prefix::safetensors(&mut file::LocalFile::open(path)?, &path.display().to_string())
}
