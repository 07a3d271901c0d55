//! The command that starts an engine as it was planned: every flag that the estimate relied on, and no other.

use super::{EngineOptions, Setting};
use crate::speculation::Method;

/// What an engine is to be started with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Launch<'a> {
    /// The model, as the engine finds it.
    pub model: &'a str,
    /// Tensor-parallel ranks.
    pub tp: u64,
    /// Pipeline stages.
    pub pp: u64,
    /// Expert-parallel groups.
    pub ep: u64,
    /// Data-parallel ranks.
    pub dp: u64,
    /// The weights' format, where it is not the checkpoint's own.
    pub quantisation: Option<&'a str>,
    /// The cache's format, where it is not 16 bit.
    pub kv_dtype: Option<&'a str>,
    /// Tokens a sequence may reach.
    pub context: u64,
    /// Sequences at once.
    pub sequences: u64,
    /// Tokens a step may carry, for engines that take it.
    pub batched_tokens: Option<u64>,
    /// Whether prompts that do not fit into a step are divided.
    pub divides_prompts: bool,
    /// Whether the device is the host.
    pub on_host: bool,
    /// What drafts tokens, if anything does.
    pub drafts: Option<LaunchDrafts<'a>>,
    /// What is set differently from the engine's defaults.
    pub options: &'a EngineOptions,
    /// Which pool it is a worker of, if of one.
    pub pool: Option<PoolRole>,
}

/// What a worker of a pool does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolRole {
    /// Reads prompts and hands their caches on.
    Prefill,
    /// Takes caches over and writes.
    Decode,
}

/// What drafts tokens for an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaunchDrafts<'a> {
    /// The way of drafting.
    pub method: Method,
    /// The model that drafts, as the engine finds it, if it is one of its own.
    pub model: Option<&'a str>,
    /// Tokens drafted in a step.
    pub tokens: u64,
}

/// A command, and what it wants that nobody has yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Its words.
    pub words: Vec<String>,
    /// What the reader still has to bring before it does what was estimated.
    pub wants: Option<String>,
}

impl Command {
    /// As a line for a shell.
    ///
    /// ```
    /// # use slipstick_core::engine::Command;
    /// let words = ["vllm", "serve", "x; rm -rf '~'"].map(str::to_owned).to_vec();
    /// assert_eq!(Command { words, wants: None }.line(), r"vllm serve 'x; rm -rf '\''~'\'''");
    /// ```
    pub fn line(&self) -> String {
        self.words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
    }
}

/// Formats that vLLM and SGLang make themselves while they load a 16-bit checkpoint, and the word for it. Every other one
/// has to be in the checkpoint.
pub(super) fn made_on_loading(format: &str) -> Option<&'static str> {
    match format {
        "fp8" => Some("fp8"),
        "nf4" => Some("bitsandbytes"),
        _ => None,
    }
}

/// The engines' word for an unquantised format.
pub(super) fn data_type(format: &str) -> Option<&'static str> {
    match format {
        "bf16" => Some("bfloat16"),
        "fp16" => Some("float16"),
        "fp32" => Some("float32"),
        _ => None,
    }
}

/// The cache formats that vLLM and SGLang take, beside 16 bit.
pub(super) fn server_cache(format: &str) -> Option<&'static str> {
    match format {
        "fp8" | "fp8_e4m3" => Some("fp8_e4m3"),
        "fp8_e5m2" => Some("fp8_e5m2"),
        _ => None,
    }
}

/// Something that nobody has published under a name that is known here: no shell and no engine takes it for one.
pub(super) fn placeholder(what: &str, model: &str, format: &str) -> String {
    format!("<{what} of {model} in {format}>")
}

/// What a reader has to do about a placeholder.
pub(super) fn checkpoint(placeholder: &str) -> String {
    format!("the command fails until {placeholder} is the name of one")
}

/// The model as the engine finds it, or a placeholder and what to do about it: unless the engine `converts` the format
/// itself or takes it as a data type, a checkpoint in it has to be brought.
pub(super) fn served(with: &Launch<'_>, converts: bool) -> (String, Option<String>) {
    let Some(format) = with.quantisation.map(str::to_ascii_lowercase) else {
        return (with.model.to_owned(), None);
    };
    if converts && (made_on_loading(&format).is_some() || data_type(&format).is_some()) {
        return (with.model.to_owned(), None);
    }
    let wanted = placeholder("a checkpoint", with.model, &format);
    let wants = checkpoint(&wanted);
    (wanted, Some(wants))
}

/// What a reader has to bring, and which of some `settings` no flag of the engine says.
pub(super) fn unsaid(with: &Launch<'_>, settings: &[Setting], wants: Option<String>) -> Option<String> {
    let stated: Vec<&str> =
        with.options.stated().filter(|setting| settings.contains(setting)).map(Setting::about).collect();
    if stated.is_empty() {
        return wants;
    }
    let text =
        format!("no flag of the command sets {}: set it in the engine's configuration", stated.join(" and "));
    Some(also(wants, &text))
}

/// What a reader has to bring, and that replicas are servers of their own where no flag starts them.
pub(super) fn replicated(with: &Launch<'_>, wants: Option<String>) -> Option<String> {
    if with.dp <= 1 {
        return wants;
    }
    let text =
        format!("the command starts one of {} equal servers, each on accelerators of its own", with.dp);
    Some(also(wants, &text))
}

/// What a reader has to bring, and one thing more.
pub(super) fn also(wants: Option<String>, text: &str) -> String {
    wants.map_or_else(|| text.to_owned(), |wants| format!("{wants}; {text}"))
}

/// Words of a command, from pairs of flag and value.
#[derive(Debug, Default)]
pub(super) struct Words(pub(super) Vec<String>);

impl Words {
    pub(super) fn new(words: &[&str]) -> Self {
        Self(words.iter().map(|word| (*word).to_owned()).collect())
    }

    pub(super) fn flag(&mut self, flag: &str, value: impl core::fmt::Display) {
        self.0.push(flag.to_owned());
        self.0.push(value.to_string());
    }

    /// Only if it is more than one.
    pub(super) fn degree(&mut self, flag: &str, degree: u64) {
        if degree > 1 {
            self.flag(flag, degree);
        }
    }

    /// Only if it is so.
    pub(super) fn switch(&mut self, flag: &str, is_so: bool) {
        if is_so {
            self.0.push(flag.to_owned());
        }
    }

    pub(super) fn optional(&mut self, flag: &str, value: Option<impl core::fmt::Display>) {
        if let Some(value) = value {
            self.flag(flag, value);
        }
    }
}

/// A word as a shell reads it back.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
