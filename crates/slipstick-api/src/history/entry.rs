//! One past answer as a line of text.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::headline::{fnv1a, hash, headlines};
use crate::{ApiError, Output, request::Request};

/// What every line of an answer begins with, whichever version wrote it.
const START: &[u8] = b"{\"at\":\"";

/// A past answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// When it was given, in UTC.
    pub at: String,
    /// The program that gave it.
    pub version: String,
    /// The directory that its relative paths are taken from.
    pub directory: String,
    /// The directories of catalogue files that were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub catalogs: Vec<String>,
    /// The date against which prices aged, if it was not the clock's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub today: Option<String>,
    /// The question.
    pub request: Request,
    /// Whether the answer was yes.
    pub yes: bool,
    /// The answer in brief.
    pub title: String,
    /// The headline numbers of the answer, by the paths of their names.
    #[serde(default)]
    pub numbers: Map<String, Value>,
    /// A hash of the document; `None` if a version without hashes wrote it.
    #[serde(default)]
    pub hash: Option<String>,
    /// The whole document, as earlier versions kept it; only read.
    #[serde(default, rename = "document", skip_serializing)]
    earlier: Option<Value>,
}

impl HistoryEntry {
    /// A question and its answer, not yet given anywhere.
    pub fn of(request: Request, output: &Output) -> Self {
        let document = output.document(false);
        Self {
            at: String::new(),
            version: String::new(),
            directory: String::new(),
            catalogs: Vec::new(),
            today: None,
            request,
            yes: output.yes,
            title: output.view.title.text.clone(),
            numbers: headlines(&document),
            hash: Some(hash(&document)),
            earlier: None,
        }
    }

    /// When and where an answer was given.
    #[must_use]
    pub fn given(self, at: String, version: &str, directory: String) -> Self {
        Self { at, version: version.to_owned(), directory, ..self }
    }

    /// The date against which its prices aged, `YYYY-MM-DD`.
    pub fn day(&self) -> &str {
        self.today.as_deref().unwrap_or_else(|| self.at.get(..10).unwrap_or_default())
    }

    /// Its line in the file. It begins with a line break too: what a program that was stopped left half written before
    /// it then spoils no more than itself.
    ///
    /// # Errors
    /// If it cannot be written as JSON, which is a bug.
    pub fn line(&self) -> Result<String, ApiError> {
        let written = serde_json::to_value(self).map(without_nulls);
        let text = written.map_err(|error| ApiError::internal("history.write", error.to_string()))?;
        Ok(format!("\n{text}\n"))
    }
}

/// A value without its fields that say nothing: a request has dozens.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let said = fields.into_iter().filter(|(_, inner)| !inner.is_null());
            Value::Object(said.map(|(name, inner)| (name, without_nulls(inner))).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => value,
    }
}

/// A past answer and the name it goes by.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Its name: a hash of its line, so that it stays the same when older ones are dropped.
    pub id: String,
    /// The answer.
    pub entry: HistoryEntry,
}

impl Kept {
    /// Whether a line has the form of a past answer, told without reading it. One that was left half written has not.
    ///
    /// ```
    /// # use slipstick_api::history::Kept;
    /// assert!(!Kept::is_one(br#"{"at":"2026-11-22T10:00:00Z","versi"#));
    /// ```
    pub fn is_one(line: &[u8]) -> bool {
        line.starts_with(START) && line.ends_with(b"}")
    }

    /// The past answer in a line; `None` if it is spoilt, or its question is none that this version can ask.
    pub fn read(line: &[u8]) -> Option<Self> {
        let mut entry: HistoryEntry = serde_json::from_slice(line).ok()?;
        if let Some(document) = entry.earlier.take() {
            entry.numbers = headlines(&document);
        }
        Some(Self { id: Self::id(line), entry })
    }

    /// The name of a line: six hexadecimal digits of its hash, behind a letter so that they are never taken for a number.
    pub fn id(line: &[u8]) -> String {
        format!("h{:06x}", fnv1a(line) >> 40)
    }

    /// The refusal of a name that none of `total` past answers goes by.
    pub fn unknown(name: &str, total: usize) -> ApiError {
        let shown: String = name.chars().take(40).collect();
        ApiError::input("history.unknown", format!("there is no past answer {shown:?} among {total}"))
            .at("ANSWER")
            .help("give its number, 1 being the last one, or its name; slipstick history list shows both")
    }
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde::Serialize;

    use super::{HistoryEntry, Kept};
    use crate::{Answered, report::Report, request::Request, view::View};

    #[derive(Debug, Serialize, JsonSchema)]
    struct Counted {
        parameters: Total,
    }

    #[derive(Debug, Serialize, JsonSchema)]
    struct Total {
        total: u64,
    }

    impl Report for Counted {
        const COMMAND: &'static str = "model";
    }

    fn entry(model: &str) -> HistoryEntry {
        let request = Request::from_words(["model", model]).unwrap();
        let answered =
            Answered::new(Counted { parameters: Total { total: 7 } }, View::new(format!("about {model}")));
        HistoryEntry::of(request, &answered.into()).given(
            "2026-11-22T10:00:00Z".to_owned(),
            "0.1.0",
            "/here".to_owned(),
        )
    }

    #[test]
    fn a_line_is_read_as_it_was_written_and_half_of_one_is_not() {
        let written = entry("a").line().unwrap();
        let line = written.trim().as_bytes();
        assert!(Kept::is_one(line));
        let kept = Kept::read(line).unwrap();
        assert_eq!(kept.entry, entry("a"));
        assert_eq!(
            (kept.entry.numbers["parameters.total"].as_f64(), kept.entry.day()),
            (Some(7.0), "2026-11-22")
        );
        for length in 0..line.len() {
            assert!(Kept::read(&line[..length]).is_none(), "{length}");
        }
        assert!(!Kept::is_one(&line[..line.len() / 2]));
    }

    /// Earlier versions kept the whole document.
    #[test]
    fn lines_of_earlier_versions_are_read() {
        let line = br#"{"at":"2026-11-01T08:00:00Z","version":"0.1.0","directory":"/d","request":{"model":{"model":"a","kv_dtype":null,"context":null,"allow_unknown":false}},"yes":true,"title":"about a","document":{"schema":"slipstick.model/1","parameters":{"total":8}}}"#;
        assert!(Kept::is_one(line));
        let kept = Kept::read(line).unwrap();
        assert_eq!((kept.entry.numbers["parameters.total"].as_f64(), kept.entry.hash), (Some(8.0), None));
    }
}
