//! Values that a document may hold as text too: a table's column and a list with commas say the same as a flag.

use core::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use super::{Count, PoolLayout};
use crate::resolve::is_text;

#[derive(Deserialize)]
#[serde(untagged)]
enum Listed {
    One(String),
    Many(Vec<String>),
}

/// Names: a list, or a text with commas between them. The text of a file is one name, whatever commas it has.
pub(crate) fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let parts = |text: &str| text.split(',').map(|part| part.trim().to_owned()).collect();
    Ok(match Listed::deserialize(deserializer)? {
        Listed::One(text) if is_text(&text) => vec![text],
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

/// Pools: a list, one, or a text with commas between them.
pub(crate) fn pools<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<PoolLayout>, D::Error> {
    list(deserializer)?.iter().map(|text| text.parse().map_err(de::Error::custom)).collect()
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

/// On or off, or true or false.
pub(crate) fn on_off(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "on" | "true" => Ok(true),
        "off" | "false" => Ok(false),
        _ => Err(format!("{:?} is neither on nor off", text.chars().take(40).collect::<String>())),
    }
}

/// On or off, where either may be unsaid.
pub(crate) fn maybe_on<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Bool(value) => Ok(Some(value)),
        Value::String(text) => on_off(&text).map(Some).map_err(de::Error::custom),
        _ => Err(de::Error::custom("this is neither on nor off")),
    }
}
