//! Models by name: their configurations, repositories and true parameter counts.

use std::borrow::Cow;

use slipstick_core::{
    names::{did_you_mean, nearest, normalise},
    units::Bytes,
};

use crate::{
    AsOf, Confidence, LayerName, Origin, Place, Purpose,
    rows::{Layered, Rows},
    tables::{MODEL_NAMES, MODELS, MODELS_COUNTED, ModelRow, first_rank, shipped, stated},
};

/// Embedded configurations by file name, in order of the name.
static CONFIGS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/model_configs.rs"));

/// What follows from a model's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// Its architecture.
    pub model_type: String,
    /// Parameters, shared ones once.
    pub parameters: u64,
    /// Parameters that one token meets.
    pub active_parameters: u64,
    /// Its weights in the checkpoint's own format; none if that is not understood.
    pub weights: Option<Bytes>,
    /// That format.
    pub weights_format: Option<String>,
    /// The longest context that it states, in tokens.
    pub context_tokens: Option<u64>,
    /// What tells its architecture from others, whatever they are called.
    pub fingerprint: String,
}

impl Counted {
    fn of(id: &str) -> Option<Self> {
        let place = MODELS_COUNTED.binary_search_by_key(&id, |row| row.id).ok()?;
        let row = &MODELS_COUNTED[place];
        Some(Self {
            model_type: row.model_type.to_owned(),
            parameters: row.parameters,
            active_parameters: row.active_parameters,
            weights: row.weights_bytes.map(Bytes::new),
            weights_format: Some(row.weights_format.to_owned()).filter(|name| !name.is_empty()),
            context_tokens: row.context_tokens,
            fingerprint: row.fingerprint.to_owned(),
        })
    }
}

/// A model of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelEntry {
    /// Its short name.
    pub id: String,
    /// Its name as published.
    pub name: String,
    /// Its Hugging Face repository.
    pub hf_repo: Option<String>,
    /// Other names.
    pub aliases: Vec<String>,
    /// Its `config.json`, reduced to what shapes the model.
    pub config: Cow<'static, str>,
    /// Its licence, if known.
    pub licence: Option<String>,
    /// The day or month it was released, if known.
    pub released: Option<String>,
    /// The source of that, a key of the sources table.
    pub released_source: Option<String>,
    /// What its publisher made it for; empty where nobody said.
    pub purposes: Vec<Purpose>,
    /// The source of that, a key of the sources table.
    pub purpose_source: Option<String>,
    /// Parameters, shared ones once; a cross-check of what the configuration gives.
    pub parameters: Option<u64>,
    /// Parameters that one token meets.
    pub active_parameters: Option<u64>,
    /// The source of the counts, a key of the sources table.
    pub parameters_source: Option<String>,
    /// What its configuration says, where that was counted before: for shipped models that are understood.
    pub counted: Option<Counted>,
    /// What to know about it.
    pub note: String,
    /// Where its configuration comes from.
    pub origin: Origin,
}

/// Why a name led to no model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no model is called {name:?}{}", did_you_mean(.nearest))]
pub struct UnknownModel {
    /// What was asked for.
    pub name: String,
    /// Names that come near.
    pub nearest: Vec<String>,
}

impl ModelRow<'_> {
    fn entry(&self) -> Option<ModelEntry> {
        let config = CONFIGS.binary_search_by_key(&self.config, |(name, _)| name).ok()?;
        let file = format!("models/{}", self.config);
        Some(ModelEntry {
            id: self.id.to_owned(),
            name: self.name.to_owned(),
            hf_repo: stated(self.hf_repo),
            aliases: self.aliases.split_whitespace().map(str::to_owned).collect(),
            config: Cow::Borrowed(CONFIGS[config].1),
            licence: stated(self.licence),
            released: stated(self.released),
            released_source: stated(self.released_source),
            purposes: self.purpose.split_whitespace().filter_map(Purpose::named).collect(),
            purpose_source: stated(self.purpose_source),
            parameters: self.parameters,
            active_parameters: self.active_parameters,
            parameters_source: stated(self.parameters_source),
            counted: Counted::of(self.id),
            note: self.note.to_owned(),
            origin: Origin::of(Place::shipped(&file), self.source, self.seen, self.confidence).ok()?,
        })
    }
}

shipped!(BUILTIN: ModelRow<'static> => ModelEntry, MODELS, |row| {
    row.entry().expect("the build script checks the words and the file of every row")
});

impl ModelEntry {
    /// Whether it is made for a purpose. A model that nobody states a purpose of is a user's own, and is what they ask about.
    pub fn is_for(&self, purpose: Purpose) -> bool {
        self.purposes.is_empty() || self.purposes.contains(&purpose)
    }

    /// A model that a user's catalogue holds as a bare configuration: it is named after its file.
    pub(crate) fn of_file(layer: LayerName, file: &str, text: &str, seen: AsOf) -> Self {
        let stem = file.rsplit(['/', '\\']).next().unwrap_or(file);
        let stem = stem.strip_suffix(".json").unwrap_or(stem);
        let hf_repo = stem.split_once("--").map(|(org, name)| format!("{org}/{name}"));
        let name = stem.split_once("--").map_or(stem, |(_, name)| name).to_owned();
        Self {
            id: name.to_ascii_lowercase(),
            name,
            hf_repo,
            aliases: Vec::new(),
            config: Cow::Owned(text.to_owned()),
            licence: None,
            released: None,
            released_source: None,
            purposes: Vec::new(),
            purpose_source: None,
            parameters: None,
            active_parameters: None,
            parameters_source: None,
            counted: None,
            note: String::new(),
            origin: Origin {
                layer,
                file: file.to_owned(),
                sources: vec!["the user's file".to_owned()],
                seen,
                confidence: Confidence::Medium,
            },
        }
    }

    /// Everything it goes by.
    fn names(&self) -> impl Iterator<Item = &str> {
        let own = [Some(self.id.as_str()), Some(self.name.as_str()), self.hf_repo.as_deref()];
        own.into_iter().flatten().chain(self.aliases.iter().map(String::as_str))
    }
}

impl Layered for ModelEntry {
    fn layer(&self) -> LayerName {
        self.origin.layer
    }

    fn key(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.id)
    }

    fn found_by(&self) -> Vec<String> {
        self.names().map(normalise).collect()
    }
}

/// The model that `name` means: rows of overlays go before shipped ones, and of those ids before other names.
pub(crate) fn find<'a>(overlay: &'a Rows<ModelEntry>, name: &str) -> Option<&'a ModelEntry> {
    let wanted = normalise(name);
    if wanted.is_empty() {
        return None;
    }
    let shipped = || first_rank(&MODEL_NAMES, &wanted).last().map(|place| overlay.over(BUILTIN.get(place)));
    overlay.named(&wanted).or_else(shipped)
}

/// The error of a name that leads to none of `all`.
pub(crate) fn unknown(all: &[&ModelEntry], name: &str) -> UnknownModel {
    UnknownModel {
        name: name.chars().take(60).collect(),
        nearest: nearest(name, all.iter().flat_map(|entry| entry.names()), 4),
    }
}
