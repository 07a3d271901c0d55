//! A past answer, asked again.

use serde_json::Value;

use super::{
    Kept,
    headline::{hash, numbers},
};
use crate::{ApiError, Output};

/// A past answer and what its question is answered with now.
#[derive(Debug, Clone)]
pub struct Again {
    /// The past answer.
    pub kept: Kept,
    /// The document of the answer now, or why there is none.
    pub now: Result<Value, ApiError>,
}

impl Again {
    /// What was kept, and what came of asking again.
    pub fn new(kept: Kept, now: Result<Output, ApiError>) -> Self {
        Self { kept, now: now.map(|output| output.document(false)) }
    }

    /// Whether the answer is the same now, by its hash; where an earlier version kept none, by its headline numbers.
    pub fn is_same(&self) -> bool {
        let Ok(now) = &self.now else { return false };
        if let Some(then) = &self.kept.entry.hash {
            return *then == hash(now);
        }
        let known = self.headlines();
        !known.is_empty() && known.iter().all(|(_, then, now)| alike(Some(*then), *now))
    }

    /// The headline numbers of then, with those of now.
    pub(super) fn headlines(&self) -> Vec<(&str, f64, Option<f64>)> {
        let now = self.now.as_ref().map(numbers).unwrap_or_default();
        let of = |name: &str| now.iter().find(|(known, _)| known == name).map(|(_, value)| *value);
        let then = self.kept.entry.numbers.iter();
        then.filter_map(|(name, value)| Some((name.as_str(), value.as_f64()?, of(name)))).collect()
    }

    /// The numbers of then: all of them if the answer is the same now, the headlines otherwise.
    pub(super) fn numbers(&self) -> Vec<(String, f64)> {
        match &self.now {
            Ok(now) if self.is_same() => numbers(now),
            Ok(_) | Err(_) => {
                self.headlines().into_iter().map(|(name, then, _)| (name.to_owned(), then)).collect()
            }
        }
    }

    /// What a reader must know: that the answer is another now, or that there is none.
    pub fn remark(&self) -> Option<String> {
        match &self.now {
            Ok(_) if self.is_same() => None,
            Ok(_) => {
                let has_moved = self.headlines().iter().any(|(_, then, now)| !alike(Some(*then), *now));
                let what = if has_moved { "answered otherwise" } else { "answered otherwise in its details" };
                Some(format!(
                    "asked again, {} is {what}: the catalogue, a file, the date or the program changed since {}; of then, \
                     the headline numbers are kept",
                    self.kept.id,
                    super::list::moment(&self.kept.entry.at)
                ))
            }
            Err(error) => Some(format!(
                "{} could not be asked again, so that only its headline numbers are known: {error}",
                self.kept.id
            )),
        }
    }
}

/// Whether two numbers are the same but for the last digits of their computation.
pub(super) fn alike(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-12 * a.abs().max(b.abs()),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}
