//! From a model argument to a model.

use std::sync::Arc;

use serde_json::Value;
use slipstick_catalog::Catalog;
use slipstick_core::{
    model::{FormattedModel, Model, Parameters},
    numeric::{Format, QuantScheme},
    units::Bytes,
};
use slipstick_import::{
    config::{self, Assumed, Imported},
    gguf::StoredFormats,
    gguf_config::{self, GgufConfigError},
    quantization,
    tensors::{Difference, TensorFile, TensorSummary},
};

use super::WeightFormats;
use crate::{ApiError, ModelFiles, World, request::format_name};

/// A model, and what is known of the checkpoint it was read from.
#[derive(Debug, Clone)]
pub struct ResolvedModel {
    /// A name for people.
    pub name: String,
    /// What an engine finds it by.
    pub served: String,
    /// Where it was read.
    pub source: String,
    /// The model.
    pub model: Arc<Model>,
    /// Whether its architecture is not known and was read as a plain decoder: every number of it is assumed.
    pub assumed_architecture: bool,
    /// Keys its configuration leaves out, and what its architecture takes for them.
    pub assumed: Vec<Assumed>,
    /// How its checkpoint is quantised, if it is.
    pub scheme: Option<QuantScheme>,
    /// The formats in which a GGUF file stores them, if it is one.
    pub stored: Option<StoredFormats>,
    /// What its weight files hold, if there are any.
    pub files: Option<TensorSummary>,
    /// Where they hold other parameters than the configuration says; `None` if that cannot be told.
    pub differences: Option<Vec<Difference>>,
    /// Its exact counts.
    pub parameters: Parameters,
    /// What tells its architecture from others ([`Model::fingerprint`]).
    pub fingerprint: String,
    /// The model in the checkpoint's own formats.
    pub formatted: Arc<FormattedModel>,
    /// The bytes of its weights in the checkpoint's own format.
    pub weights: Bytes,
    /// That format, in words.
    pub weights_format: String,
    /// Why its quantisation is not understood, if it is not: its bytes are then those of its files or withheld.
    pub unread_scheme: Option<ApiError>,
    /// Where its files contradict its configuration, one sentence each.
    pub warnings: Vec<String>,
    /// What was odd but could be dealt with, one sentence each.
    pub notes: Vec<String>,
}

/// What could be read of a model.
#[derive(Debug, Clone)]
pub enum Reading {
    /// Its architecture, and its files if there are any.
    Model(Box<ResolvedModel>),
    /// Its files' tensors alone, since its architecture is not understood.
    Tensors(Box<TensorsAlone>),
}

/// The tensors of a model whose architecture is not understood.
#[derive(Debug, Clone)]
pub struct TensorsAlone {
    /// A name for people.
    pub name: String,
    /// What the files call the architecture, if they name one.
    pub architecture: Option<String>,
    /// Where it was read.
    pub source: String,
    /// Why the architecture is not understood.
    pub reason: ApiError,
    /// What the files hold.
    pub files: TensorSummary,
    /// What was odd but could be dealt with, one sentence each.
    pub notes: Vec<String>,
}

/// What becomes of an architecture that is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// It is refused by name.
    Refused,
    /// It is read as a plain decoder where its fields are unambiguous, and every number says that it is assumed.
    Assumed,
}

impl Unknown {
    /// Assumed only if that was asked for.
    pub const fn allowed(allow: bool) -> Self {
        if allow { Self::Assumed } else { Self::Refused }
    }
}

impl ResolvedModel {
    /// The format of unquantised weights.
    pub fn plain(&self) -> Format {
        Format::Plain(self.model.dtype)
    }

    /// The formats of the checkpoint as it is.
    pub fn formats(&self) -> WeightFormats {
        own_formats(self.stored.as_ref(), self.scheme.as_ref(), self.plain())
    }
}

