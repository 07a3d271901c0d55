//! JSON as Python's tools write it, and figures in it.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::BenchmarkError;

pub(super) type Object = Map<String, Value>;

/// No figure of a run is larger: times in milliseconds, tokens, rates.
const MOST: f64 = 1e12;

/// The objects of a text: one, a list of them, or one a line.
///
/// # Errors
/// If it is none of these.
pub(super) fn objects(text: &str) -> Result<Vec<Object>, BenchmarkError> {
    let plain = quoted(text);
    let mut found = Vec::new();
    for value in serde_json::Deserializer::from_str(&plain).into_iter::<Value>() {
        let value = value.map_err(|error| BenchmarkError::Json {
            what: error.to_string().split(" at line").next().unwrap_or_default().to_owned(),
            line: error.line(),
            column: error.column(),
        })?;
        match value {
            Value::Object(object) => found.push(object),
            Value::Array(list) => {
                found.extend(list.into_iter().filter_map(|value| match value {
                    Value::Object(object) => Some(object),
                    _ => None,
                }));
            }
            _ => return Err(BenchmarkError::Unrecognised),
        }
        if found.len() > super::MOST_RUNS {
            return Err(BenchmarkError::TooMany { tool: "JSON lines" });
        }
    }
    Ok(found)
}

/// The text with Python's `NaN` and `Infinity`, which are no JSON, as texts: then they are no figures, and the rest can
/// be read.
fn quoted(text: &str) -> Cow<'_, str> {
    const WORDS: [&str; 3] = ["-Infinity", "Infinity", "NaN"];
    if !WORDS.iter().any(|word| text.contains(word)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 64);
    let (mut inside, mut escaped, mut skip) = (false, false, 0);
    for (at, letter) in text.char_indices() {
        if at < skip {
            continue;
        }
        let word = WORDS.iter().find(|word| !inside && text[at..].starts_with(**word));
        if let Some(word) = word {
            out.extend(['"'].into_iter().chain(word.chars()).chain(['"']));
            skip = at + word.len();
            continue;
        }
        if letter == '"' && !escaped {
            inside = !inside;
        }
        escaped = inside && letter == '\\' && !escaped;
        out.push(letter);
    }
    Cow::Owned(out)
}

/// The value at a path of keys with `/` between them; an object in a list is its place's number.
pub(super) fn at<'a>(object: &'a Object, path: &str) -> Option<&'a Value> {
    let mut keys = path.split('/');
    let mut value = object.get(keys.next()?)?;
    for key in keys {
        value = match value {
            Value::Object(inner) => inner.get(key)?,
            Value::Array(list) => list.get(key.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    (!value.is_null()).then_some(value)
}

/// The text at the first of some paths that has one.
pub(super) fn text(object: &Object, paths: &[&str]) -> Option<String> {
    let said = |path: &&str| at(object, path)?.as_str().map(str::trim).map(str::to_owned);
    paths.iter().filter_map(said).find(|text| !text.is_empty())
}

/// A number, or the text of one.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The measured figure at a path; none where it is not said or zero, as tools write what they did not measure.
///
/// # Errors
/// If it is no number that a run can have measured.
pub(super) fn figure(object: &Object, path: &str) -> Result<Option<f64>, String> {
    let Some(value) = at(object, path) else { return Ok(None) };
    match number(value) {
        Some(0.0) => Ok(None),
        Some(figure) if figure > 0.0 && figure < MOST => Ok(Some(figure)),
        _ => {
            let shown: String = value.to_string().chars().take(40).collect();
            Err(format!("{path} is {shown}, which no run measures"))
        }
    }
}

/// The first figure of some paths.
///
/// # Errors
/// As [`figure`].
pub(super) fn first(object: &Object, paths: &[&str]) -> Result<Option<f64>, String> {
    for path in paths {
        if let Some(found) = figure(object, path)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The whole number nearest to a figure.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures are positive and below 1e12"
)]
pub(super) fn whole(figure: f64) -> u64 {
    figure.round() as u64
}
