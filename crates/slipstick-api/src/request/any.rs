//! Any request that can be kept: in a scenario file, or in the history.

use serde::{Deserialize, Serialize};

use super::{
    CompareRequest, EstimateRequest, MemoryRequest, ModelRequest, RecommendRequest, SummarizeRequest,
};
use crate::ApiError;

/// A scenario file is a page at most.
pub const SCENARIO_LIMIT: u64 = 1 << 20;

/// A question in full: asked again, it means the same. In TOML it is one table, named after its command:
///
/// ```
/// # use slipstick_api::request::Request;
/// let text = r#"
///     [memory]
///     context = "32k"
///     [memory.deployment]
///     model = "llama-3.1-8b"
///     on = "h100"
/// "#;
/// let request = Request::from_toml(text, "long.toml").unwrap();
/// assert_eq!(request.command(), "memory");
/// assert_eq!(Request::from_toml(&request.to_toml().unwrap(), "again.toml").unwrap(), request);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    /// `slipstick model`.
    Model(ModelRequest),
    /// `slipstick memory`.
    Memory(Box<MemoryRequest>),
    /// `slipstick estimate`.
    Estimate(Box<EstimateRequest>),
    /// `slipstick compare`.
    Compare(Box<CompareRequest>),
    /// `slipstick methods compare`.
    MethodsCompare(Box<EstimateRequest>),
    /// `slipstick recommend`.
    Recommend(Box<RecommendRequest>),
    /// `slipstick summarize`.
    Summarize(SummarizeRequest),
}

impl Request {
    /// The command that asks it, as in `slipstick <command>`.
    pub const fn command(&self) -> &'static str {
        match self {
            Self::Model(_) => "model",
            Self::Memory(_) => "memory",
            Self::Estimate(_) => "estimate",
            Self::Compare(_) => "compare",
            Self::MethodsCompare(_) => "methods compare",
            Self::Recommend(_) => "recommend",
            Self::Summarize(_) => "summarize",
        }
    }

    /// Reads a scenario file; `path` is for messages.
    ///
    /// # Errors
    /// If it is no TOML, or holds anything but one request.
    ///
    /// ```
    /// # use slipstick_api::request::Request;
    /// let error = Request::from_toml("[memory]\ncontxt = 1", "long.toml").unwrap_err();
    /// assert_eq!((error.code, error.at.as_deref()), ("scenario.invalid", Some("long.toml, line 2")));
    /// ```
    pub fn from_toml(text: &str, path: &str) -> Result<Self, ApiError> {
        toml::from_str(text).map_err(|error| {
            let line = error.span().and_then(|span| text.get(..span.start)).map(|head| {
                let breaks = head.bytes().filter(|byte| *byte == b'\n').count();
                format!(", line {}", breaks + 1)
            });
            let message = error.message().replace('\n', "; ");
            ApiError::input("scenario.invalid", format!("this is no scenario: {message}"))
                .at(format!("{path}{}", line.unwrap_or_default()))
                .help("one table named after a command, such as [estimate]; --save writes such a file")
        })
    }

    /// As a scenario file.
    ///
    /// # Errors
    /// If it cannot be written as TOML, which is a bug.
    pub fn to_toml(&self) -> Result<String, ApiError> {
        toml::to_string_pretty(self).map_err(|error| ApiError::internal("scenario.write", error.to_string()))
    }
}
