//! Values that a document may hold as text too: a table's column and a list with commas say the same as a flag.

use core::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use super::Count;

#[derive(Deserialize)]
#[serde(untagged)]
enum Listed {
    One(String),
    Many(Vec<String>),
}

/// Names: a list, or a text with commas between them.
pub(crate) fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let parts = |text: &str| text.split(',').map(|part| part.trim().to_owned()).collect();
    Ok(match Listed::deserialize(deserializer)? {
        Listed::One(text) => parts(&text),
        Listed::Many(names) => names,
    })
}

/// Counts: a list, one, or a text with commas between them.
pub(crate) fn counts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Count>, D::Error> {
    let read = |value: Value| Count::deserialize(value).map_err(de::Error::custom);
    match Value::deserialize(deserializer)? {
        Value::Array(list) => list.into_iter().map(read).collect(),
        Value::String(text) => {
            text.split(',').map(|part| part.trim().parse().map_err(de::Error::custom)).collect()
        }
        one => Ok(vec![read(one)?]),
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written<T> {
    Itself(T),
    Text(String),
}

fn written<'de, T: FromStr + Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
    what: &str,
) -> Result<T, D::Error> {
    let wrong = |text: &dyn fmt::Display| de::Error::custom(format!("{text} is not {what}"));
    match Written::deserialize(deserializer).map_err(|_| wrong(&"this"))? {
        Written::Itself(value) => Ok(value),
        Written::Text(text) => text.trim().parse().map_err(|_| wrong(&format!("{text:?}"))),
    }
}

/// A number, or the text of one.
pub(crate) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    written(deserializer, "a number such as 0.9").map(Some)
}

/// True or false, or the word for it.
pub(crate) fn switch<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    written(deserializer, "true or false")
}

/// True or false, or the word for it, where either may be unsaid.
pub(crate) fn maybe<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    written(deserializer, "true or false").map(Some)
}
