//! The fields of a profile: a value with its source.

use std::borrow::Cow;

use serde::Deserialize;
use slipstick_core::{
    basis::{Basis, Known},
    units::{Bytes, parse_bytes},
};

/// A field that is missing or wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("field {field:?}: {what}")]
pub struct FieldError {
    /// Which.
    pub field: String,
    /// What is wrong, and what would be right.
    pub what: String,
}

/// A value as it is written.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub(crate) enum Value {
    /// True or false.
    Flag(bool),
    /// A whole number.
    Whole(i64),
    /// A number.
    Number(f64),
    /// A word, or a size with its unit.
    Text(Cow<'static, str>),
}

/// A value of a profile as it is written, with where it was read.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    pub(crate) value: Value,
    pub(crate) low: Option<Value>,
    pub(crate) high: Option<Value>,
    pub(crate) basis: Option<Cow<'static, str>>,
    /// Where it was read.
    pub source: Cow<'static, str>,
    /// When it was read there.
    pub seen: Cow<'static, str>,
}

/// FactsByField by field, in order of the field.
pub type FactsByField = Cow<'static, [(Cow<'static, str>, Fact)]>;

/// The fields of one profile, by name.
pub(crate) struct Fields<'a>(pub(crate) &'a [(Cow<'static, str>, Fact)]);

fn error(field: &str, what: impl Into<String>) -> FieldError {
    FieldError { field: field.to_owned(), what: what.into() }
}

impl Fields<'_> {
    fn fact(&self, field: &str) -> Result<&Fact, FieldError> {
        let place = self.0.binary_search_by_key(&field, |(name, _)| name).ok();
        place
            .map(|place| &self.0[place].1)
            .ok_or_else(|| error(field, "it is missing; state it, or a profile it is like"))
    }

    pub(super) fn number(&self, field: &str) -> Result<f64, FieldError> {
        number(&self.fact(field)?.value).ok_or_else(|| error(field, "its value must be a number"))
    }

    pub(super) fn count(&self, field: &str) -> Result<u64, FieldError> {
        let value = match self.fact(field)?.value {
            Value::Whole(value) => u64::try_from(value).ok(),
            Value::Flag(_) | Value::Number(_) | Value::Text(_) => None,
        };
        value.ok_or_else(|| error(field, "its value must be a whole number"))
    }

    pub(super) fn flag(&self, field: &str) -> Result<bool, FieldError> {
        match self.fact(field)?.value {
            Value::Flag(value) => Ok(value),
            Value::Whole(_) | Value::Number(_) | Value::Text(_) => {
                Err(error(field, "its value must be true or false"))
            }
        }
    }

    pub(super) fn bytes(&self, field: &str) -> Result<Bytes, FieldError> {
        bytes(field, &self.fact(field)?.value)
    }

    /// One of several words.
    pub(super) fn text(&self, field: &str) -> Result<String, FieldError> {
        let found = self.fact(field)?.value.text();
        found.map(str::to_owned).ok_or_else(|| error(field, "its value must be a text"))
    }

    pub(super) fn word<T: Copy>(&self, field: &str, words: &[(&str, T)]) -> Result<T, FieldError> {
        let found = self.fact(field)?.value.text();
        let known = words.iter().find(|(word, _)| Some(*word) == found);
        known.map(|(_, value)| *value).ok_or_else(|| {
            let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            error(field, format!("its value must be one of {}", names.join(", ")))
        })
    }

    pub(crate) fn known_number(&self, field: &str) -> Result<Known<f64>, FieldError> {
        self.known(field, |value| number(value).ok_or_else(|| error(field, "it must be a number")))
    }

    /// A share of a whole.
    pub(crate) fn share(&self, field: &str) -> Result<Known<f64>, FieldError> {
        let share = self.known_number(field)?;
        if share.high > 1.0 { Err(error(field, "it must lie from 0 to 1")) } else { Ok(share) }
    }

    pub(super) fn known_bytes(&self, field: &str) -> Result<Known<Bytes>, FieldError> {
        self.known(field, |value| bytes(field, value))
    }

    fn known<T: Copy + PartialOrd>(
        &self,
        field: &str,
        read: impl Fn(&Value) -> Result<T, FieldError>,
    ) -> Result<Known<T>, FieldError> {
        let fact = self.fact(field)?;
        let value = read(&fact.value)?;
        let end = |bound: &Option<Value>| bound.as_ref().map_or(Ok(value), &read);
        let (low, high) = (end(&fact.low)?, end(&fact.high)?);
        if !(low <= value && value <= high) {
            return Err(error(field, "its value must lie between low and high"));
        }
        Ok(Known { value, low, high, basis: basis(field, fact.basis.as_deref())? })
    }
}

impl Value {
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Flag(_) | Self::Whole(_) | Self::Number(_) => None,
        }
    }
}

fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(value) => *value,
        Value::Whole(value) => *value as f64,
        Value::Flag(_) | Value::Text(_) => return None,
    };
    (number.is_finite() && number >= 0.0).then_some(number)
}

pub(super) fn bytes(field: &str, value: &Value) -> Result<Bytes, FieldError> {
    let text =
        value.text().ok_or_else(|| error(field, "it must be a size with its unit, like \"0.13GiB\""))?;
    parse_bytes(text).map_err(|wrong| error(field, wrong.to_string()))
}

fn basis(field: &str, name: Option<&str>) -> Result<Basis, FieldError> {
    match name {
        None | Some("specified") => Ok(Basis::Specified),
        Some("measured") => Ok(Basis::Measured),
        Some("fitted") => Ok(Basis::Fitted),
        Some("assumed") => Ok(Basis::Assumed),
        Some(_) => Err(error(field, "its basis must be measured, fitted or assumed, or left out")),
    }
}
