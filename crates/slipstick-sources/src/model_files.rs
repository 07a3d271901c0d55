//! The raw files of a model.

use slipstick_import::{gguf::Gguf, tensors::TensorFile};

/// Where a model was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OriginKind {
    /// A config file.
    Config,
    /// A folder.
    Folder,
    /// safetensors files by themselves.
    Safetensors,
    /// GGUF files by themselves.
    Gguf,
    /// A URL.
    Url,
    /// A repository on the hub.
    Hub,
}

/// Where a model was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The kind of place.
    pub kind: OriginKind,
    /// The place as a user would write it, without secrets.
    pub display: String,
    /// The commit, where there is one.
    pub commit: Option<String>,
}

/// The raw files of a model: configs as bytes, weight files by their headers.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelFiles {
    /// Where they were found.
    pub origin: Origin,
    /// `config.json`.
    pub config: Option<Vec<u8>>,
    /// `hf_quant_config.json`.
    pub hf_quant_config: Option<Vec<u8>>,
    /// The tensors of all safetensors files together.
    pub tensors: Option<TensorFile>,
    /// The GGUF file, its parts put together.
    pub gguf: Option<Gguf>,
    /// What was odd but could be dealt with, one sentence each.
    pub notes: Vec<String>,
}

impl ModelFiles {
    pub(crate) fn new(kind: OriginKind, display: impl Into<String>) -> Self {
        Self {
            origin: Origin { kind, display: display.into(), commit: None },
            config: None,
            hf_quant_config: None,
            tensors: None,
            gguf: None,
            notes: Vec::new(),
        }
    }

    /// The tensors of the weight files, whatever their format.
    pub fn tensor_file(&self) -> Option<&TensorFile> {
        self.tensors.as_ref().or(self.gguf.as_ref().map(|gguf| &gguf.file))
    }
}
