//! Typed access to one object of a quantisation config.

use serde_json::{Map, Value};
use slipstick_core::numeric::{NamePattern, Names};

use super::QuantError;

/// The most names in a list; the longest real lists have a few thousand.
const MAX_NAMES: usize = 100_000;

/// The most letters of a name or pattern, and of all patterns of a list.
const MAX_PATTERN: usize = 512;
const MAX_LETTERS: usize = 400_000;

/// What a compiled expression costs beyond its letters, in letters.
const EXPRESSION: usize = 64;

/// One object of a quantisation config, and the config it is part of.
pub(super) struct Section<'a> {
    pub(super) config: &'a Value,
    object: &'a Map<String, Value>,
}

impl<'a> Section<'a> {
    pub(super) fn new(config: &'a Value, section: &'a Value) -> Result<Self, QuantError> {
        let object = section.as_object().ok_or_else(|| QuantError::Json("it is not an object".to_owned()))?;
        Ok(Self { config, object })
    }

    /// A nested object.
    pub(super) fn object(&self, key: &str) -> Result<Option<Self>, QuantError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Object(object)) => Ok(Some(Self { config: self.config, object })),
            Some(_) => Err(QuantError::invalid(key, "not an object")),
        }
    }

    /// A value; null counts as absent.
    pub(super) fn get(&self, key: &str) -> Option<&'a Value> {
        self.object.get(key).filter(|value| !value.is_null())
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Every key with its value.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'a str, &'a Value)> {
        self.object.iter().map(|(key, value)| (key.as_str(), value))
    }

    pub(super) fn text(&self, key: &str) -> Result<Option<&'a str>, QuantError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(QuantError::invalid(key, "not a text")),
        }
    }

    pub(super) fn integer(&self, key: &str) -> Result<Option<i64>, QuantError> {
        match self.get(key) {
            None => Ok(None),
            Some(value) => {
                value.as_i64().map(Some).ok_or_else(|| QuantError::invalid(key, "not a whole number"))
            }
        }
    }

    pub(super) fn flag(&self, key: &str) -> Result<Option<bool>, QuantError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(QuantError::invalid(key, "neither true nor false")),
        }
    }

    /// Bits of a value: 2 to 8.
    pub(super) fn bits(&self, key: &str) -> Result<u8, QuantError> {
        let bits = self.integer(key)?.ok_or_else(|| QuantError::Missing { key: key.to_owned() })?;
        u8::try_from(bits)
            .ok()
            .filter(|bits| (2..=8).contains(bits))
            .ok_or_else(|| QuantError::invalid(key, format!("{bits} bits, not 2 to 8")))
    }

    /// Values that share a scale, or `None` for a whole row (-1 or 0, as writers say it).
    pub(super) fn group(&self, key: &str) -> Result<Option<u16>, QuantError> {
        match self.integer(key)? {
            None => Err(QuantError::Missing { key: key.to_owned() }),
            Some(-1 | 0) => Ok(None),
            Some(group) => u16::try_from(group)
                .ok()
                .filter(|group| group.is_power_of_two() && (8..=8192).contains(group))
                .map(Some)
                .ok_or_else(|| QuantError::invalid(key, format!("groups of {group}"))),
        }
    }

    /// A list of module names, shell patterns and regular expressions (`re:`).
    pub(super) fn names(&self, key: &str) -> Result<Names, QuantError> {
        match self.get(key) {
            None => Ok(Names::none()),
            Some(Value::Array(list)) => names(key, list),
            Some(_) => Err(QuantError::invalid(key, "not a list of names")),
        }
    }
}

/// The names in a list.
pub(super) fn names(key: &str, list: &[Value]) -> Result<Names, QuantError> {
    if list.len() > MAX_NAMES {
        return Err(QuantError::invalid(key, format!("{} names", list.len())));
    }
    let mut names = Names::none();
    let mut letters = 0;
    for item in list {
        let name =
            item.as_str().ok_or_else(|| QuantError::invalid(key, "a list of something else than names"))?;
        if name.len() > MAX_PATTERN {
            return Err(QuantError::invalid(key, "a longer name than any real one"));
        }
        if let Some(expression) = name.strip_prefix("re:") {
            let pattern = NamePattern::expression(expression)
                .map_err(|problem| QuantError::invalid(key, format!("'{name}' {problem}")))?;
            letters += EXPRESSION + name.len();
            names.insert_pattern(pattern);
        } else {
            letters += if name.contains(['*', '?']) { name.len() } else { 0 };
            names.insert(name);
        }
        if letters > MAX_LETTERS {
            return Err(QuantError::invalid(key, "a list of more patterns than are read"));
        }
    }
    Ok(names)
}
