//! The fields of a profile as the rules of its engine read them.

use std::borrow::Cow;

use serde::Deserialize;
use slipstick_core::{
    basis::Known,
    engine::{BatchDefault, Facts},
    units::Bytes,
};

use super::fields::{FieldError, Fields, Value, bytes};

/// A row of batch limits as it is written.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BatchRow {
    pub(crate) from_memory: Value,
    #[serde(default)]
    pub(crate) except: Cow<'static, [Cow<'static, str>]>,
    pub(crate) max_batched_tokens: u64,
    pub(crate) max_sequences: u64,
    pub(crate) source: Cow<'static, str>,
    pub(crate) seen: Cow<'static, str>,
}

/// What a profile states: its fields, and its rows of batch limits.
pub(super) struct Stated<'a>(pub(super) Fields<'a>, pub(super) &'a [BatchRow]);

impl Facts for Stated<'_> {
    type Error = FieldError;

    fn number(&self, field: &str) -> Result<f64, FieldError> {
        self.0.number(field)
    }

    fn count(&self, field: &str) -> Result<u64, FieldError> {
        self.0.count(field)
    }

    fn flag(&self, field: &str) -> Result<bool, FieldError> {
        self.0.flag(field)
    }

    fn bytes(&self, field: &str) -> Result<Bytes, FieldError> {
        self.0.bytes(field)
    }

    fn known_number(&self, field: &str) -> Result<Known<f64>, FieldError> {
        self.0.known_number(field)
    }

    fn known_bytes(&self, field: &str) -> Result<Known<Bytes>, FieldError> {
        self.0.known_bytes(field)
    }

    fn word<T: Copy>(&self, field: &str, words: &[(&str, T)]) -> Result<T, FieldError> {
        self.0.word(field, words)
    }

    fn text(&self, field: &str) -> Result<String, FieldError> {
        self.0.text(field)
    }

    fn batch(&self) -> Result<Vec<BatchDefault>, FieldError> {
        let rows = self.1.iter().map(|row| {
            Ok(BatchDefault {
                from_memory: bytes("batch.from_memory", &row.from_memory)?,
                except: row.except.iter().map(|word| word.clone().into_owned()).collect(),
                max_batched_tokens: row.max_batched_tokens,
                max_sequences: row.max_sequences,
            })
        });
        rows.collect()
    }
}
