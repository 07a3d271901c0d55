//! Refusals: what is wrong, where, and what to type next.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use slipstick_core::{plan::PlanError, units::ParseError, workload::WorkloadError};
use slipstick_import::{config::ConfigError, quantization::QuantError};

/// Who can mend it, which decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The person who typed the request.
    Input,
    /// The catalogue, a file the catalogue needs, or the network.
    Catalogue,
    /// The authors: it is a bug.
    Internal,
}

/// A refusal. Codes are stable: scripts may match on them, messages may change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// A stable code such as `model.unknown_type`.
    pub code: &'static str,
    /// What is wrong, without a full stop.
    pub message: String,
    /// What to type instead.
    pub help: Option<String>,
    /// Where: a flag (`--tp`) or a JSON pointer into the file that was read (`/text_config/hidden_size`).
    pub at: Option<String>,
    /// Who can mend it.
    pub kind: ErrorKind,
}

impl ApiError {
    /// A mistake in the request.
    pub fn input(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), help: None, at: None, kind: ErrorKind::Input }
    }

    /// Something missing or broken in the catalogue, the cache or the network.
    pub fn catalogue(code: &'static str, message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Catalogue, ..Self::input(code, message) }
    }

    /// A bug.
    pub fn internal(code: &'static str, message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Internal, ..Self::input(code, message) }
    }

    /// An answer that could not be written.
    pub fn unwritten(error: &std::io::Error) -> Self {
        Self::catalogue("output.write", format!("the answer could not be written: {error}"))
            .help("is the disk full?")
    }

    /// The refusal of a name that is not known, with the known names nearest to it, or all of a short list.
    pub fn unknown<'a>(
        code: &'static str,
        what: &str,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        const SHORT_LIST: usize = 24;
        let shown: String = name.chars().take(60).collect();
        let known: BTreeSet<&str> = known.into_iter().collect();
        let nearest = slipstick_core::names::nearest(name, known.iter().copied(), 3);
        let error = Self::input(code, format!("{shown:?} is no known {what}"));
        match nearest.as_slice() {
            [] if known.is_empty() || known.len() > SHORT_LIST => error,
            [] => error.help(format!("known are {}", known.into_iter().collect::<Vec<&str>>().join(", "))),
            [only] => error.help(format!("did you mean {only}?")),
            [first @ .., last] => error.help(format!("did you mean {} or {last}?", first.join(", "))),
        }
    }

    /// Adds what to type next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds what to type next where nothing better is known.
    #[must_use]
    pub fn or_help(self, help: &str) -> Self {
        if self.help.is_some() { self } else { self.help(help) }
    }

    /// Adds where it happened.
    #[must_use]
    pub fn at(mut self, at: impl Into<String>) -> Self {
        self.at = Some(at.into());
        self
    }

    /// The exit code of a process that ends with it.
    pub const fn exit_code(&self) -> u8 {
        match self.kind {
            ErrorKind::Input => 2,
            ErrorKind::Catalogue => 3,
            ErrorKind::Internal => 70,
        }
    }

    /// Its JSON document.
    pub fn to_json(&self) -> Value {
        json!({"error": {"code": self.code, "message": self.message, "help": self.help, "at": self.at}})
    }
}

impl From<ParseError> for ApiError {
    fn from(error: ParseError) -> Self {
        let code = if error.why.starts_with("the unit is missing") {
            "unit.missing"
        } else if error.why.contains("unit") || error.why.contains("suffix") {
            "unit.unknown"
        } else {
            "number.invalid"
        };
        let message = format!("{:?} is not {}: {}", error.input, error.what, error.why);
        let listed = error.what == "a count" && error.input.contains(',');
        let lists = if listed { "; slipstick compare takes lists of loads and layouts" } else { "" };
        Self::input(code, message).help(format!("write it like {}{lists}", error.example))
    }
}

/// `text_config.hidden_size` as a JSON pointer.
fn pointer(key: &str) -> String {
    format!("/{}", key.replace('.', "/"))
}

impl From<ConfigError> for ApiError {
    fn from(error: ConfigError) -> Self {
        let message = error.to_string();
        let refusal = match error {
            ConfigError::Syntax(_) => Self::input("model.syntax", message)
                .at("MODEL")
                .help("give the model's own config.json, or the folder that holds it"),
            ConfigError::NotAnObject => Self::input("model.not_object", message)
                .at("MODEL")
                .help("give the model's own config.json, or the folder that holds it"),
            ConfigError::TooLarge { .. } => {
                Self::input("model.too_large", message).help("is this the config.json and not the weights?")
            }
            ConfigError::Missing { key, .. } => Self::input("model.missing_key", message)
                .at(pointer(&key))
                .help(format!("add {key:?} to the configuration, or use the unabridged config.json")),
            ConfigError::Invalid { key, .. } => Self::input("model.invalid_key", message).at(pointer(&key)),
            ConfigError::Contradiction(_) => Self::input("model.contradiction", message),
            ConfigError::UnknownType { model_type, nearest } => {
                Self::input("model.unknown_type", format!("the architecture {model_type:?} is not supported"))
                    .at("/model_type")
                    .help(match nearest.as_slice() {
                        [] => "slipstick models lists models that are read; --allow-unknown reads it as a plain decoder, every number marked as assumed".to_owned(),
                        nearest => format!("the nearest supported ones are {}", nearest.join(", ")),
                    })
            }
            ConfigError::Unsupported { .. } => Self::input("model.unsupported", message),
            ConfigError::Ambiguous { .. } => Self::input("model.ambiguous", message).at("/model_type"),
        };
        refusal.or_help(
            "use the unabridged config.json; slipstick models lists models that are read as they are",
        )
    }
}

