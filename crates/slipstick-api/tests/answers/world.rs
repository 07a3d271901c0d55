//! Surroundings with nothing in them, and requests as they are typed.

use core::fmt;
use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use serde_json::Value;
use slipstick_api::{ApiError, Catalog, ModelFiles, OverlayFile, World, registry::Command, request::Request};

/// The shape of zai-org/GLM-4.5 and its successors as a file of one's own: 92 layers, 160 experts.
pub(crate) const GLM: &str = "./glm-4.5";

/// No network, and no file but one: models are the catalogue's.
pub(crate) struct Machine {
    /// What the kernel calls the processor, with its memory.
    pub(crate) processor: &'static str,
}

/// A machine that the catalogue knows.
pub(crate) const NOWHERE: Machine = Machine { processor: "AMD EPYC 9654 96-Core Processor:384GiB:2" };

impl World for Machine {
    fn local_model(&self, path: &str) -> Result<Option<ModelFiles>, ApiError> {
        let config = (path == GLM).then(|| include_bytes!("models/glm-4.5.json").to_vec());
        let files = |config| ModelFiles { config_json: Some(config), ..ModelFiles::at(GLM) };
        Ok(config.map(files))
    }

    fn remote_model(&self, id: &str) -> Result<ModelFiles, ApiError> {
        Err(ApiError::input("model.unknown", format!("{id} is not in the catalogue")))
    }

    fn read_text(&self, path: &str, _: u64) -> Result<String, ApiError> {
        Err(ApiError::input("file.missing", path.to_owned()))
    }

    fn write_text(&self, path: &str, _: &dyn fmt::Display) -> Result<(), ApiError> {
        Err(ApiError::input("file.not_written", path.to_owned()))
    }

    fn overlays(&self) -> Result<Vec<OverlayFile>, ApiError> {
        Ok(Vec::new())
    }

    fn local_accelerators(&self) -> Result<String, ApiError> {
        Err(ApiError::input("gpu.none", "this machine has none".to_owned()))
    }

    fn local_processor(&self) -> Result<String, ApiError> {
        Ok(self.processor.to_owned())
    }

    fn today(&self) -> Date {
        date(2026, 11, 22)
    }
}

/// A world with these files, and nothing else.
pub(crate) struct Files(pub(crate) BTreeMap<String, String>);

/// The path that stands for every one that is not named.
const EVERY: &str = "*";

/// A world in which every path is one text, and nothing else is known.
pub(crate) fn every_path(text: String) -> Files {
    Files(BTreeMap::from([(EVERY.to_owned(), text)]))
}

impl World for Files {
    fn local_model(&self, path: &str) -> Result<Option<ModelFiles>, ApiError> {
        NOWHERE.local_model(path)
    }

    fn remote_model(&self, id: &str) -> Result<ModelFiles, ApiError> {
        NOWHERE.remote_model(id)
    }

    fn read_text(&self, path: &str, most: u64) -> Result<String, ApiError> {
        self.0
            .get(path)
            .or_else(|| self.0.get(EVERY))
            .cloned()
            .map_or_else(|| NOWHERE.read_text(path, most), Ok)
    }

    fn write_text(&self, path: &str, text: &dyn fmt::Display) -> Result<(), ApiError> {
        NOWHERE.write_text(path, text)
    }

    fn overlays(&self) -> Result<Vec<OverlayFile>, ApiError> {
        NOWHERE.overlays()
    }

    fn local_accelerators(&self) -> Result<String, ApiError> {
        NOWHERE.local_accelerators()
    }

    fn local_processor(&self) -> Result<String, ApiError> {
        NOWHERE.local_processor()
    }

    fn today(&self) -> Date {
        NOWHERE.today()
    }
}

/// A question in words: the model, then flags and their values, that of a switch being any word. A later flag replaces an
/// earlier one.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    model: String,
    flags: BTreeMap<String, String>,
}

impl Asked {
    pub(crate) fn new(text: &str) -> Self {
        let (model, flags) = text.split_once(' ').expect("a model and flags");
        Self { model: model.to_owned(), flags: BTreeMap::new() }.with(flags)
    }

    pub(crate) fn with(mut self, flags: &str) -> Self {
        let words: Vec<&str> = flags.split_whitespace().collect();
        for pair in words.chunks(2) {
            let [flag, value] = pair else { panic!("{flags:?} are no pairs") };
            self.flags.insert((*flag).to_owned(), (*value).to_owned());
        }
        self
    }

    /// The document of a command; flags that it does not take are left out.
    fn ask(&self, name: &str) -> Value {
        let command = Command::named(name).expect("a command");
        let arguments = command.with_arguments(clap::Command::new("flags"));
        let known =
            |flag: &str| arguments.get_arguments().find(|known| known.get_long() == flag.strip_prefix("--"));
        let flags = self.flags.iter().filter_map(|(flag, value)| {
            // A switch is a word alone.
            let has_value = known(flag)?.get_action().takes_values();
            Some([Some(flag.as_str()), has_value.then_some(value.as_str())].into_iter().flatten())
        });
        let model = (name != "recommend").then_some(self.model.as_str());
        let words = [name].into_iter().chain(model).chain(flags.flatten());
        let output =
            Request::from_words(words).and_then(|request| request.answer(&Catalog::builtin(), &NOWHERE));
        output.unwrap_or_else(|error| panic!("{self:?}: {error}")).document(true)
    }

    /// The document of `slipstick model`.
    pub(crate) fn model(&self) -> Value {
        self.ask("model")
    }

    /// The document of `slipstick memory`.
    pub(crate) fn memory(&self) -> Value {
        self.ask("memory")
    }

    /// The document of `slipstick recommend`, whose model is nobody's.
    pub(crate) fn recommend(&self) -> Value {
        self.ask("recommend")
    }

    /// The document of `slipstick summarize`.
    pub(crate) fn summarize(&self) -> Value {
        self.ask("summarize")
    }

    /// The document of `slipstick train`.
    pub(crate) fn train(&self) -> Value {
        self.ask("train")
    }

    /// The document of `slipstick plan`.
    pub(crate) fn plan(&self) -> Value {
        self.ask("plan")
    }

    /// The document of `slipstick breakeven`.
    pub(crate) fn breakeven(&self) -> Value {
        self.ask("breakeven")
    }

    /// The document of `slipstick estimate`.
    pub(crate) fn estimate(&self) -> Value {
        self.ask("estimate")
    }
}
