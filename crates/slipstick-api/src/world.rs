//! What an answer may ask of its surroundings: files, the network, the date. Each face brings its own.

use core::{fmt, time::Duration};
use std::io::{Cursor, Read};

use jiff::civil::Date;
use slipstick_catalog::LayerName;
use slipstick_import::{gguf::Gguf, tensors::TensorFile};

use crate::{
    ApiError, Bounds,
    resolve::Remembered,
    table::{TableHead, TableWriter},
};

/// What was found under a model argument that is no catalogue name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ModelFiles {
    /// A name for people: the folder's, the repository's.
    pub name: String,
    /// What an engine finds it by: a repository, a folder, a model file. Empty if only its configuration is known.
    pub served: String,
    /// Where it comes from, with its revision if it has one.
    pub origin: String,
    /// The text of `config.json`.
    pub config_json: Option<Vec<u8>>,
    /// The text of `hf_quant_config.json`, which some quantised checkpoints carry.
    pub hf_quant_config: Option<Vec<u8>>,
    /// The tensors of its safetensors files, of all shards together, where their headers were read.
    pub tensors: Option<TensorFile>,
    /// The header of its GGUF file, of all parts together.
    pub gguf: Option<Gguf>,
    /// What was odd but could be dealt with, one sentence each.
    pub notes: Vec<String>,
}

impl ModelFiles {
    /// Nothing yet, found at `origin`.
    pub fn at(origin: impl Into<String>) -> Self {
        Self { origin: origin.into(), ..Self::default() }
    }

    /// The tensors of its weight files, whatever their format.
    pub fn tensor_file(&self) -> Option<&TensorFile> {
        self.tensors.as_ref().or(self.gguf.as_ref().map(|gguf| &gguf.file))
    }
}

/// A catalogue file that adds to the facts that are built in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverlayFile {
    /// Whose it is.
    pub layer: LayerName,
    /// Its path, for messages.
    pub path: String,
    /// Its path inside the directory, such as `accelerators/my-chip.toml`.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// The surroundings of a request. Several threads may ask at once, so that rows can be answered side by side.
pub trait World: Sync {
    /// The model at a path: a configuration, a folder, a model file. `None` if the path does not exist.
    ///
    /// # Errors
    /// If something is there that cannot be read.
    fn local_model(&self, path: &str) -> Result<Option<ModelFiles>, ApiError>;

    /// The model of a repository, `org/name` or `org/name@revision`, or of a web address.
    ///
    /// # Errors
    /// If there is none, or no network is allowed or to be had.
    fn remote_model(&self, id: &str) -> Result<ModelFiles, ApiError>;

    /// The text of a file of at most `limit` bytes.
    ///
    /// # Errors
    /// If it is missing, larger, or no UTF-8.
    fn read_text(&self, path: &str, limit: u64) -> Result<String, ApiError>;

    /// A file of at most `limit` bytes, to be read piece by piece.
    ///
    /// # Errors
    /// If it is missing or larger.
    fn open(&self, path: &str, limit: u64) -> Result<Box<dyn Read>, ApiError> {
        Ok(Box::new(Cursor::new(self.read_text(path, limit)?)))
    }

    /// The files that a path names, in order: itself, or the files of a directory.
    ///
    /// # Errors
    /// If there is no such path, or it cannot be listed.
    fn files(&self, path: &str) -> Result<Vec<String>, ApiError> {
        Ok(vec![path.to_owned()])
    }

    /// Writes a file where a request says so.
    ///
    /// # Errors
    /// If it cannot be written.
    fn write_text(&self, path: &str, text: &dyn fmt::Display) -> Result<(), ApiError>;

    /// The catalogue files that override what is built in, in order.
    ///
    /// # Errors
    /// If a directory that was asked for is missing or unreadable.
    fn overlays(&self) -> Result<Vec<OverlayFile>, ApiError>;

    /// What is kept from one request to the next, where many are asked in this world against one catalogue.
    fn remembered(&self) -> Option<&Remembered> {
        None
    }

    /// Whether whoever asks wants to know where the numbers come from.
    fn explains(&self) -> bool {
        true
    }

    /// The accelerators of this machine, written like a hardware argument: `rtx-4090:2`,
    /// `m3-max:64GiB`.
    ///
    /// # Errors
    /// If there are none, or their names cannot be had.
    fn local_accelerators(&self) -> Result<String, ApiError>;

    /// The processor of this machine with its memory, written like a hardware argument: `AMD EPYC 9654:384GiB:2`.
    ///
    /// # Errors
    /// If its name cannot be had.
    fn local_processor(&self) -> Result<String, ApiError>;

    /// The date, against which prices age.
    fn today(&self) -> Date;

    /// Whether something stands at a path.
    fn exists(&self, _path: &str) -> bool {
        false
    }

    /// Makes a directory and those above it.
    ///
    /// # Errors
    /// If it cannot be made.
    fn make_directory(&self, path: &str) -> Result<(), ApiError> {
        Err(no_tables(path))
    }

    /// Begins a table in a file, of the kind that its ending says.
    ///
    /// # Errors
    /// If no table can be written there.
    fn table(&self, path: &str, _head: &TableHead) -> Result<Box<dyn TableWriter>, ApiError> {
        Err(no_tables(path))
    }

    /// So many per cent are done.
    fn progress(&self, _what: &str, _per_cent: u64) {}

    /// Whether long work goes on. It is asked at every step of a search, so that nothing is worked out for nobody.
    ///
    /// # Errors
    /// Why it ends: whoever asked is gone, or the time is over.
    fn go_on(&self) -> Result<(), ApiError> {
        Ok(())
    }

    /// How much may be worked out for one question.
    fn bounds(&self) -> Bounds {
        Bounds::default()
    }

    /// The time since some moment, so that a search can say how long it took; none where no clock may be read.
    fn elapsed(&self) -> Option<Duration> {
        None
    }
}

/// The refusal of a world that writes no files.
fn no_tables(path: &str) -> ApiError {
    ApiError::input("table.nowhere", "no file can be written here")
        .at(path.to_owned())
        .help("ask the program on a command line, or leave out the file")
}