impl From<QuantError> for ApiError {
    fn from(error: QuantError) -> Self {
        let message = error.to_string();
        let refusal = match error {
            QuantError::Json(_) => Self::input("quantization.syntax", message),
            QuantError::Unknown { .. } => Self::input("quantization.unknown", message),
            QuantError::Unsupported { .. } => Self::input("quantization.unsupported", message),
            QuantError::Missing { key } => Self::input("quantization.missing_key", message).at(pointer(&key)),
            QuantError::Invalid { key, .. } => {
                Self::input("quantization.invalid_key", message).at(pointer(&key))
            }
        };
        refusal.help("name the format of the weights with --quant, or give the unabridged configuration")
    }
}

impl From<PlanError> for ApiError {
    fn from(error: PlanError) -> Self {
        let message = error.to_string();
        let refusal = match error {
            PlanError::Zero(degree) => Self::input("plan.zero", message).at(format!("--{degree}")),
            PlanError::Accelerators { .. } => Self::input("plan.accelerators", message)
                .at("--on")
                .help("state a count with --on NAME:COUNT, or other degrees"),
            PlanError::Heads { .. } => Self::input("plan.tp", message).at("--tp"),
            PlanError::Stages { .. } => Self::input("plan.pp", message).at("--pp"),
            PlanError::NoExperts { .. } | PlanError::Experts { .. } | PlanError::ExpertRanks { .. } => {
                Self::input("plan.ep", message).at("--ep")
            }
        };
        refusal.or_help("leave the degree out for one that the model allows")
    }
}

impl From<WorkloadError> for ApiError {
    fn from(error: WorkloadError) -> Self {
        let message = error.to_string();
        let help = match error {
            WorkloadError::ContextTooShort { input, output, .. } => {
                format!("give at least {}, or lower --input or --output", input + output)
            }
            WorkloadError::Rate(_) => "give a rate such as 5/s".to_owned(),
            WorkloadError::PrefixTooLong { input, .. } => format!("give at most the {input} tokens of --input"),
            WorkloadError::Hit(_) => {
                "give a share below 1, such as 0.4: the last token of a prompt is always read".to_owned()
            }
            WorkloadError::PrefixAndHit => {
                "give --prefix-hit for what each request finds of its own, or --shared-prefix for what all share"
                    .to_owned()
            }
            _ => "give whole counts above 0, such as 4096, 8k or 32Ki".to_owned(),
        };
        let at = match error {
            WorkloadError::Zero(what) | WorkloadError::TooLarge { what, .. } => format!("--{what}"),
            WorkloadError::ContextTooShort { .. } => "--context".to_owned(),
            WorkloadError::NoPrompt => "--input".to_owned(),
            WorkloadError::PrefixTooLong { .. } => "--shared-prefix".to_owned(),
            WorkloadError::Hit(_) | WorkloadError::PrefixAndHit => "--prefix-hit".to_owned(),
            WorkloadError::Rate(_) => "--rate".to_owned(),
            WorkloadError::RequestsPerSlot(_) => "--requests-per-slot".to_owned(),
        };
        Self::input("workload.invalid", message).at(at).help(help)
    }
}

#[cfg(test)]
mod tests {
    use super::ApiError;
    use slipstick_core::units::{parse_bytes, parse_count};

    #[test]
    fn a_missing_unit_has_its_own_code_and_an_example() {
        let error = ApiError::from(parse_bytes("80").unwrap_err()).at("--memory");
        assert_eq!(error.code, "unit.missing");
        assert!(error.help.as_deref().unwrap().contains("80GiB"));
        assert_eq!(error.to_json()["error"]["at"], "--memory");
        assert_eq!(error.exit_code(), 2);
        assert_eq!(ApiError::from(parse_count("-3").unwrap_err()).code, "number.invalid");
        assert_eq!(ApiError::from(parse_count("3q").unwrap_err()).code, "unit.unknown");
    }

    #[test]
    fn an_unknown_name_offers_its_neighbours() {
        let error = ApiError::unknown("gpu.unknown", "accelerator", "h10O", ["h100", "a100", "mi300x"]);
        assert!(error.help.unwrap().contains("h100"));
    }
}
