//! From a model argument to a model.

use std::sync::Arc;

use serde_json::Value;
use slipstick_catalog::Catalog;
use slipstick_core::{
    model::Model,
    numeric::{Format, QuantScheme},
    units::Bytes,
};
use slipstick_import::{
    config::{self, Assumed},
    gguf::StoredFormats,
    gguf_config, quantization,
    tensors::{Difference, TensorSummary},
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
    /// The bytes of its weights in the checkpoint's own format.
    pub weights: Bytes,
    /// That format, in words.
    pub weights_format: String,
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
        match (&self.stored, &self.scheme) {
            (Some(stored), _) => WeightFormats::Stored(stored.clone()),
            (None, Some(scheme)) => WeightFormats::Checkpoint { scheme: scheme.clone(), plain: self.plain() },
            (None, None) => WeightFormats::Plain(self.plain()),
        }
    }
}

impl ResolvedModel {
    /// A remark where the head is the embedding by the configuration, yet the files hold one of its own.
    fn stored_twice(&self) -> Option<String> {
        let stored = self.files.as_ref().is_some_and(TensorSummary::has_head);
        (stored && self.model.has_tied_embeddings()).then(|| {
            "the head is tied to the embedding by the configuration, yet stored: engines load it once"
                .to_owned()
        })
    }
}

/// The model that an argument means: a path, then a catalogue name, then a repository.
///
/// # Errors
/// If it is none of them, or cannot be read.
pub fn model(
    argument: &str,
    unknown: Unknown,
    catalog: &Catalog,
    world: &dyn World,
) -> Result<ResolvedModel, ApiError> {
    let trimmed = argument.trim();
    if trimmed.is_empty() {
        return Err(ApiError::input("model.empty", "the model argument is empty")
            .at("MODEL")
            .help("give a config.json, a folder that holds one, a catalogue name or org/name"));
    }
    if let Some(files) = world.local_model(trimmed)? {
        return from_files(&files, unknown);
    }
    if let Some(files) = super::named::named(trimmed, catalog)? {
        return from_files(&files, unknown);
    }
    from_files(&world.remote_model(trimmed)?, unknown)
}

/// The model in files that were read.
///
/// # Errors
/// If there is no configuration among them, or one is not understood.
pub fn from_files(files: &ModelFiles, unknown: Unknown) -> Result<ResolvedModel, ApiError> {
    let value = configuration(files)?;
    let imported = match unknown {
        Unknown::Refused => config::import_value(&value)?,
        Unknown::Assumed => config::import_unknown_value(&value)?,
    };
    let unreadable = |error: quantization::QuantError| {
        ApiError::input("model.quantisation", error.to_string()).at("/quantization_config")
    };
    let scheme = match &files.hf_quant_config {
        Some(text) => Some(quantization::parse_hf_quant_config(text).map_err(unreadable)?),
        None => quantization::parse(&value).map_err(unreadable)?,
    };
    let plain = Format::Plain(imported.model.dtype);
    let stored = files.gguf.as_ref().and_then(|gguf| StoredFormats::of(&gguf.file));
    let packed_bits = |module: &str| scheme.as_ref().and_then(|scheme| scheme.packed_bits(module));
    let summary = files.tensor_file().map(|file| TensorSummary::of(file, &packed_bits));
    let parameters = imported.model.parameters();
    let mut resolved = ResolvedModel {
        name: files.name.clone(),
        served: if files.served.is_empty() { files.name.clone() } else { files.served.clone() },
        source: files.origin.clone(),
        assumed_architecture: imported.assumed_architecture,
        model: Arc::new(imported.model),
        assumed: imported.assumed,
        weights: Bytes::ZERO,
        weights_format: match (&stored, &scheme) {
            (Some(stored), _) => format!("{} and others, as stored", stored.usual()),
            (None, Some(scheme)) => scheme_name(scheme),
            (None, None) => format_name(plain),
        },
        scheme,
        stored,
        differences: summary.as_ref().and_then(|files| files.differences(&parameters)),
        files: summary,
        notes: files.notes.clone(),
    };
    let computed = resolved.model.weight_bytes(&resolved.formats());
    // What stands in the file decides; what its configuration makes of it is the check.
    let in_files = resolved.files.as_ref().map(|files| files.total.bytes);
    resolved.weights = in_files.unwrap_or(computed);
    let named = resolved.differences.iter().flatten().map(Difference::to_string);
    resolved.notes.extend(named);
    resolved.notes.extend(resolved.stored_twice());
    resolved.notes.extend(in_files.and_then(|bytes| disagreement(bytes, computed)));
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

/// The configuration in the files: their own, or the one that a GGUF file's metadata amounts to.
fn configuration(files: &ModelFiles) -> Result<Value, ApiError> {
    match (&files.config_json, &files.gguf) {
        (Some(text), _) => Ok(config::parse_json(text)?),
        (None, Some(gguf)) => gguf_config::config(gguf)
            .map_err(|error| ApiError::input("model.gguf", error.to_string()).at("MODEL")),
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
