//! Files that trainings are launched with: which settings of memory, time and layout they state.
//!
//! A file is read into fields by the names that `slipstick` has for them, so that a file and flags say the same. What a file
//! states beside is listed: what plays no part, what it leaves to be chosen, and what is not understood.

mod accelerate;
mod assumed;
mod axolotl;
mod deepspeed;
mod format;
mod llama_factory;
mod megatron;
mod ranks;
mod rules;
mod shell;
mod text;
mod torchtitan;
mod torchtune;
mod transformers;
mod unsloth;

pub use format::Format;

use text::Setting;

/// Text beyond this is no launch file.
const MOST_BYTES: usize = 1 << 20;

/// Why a launch file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LaunchFileError {
    /// It is larger than any.
    #[error("it has {bytes} bytes, more than the {MOST_BYTES} of any launch file")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// It is not what it looks like.
    #[error("it is no {format}: {why}")]
    Syntax {
        /// What it looks like: JSON, YAML, TOML or arguments.
        format: &'static str,
        /// The parser's reason, in one line.
        why: String,
    },
    /// It is none of the kinds that are read.
    #[error("it is no launch file that is known: {}", Format::NAMES)]
    UnknownKind,
    /// A value cannot be what it is said to be.
    #[error("{key} cannot be {value}: it must be {expected}")]
    Value {
        /// The setting.
        key: String,
        /// What it says.
        value: String,
        /// What it could say.
        expected: &'static str,
    },
    /// Two settings say different things of one.
    #[error("{key} says {value}, and {other} says {otherwise}")]
    Contradiction {
        /// A setting.
        key: String,
        /// What it says.
        value: String,
        /// Another one.
        other: String,
        /// What that says.
        otherwise: String,
    },
}

/// A field that a file states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated {
    /// The field, as a request names it.
    pub field: &'static str,
    /// Its value, as a flag takes it.
    pub value: String,
    /// The file's own key.
    pub key: String,
}

/// What a launch file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaunchFile {
    /// Whose file it is.
    pub format: Format,
    /// Fields that it states, in its order.
    pub fields: Vec<Stated>,
    /// What it does not state, as its software takes it: degrees of a layout are 1.
    pub assumed: Vec<Stated>,
    /// Micro-batches of a step, where it states them.
    pub accumulation: Option<u64>,
    /// Settings that it leaves to be chosen.
    pub open: Vec<String>,
    /// Settings that neither memory nor time nor layout depends on.
    pub idle: Vec<String>,
    /// Settings that are not understood, with what they say.
    pub unread: Vec<String>,
}

impl LaunchFile {
    /// The value of a field, if the file states it; without degrees that its software assumes.
    pub fn get(&self, field: &str) -> Option<&str> {
        self.fields.iter().find(|stated| stated.field == field).map(|stated| stated.value.as_str())
    }
}

/// Reads a launch file; `name` is its file name, whose ending says what it may be.
///
/// # Errors
/// If it is none, cannot be parsed, or contradicts itself.
///
/// ```
/// # use slipstick_import::launch::{Format, read};
/// let text = r#"{"zero_optimization": {"stage": 3}, "train_micro_batch_size_per_gpu": 2, "bf16": {"enabled": true}}"#;
/// let file = read("ds_config.json", text)?;
/// assert_eq!(file.format, Format::DeepSpeed);
/// assert_eq!((file.get("zero"), file.get("micro_batch"), file.get("precision")), (Some("3"), Some("2"), Some("bf16")));
/// # Ok::<(), slipstick_import::launch::LaunchFileError>(())
/// ```
pub fn read(name: &str, text: &str) -> Result<LaunchFile, LaunchFileError> {
    if text.len() > MOST_BYTES {
        return Err(LaunchFileError::TooLarge { bytes: text.len() });
    }
    let mut settings = text::settings(name, text)?;
    let is_bridge = megatron::is_bridge(&settings);
    if megatron::is_yaml(&settings) {
        settings = megatron::arguments(&settings);
    }
    torchtune::commands(&mut settings);
    let format = if is_bridge { Some(Format::Bridge) } else { Format::of(name, &settings) };
    rules::apply(format.ok_or(LaunchFileError::UnknownKind)?, &settings)
}

/// A setting's key and value as people write them, short.
fn shown(setting: &Setting) -> String {
    let value: String = setting.value.text().chars().take(60).collect();
    format!("{} = {value}", setting.key)
}