fn own_formats(stored: Option<&StoredFormats>, scheme: Option<&QuantScheme>, plain: Format) -> WeightFormats {
    match (stored, scheme) {
        (Some(stored), _) => WeightFormats::Stored(stored.clone()),
        (None, Some(scheme)) => WeightFormats::Checkpoint { scheme: scheme.clone(), plain },
        (None, None) => WeightFormats::Plain(plain),
    }
}

impl ResolvedModel {
    /// Refuses a model that there is a warning of.
    ///
    /// # Errors
    /// If its files contradict its configuration, or its name states a format that neither does.
    pub fn without_warnings(&self) -> Result<(), ApiError> {
        self.warnings.first().map_or(Ok(()), |warning| {
            Err(ApiError::input("model.contradiction", warning.clone())
                .at("MODEL")
                .help("leave --strict out to see both"))
        })
    }

    /// A remark where the head is the embedding by the configuration, yet the files hold one of its own.
    fn stored_twice(&self) -> Option<String> {
        let stored = self.files.as_ref().is_some_and(TensorSummary::has_head);
        (stored && self.model.has_tied_embeddings()).then(|| {
            "the head is tied to the embedding by the configuration, yet stored: engines load it once"
                .to_owned()
        })
    }
}

/// Words of a name that say how a checkpoint is quantised, with the format that they mean. A word that a maker's tool is
/// known by stands before the bits that others write too.
const FORMAT_WORDS: &[(&str, &str)] = &[
    ("fp8", "fp8"),
    ("nvfp4", "nvfp4"),
    ("fp4", "nvfp4"),
    ("mxfp4", "mxfp4"),
    ("mxfp8", "mxfp8"),
    ("int8", "int8"),
    ("int4", "int4"),
    ("w4a16", "w4a16"),
    ("w8a16", "w8a16"),
    ("w8a8", "w8a8"),
    ("awq", "awq"),
    ("gptq", "gptq"),
    ("bnb", "nf4"),
    ("nf4", "nf4"),
    ("3bit", "mlx-3bit"),
    ("4bit", "mlx-4bit"),
    ("5bit", "mlx-5bit"),
    ("6bit", "mlx-6bit"),
    ("8bit", "mlx-8bit"),
];

impl ResolvedModel {
    /// A name that states a format where the configuration states none: some writers keep it in a file beside it.
    fn unstated_format(&self) -> Option<String> {
        let stated = self.scheme.is_some() || self.stored.is_some() || self.unread_scheme.is_some();
        if stated || self.files.is_some() {
            return None;
        }
        let name = format!("{} {} {}", self.name, self.served, self.source).to_ascii_lowercase();
        let words: Vec<&str> = name.split(|letter: char| !letter.is_ascii_alphanumeric()).collect();
        let (word, format) = FORMAT_WORDS.iter().find(|(word, _)| words.contains(word))?;
        Some(format!(
            "its name says {word} and its configuration states no format, so its weights are counted as {}: \
             hf_quant_config.json or its weight files beside it say more, or give --quant {format}",
            self.weights_format
        ))
    }
}

/// The model that an argument means: the text of a configuration, a path, then a catalogue name, then a repository.
///
/// # Errors
/// If it is none of them, or cannot be read.
pub fn model(
    argument: &str,
    unknown: Unknown,
    catalog: &Catalog,
    world: &dyn World,
) -> Result<ResolvedModel, ApiError> {
    from_files(&find(argument, catalog, world)?, unknown)
}

