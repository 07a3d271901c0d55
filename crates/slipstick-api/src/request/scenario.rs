//! Requests as files of a person's own, in TOML.

use serde_json::{Map, Value};

use super::Request;
use crate::ApiError;

impl Request {
    /// Reads a scenario file; `path` is for messages.
    ///
    /// # Errors
    /// If it is no TOML, or holds anything but one request.
    ///
    /// ```
    /// # use slipstick_api::request::Request;
    /// let text = r#"
    ///     [memory]
    ///     model = "llama-3.1-8b"
    ///     on = "h100"
    ///     context = "32k"
    /// "#;
    /// let request = Request::from_toml(text, "long.toml").unwrap();
    /// assert_eq!(request.command().name, "memory");
    /// assert_eq!(Request::from_toml(&request.to_toml().unwrap(), "again.toml").unwrap(), request);
    /// let error = Request::from_toml("[memory]\ncontxt = 1", "long.toml").unwrap_err();
    /// assert_eq!((error.code, error.at.as_deref()), ("scenario.invalid", Some("long.toml, line 2")));
    /// ```
    pub fn from_toml(text: &str, path: &str) -> Result<Self, ApiError> {
        let refused = |message: &str, start: Option<usize>| {
            let line = start.and_then(|start| text.get(..start)).map(|head| head.matches('\n').count() + 1);
            let place = line.map(|line| format!(", line {line}")).unwrap_or_default();
            let message = format!("this is no scenario: {}", message.replace('\n', "; "));
            ApiError::input("scenario.invalid", message).at(format!("{path}{place}"))
        };
        let usual = "one table named after a command, such as [estimate]; --save writes such a file";
        let document: Map<String, Value> = toml::from_str(text)
            .map_err(|error| refused(error.message(), error.span().map(|span| span.start)).help(usual))?;
        Self::from_document(document).map_err(|error| {
            let start = error.at.as_deref().and_then(|key| key_start(text, key));
            refused(&error.message, start).help(error.help.as_deref().unwrap_or(usual))
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

/// Where a key stands in a TOML document: of a table, or of a table in it.
fn key_start(text: &str, wanted: &str) -> Option<usize> {
    fn within(table: &toml::de::DeTable<'_>, wanted: &str) -> Option<usize> {
        table.iter().find_map(|(key, value)| {
            if key.get_ref().as_ref() == wanted {
                return Some(key.span().start);
            }
            within(value.get_ref().as_table()?, wanted)
        })
    }
    within(toml::de::DeTable::parse(text).ok()?.get_ref(), wanted)
}
