//! Engines as a person names them.

use crate::ApiError;

/// An engine and, if it was stated, its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineRef {
    /// Its name, lower case.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
}

/// Reads `vllm` or `vllm@0.11`. Whether there is such an engine is for the catalogue to say.
///
/// # Errors
/// If the name or the version is empty.
///
/// ```
/// # use slipstick_api::request::engine;
/// assert_eq!(engine("vLLM@0.11").unwrap().version.as_deref(), Some("0.11"));
/// assert!(engine("vllm@").is_err());
/// ```
pub fn engine(text: &str) -> Result<EngineRef, ApiError> {
    let (name, version) = match text.trim().split_once('@') {
        Some((name, version)) => (name.trim(), Some(version.trim())),
        None => (text.trim(), None),
    };
    if name.is_empty() || version == Some("") {
        let shown: String = text.chars().take(60).collect();
        return Err(ApiError::input("engine.invalid", format!("{shown:?} is not an engine"))
            .at("--engine")
            .help("write it like vllm or vllm@0.11"));
    }
    let version = version.map(|version| version.trim_start_matches('v').to_owned());
    Ok(EngineRef { name: name.to_ascii_lowercase(), version })
}
