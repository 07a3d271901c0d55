//! What an input is given as.

use std::borrow::Cow;

use crate::{Domain, Kind, MethodError, MethodInput};

/// A value as given by the caller, before it is checked against the input's kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A number in the input's unit.
    Number(f64),
    /// A name.
    Text(Cow<'static, str>),
    /// Yes or no.
    Flag(bool),
}

impl Value {
    /// A whole number as a value.
    pub const fn count(count: u64) -> Self {
        Self::Number(count as f64)
    }

    /// A name as a value, usable in tables.
    pub const fn name(name: &'static str) -> Self {
        Self::Text(Cow::Borrowed(name))
    }

    fn shown(&self) -> String {
        match self {
            Self::Number(number) => format!("{number}"),
            Self::Text(text) => format!("{:?}", clipped(text)),
            Self::Flag(flag) => format!("{flag}"),
        }
    }

    /// The number that a formula sees; `None` for a label.
    ///
    /// # Errors
    /// If the value is of another kind than the input, or outside what the input accepts.
    pub(crate) fn checked(&self, input: &'static MethodInput) -> Result<Option<f64>, MethodError> {
        let refused =
            |expected: String| MethodError::BadValue { key: input.key, got: self.shown(), expected };
        match (input.kind, self) {
            (Kind::Label, _) => Ok(None),
            (Kind::Number(domain), Self::Number(number)) if domain.holds(*number) => Ok(Some(*number)),
            (Kind::Number(domain), _) => Err(refused(in_unit(domain, input.unit))),
            (Kind::Flag, Self::Flag(flag)) => Ok(Some(f64::from(u8::from(*flag)))),
            (Kind::Flag, _) => Err(refused("true or false".to_owned())),
            (Kind::Choice(choices), Self::Text(text)) => {
                match choices.iter().find(|(name, _)| name == text) {
                    Some((_, number)) => Ok(Some(*number)),
                    None => Err(refused(one_of(choices))),
                }
            }
            (Kind::Choice(choices), _) => Err(refused(one_of(choices))),
        }
    }
}

fn in_unit(domain: Domain, unit: &str) -> String {
    if unit.is_empty() { domain.text().to_owned() } else { format!("{} (unit: {unit})", domain.text()) }
}

fn one_of(choices: &[(&str, f64)]) -> String {
    let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
    format!("one of {}", names.join(", "))
}

/// What a caller typed, short enough to repeat in a message.
pub(crate) fn clipped(text: &str) -> String {
    text.chars().take(40).collect()
}