/// As much as can be read of the model that an argument means.
///
/// # Errors
/// If it is no model, or neither its configuration nor its weight files are understood.
pub fn reading(
    argument: &str,
    unknown: Unknown,
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Reading, ApiError> {
    let files = find(argument, catalog, world)?;
    match architecture(&files, unknown) {
        Ok(model) => Ok(Reading::Model(Box::new(model))),
        Err(reason) => match files.tensor_file().filter(|file| !file.tensors.is_empty()) {
            Some(file) => Ok(Reading::Tensors(Box::new(alone(&files, file, reason)))),
            None => Err(reason),
        },
    }
}

fn find(argument: &str, catalog: &Catalog, world: &dyn World) -> Result<ModelFiles, ApiError> {
    let trimmed = argument.trim();
    if trimmed.is_empty() {
        return Err(ApiError::input("model.empty", "the model argument is empty")
            .at("MODEL")
            .help("give a config.json, its text, a folder that holds one, a catalogue name or org/name"));
    }
    if is_pasted(trimmed) {
        return Ok(pasted(trimmed));
    }
    if let Some(files) = world.local_model(trimmed)? {
        return Ok(files);
    }
    match super::named::named(trimmed, catalog)? {
        Some(files) => Ok(files),
        None => world.remote_model(trimmed),
    }
}

/// Whether an argument is the text of a configuration.
pub(crate) fn is_pasted(argument: &str) -> bool {
    argument.trim_start().starts_with('{')
}

/// A configuration that stands in the request itself: what a page has no path for, and what a server opens no path for.
fn pasted(text: &str) -> ModelFiles {
    ModelFiles {
        name: "pasted-config".to_owned(),
        config_json: Some(text.into()),
        ..ModelFiles::at("the configuration in the request")
    }
}

fn alone(files: &ModelFiles, tensors: &TensorFile, reason: ApiError) -> TensorsAlone {
    let stated = files.config_json.as_ref().and_then(|text| config::parse_json(text).ok());
    let scheme = stated.as_ref().and_then(|value| quantization::parse(value).ok().flatten());
    let bits = |module: &str| scheme.as_ref().and_then(|scheme| scheme.packed_bits(module));
    let named = stated.as_ref().and_then(|value| value["model_type"].as_str());
    let named = named.or_else(|| files.gguf.as_ref().and_then(|gguf| gguf.architecture()));
    TensorsAlone {
        name: files.name.clone(),
        architecture: named.map(|name| name.chars().take(60).collect()),
        source: files.origin.clone(),
        reason,
        files: TensorSummary::of(tensors, &bits),
        notes: files.notes.iter().cloned().chain(tensors.trailing_remark()).collect(),
    }
}

/// The model in files that were read.
///
/// # Errors
/// If there is no configuration among them, or one is not understood.
pub fn from_files(files: &ModelFiles, unknown: Unknown) -> Result<ResolvedModel, ApiError> {
    architecture(files, unknown)
}

/// How a checkpoint is quantised, if it is.
fn quantisation(files: &ModelFiles, value: &Value) -> Result<Option<QuantScheme>, ApiError> {
    match &files.hf_quant_config {
        Some(text) => quantization::parse_hf_quant_config(text).map(Some),
        None => quantization::parse(value),
    }
    .map_err(|error| {
        ApiError::input("model.quantisation", error.to_string())
            .at("/quantization_config")
            .help("name the format of the weights with --quant, such as --quant nvfp4, or give the unabridged config.json")
    })
}

/// The model in files that were read, its quantisation understood or not.
fn architecture(files: &ModelFiles, unknown: Unknown) -> Result<ResolvedModel, ApiError> {
    let (imported, value) = imported(files, unknown)?;
    let (scheme, unread_scheme) = match quantisation(files, &value) {
        Ok(scheme) => (scheme, None),
        Err(error) => (None, Some(error)),
    };
    let plain = Format::Plain(imported.model.dtype);
    let stored = files.gguf.as_ref().and_then(|gguf| StoredFormats::of(&gguf.file));
    let packed_bits = |module: &str| scheme.as_ref().and_then(|scheme| scheme.packed_bits(module));
    let summary = files.tensor_file().map(|file| TensorSummary::of(file, &packed_bits));
    let parameters = imported.parameters;
    let model = Arc::new(imported.model);
    let formats = own_formats(stored.as_ref(), scheme.as_ref(), plain);
    let formatted = Arc::new(FormattedModel::new(Arc::clone(&model), &formats));
    let mut resolved = ResolvedModel {
        name: files.name.clone(),
        served: if files.served.is_empty() { files.name.clone() } else { files.served.clone() },
        source: files.origin.clone(),
        assumed_architecture: imported.assumed_architecture,
        fingerprint: formatted.fingerprint(),
        model,
        assumed: imported.assumed,
        weights: formatted.weight_bytes(),
        formatted,
        weights_format: match (&stored, &scheme, &unread_scheme) {
            (Some(stored), ..) => format!("{} and others, as stored", stored.usual()),
            (None, _, Some(_)) => "a format that is not understood".to_owned(),
            (None, Some(scheme), _) => scheme_name(scheme),
            (None, None, _) => format_name(plain),
        },
        scheme,
        stored,
        differences: summary.as_ref().and_then(|files| files.differences(&parameters)),
        files: summary,
        parameters,
        unread_scheme,
        warnings: Vec::new(),
        notes: files.notes.clone(),
    };
    let computed = resolved.weights;
    // What stands in the file decides; what its configuration makes of it is the check.
    let in_files = resolved.files.as_ref().map(|files| files.total.bytes);
    resolved.weights = in_files.unwrap_or(computed);
    let named = resolved.differences.iter().flatten().map(Difference::to_string);
    resolved.notes.extend(named);
    resolved.notes.extend(files.tensor_file().and_then(TensorFile::trailing_remark));
    resolved.notes.extend(resolved.stored_twice());
    resolved.warnings.extend(resolved.unstated_format());
    if resolved.unread_scheme.is_none() {
        resolved.warnings.extend(in_files.and_then(|bytes| disagreement(bytes, computed)));
    }
    Ok(resolved)
}

/// A scheme in a word: its method, with the format where the method is a tool that writes many.
fn scheme_name(scheme: &QuantScheme) -> String {
    let tool = matches!(scheme.method.as_str(), "modelopt" | "compressed-tensors");
    match scheme.linear.filter(|_| tool) {
        Some(format) => format!("{} by {}", format_name(format), scheme.method),
        None => scheme.method.clone(),
    }
}

/// The model that the files describe, with its configuration: null where the tensors of a GGUF file say what it is.
fn imported(files: &ModelFiles, unknown: Unknown) -> Result<(Imported, Value), ApiError> {
    if let (None, Some(gguf)) = (&files.config_json, &files.gguf)
        && let Some(imported) = gguf_config::model(gguf).map_err(|error| unread(&error))?
    {
        return Ok((imported, Value::Null));
    }
    let value = configuration(files)?;
    let imported = match unknown {
        Unknown::Refused => config::import_value(&value)?,
        Unknown::Assumed => config::import_unknown_value(&value)?,
    };
    Ok((imported, value))
}

fn unread(error: &GgufConfigError) -> ApiError {
    ApiError::input("model.gguf", error.to_string())
        .at("MODEL")
        .help("give the config.json that the file was made from")
}

/// The configuration in the files: their own, or the one that a GGUF file's metadata amounts to.
fn configuration(files: &ModelFiles) -> Result<Value, ApiError> {
    match (&files.config_json, &files.gguf) {
        (Some(text), _) => Ok(config::parse_json(text)?),
        (None, Some(gguf)) => gguf_config::config(gguf).map_err(|error| unread(&error)),
        (None, None) => {
            Err(ApiError::input("model.no_config", format!("{} has no config.json beside it", files.origin))
                .at("MODEL")
                .help("give the model's config.json, or the folder that holds it"))
        }
    }
}

/// A remark where the files and the configuration differ by more than alignment and small buffers could.
fn disagreement(in_files: Bytes, computed: Bytes) -> Option<String> {
    let apart = in_files.saturating_sub(computed) + computed.saturating_sub(in_files);
    (apart.as_f64() > 0.01 * computed.as_f64()).then(|| {
        format!(
            "the weight files hold {in_files}, the configuration makes it {computed}: weights that belong to no layer, \
             such as further prediction heads, or another configuration"
        )
    })
}
