//! Where each number of an answer comes from: the formula, its inputs, its source, and how sure it is.

pub mod asked;
mod entry;
pub mod explainable;
mod places;
mod traced;
mod tree;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

pub use entry::{Entry, Input};
pub use slipstick_core::basis::Basis;
pub(crate) use traced::Names;

use crate::ApiError;

/// The provenance of the numbers of one document, by JSON pointer, in the order they were recorded.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Provenance {
    entries: Vec<(String, Entry)>,
    index: BTreeMap<String, usize>,
}

impl Provenance {
    /// Records where the number at `pointer` comes from; a second record of it replaces the first.
    pub fn record(&mut self, pointer: impl Into<String>, entry: Entry) {
        let pointer = pointer.into();
        if let Some(&at) = self.index.get(&pointer) {
            self.entries[at].1 = entry;
        } else {
            self.index.insert(pointer.clone(), self.entries.len());
            self.entries.push((pointer, entry));
        }
    }

    /// Takes over the records of another document that becomes part of this one, under `prefix`.
    pub fn embed(&mut self, prefix: &str, other: Self) {
        for (pointer, mut entry) in other.entries {
            for (_, input) in &mut entry.inputs {
                input.pointer = input.pointer.take().map(|inner| format!("{prefix}{inner}"));
            }
            self.record(format!("{prefix}{pointer}"), entry);
        }
    }

    /// Takes over the records of the same document.
    pub(crate) fn extend(&mut self, other: Self) {
        for (pointer, entry) in other.entries {
            self.record(pointer, entry);
        }
    }

    /// Makes no number surer than `basis`.
    pub fn weaken(&mut self, basis: Basis) {
        for (_, entry) in &mut self.entries {
            entry.basis = entry.basis.and(basis);
        }
    }

    /// The record of a pointer.
    pub fn get(&self, pointer: &str) -> Option<&Entry> {
        self.index.get(pointer).map(|&at| &self.entries[at].1)
    }

    /// All records.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.iter().map(|(pointer, entry)| (pointer.as_str(), entry))
    }

    /// How sure a number is: the weakest of its formula and everything that went into it.
    pub fn basis(&self, pointer: &str) -> Option<Basis> {
        self.get(pointer).map(|entry| self.weakest(entry, 0))
    }

    fn weakest(&self, entry: &Entry, depth: usize) -> Basis {
        let inputs = entry.inputs.iter().map(|(_, input)| {
            let behind = input.pointer.as_deref().and_then(|pointer| self.get(pointer));
            match behind {
                Some(next) if depth < tree::MAX_DEPTH => input.basis.max(self.weakest(next, depth + 1)),
                _ => input.basis,
            }
        });
        inputs.fold(entry.basis, Basis::max)
    }

    /// The pointer that a person means by `/cache/bytes_per_token`, `cache.bytes_per_token` or `bytes_per_token`.
    ///
    /// # Errors
    /// If nothing, or more than one number, goes by that name.
    pub fn find(&self, wanted: &str) -> Result<&str, ApiError> {
        let slashed = format!("/{}", wanted.trim_start_matches('/').replace('.', "/"));
        if let Some((pointer, _)) = self.entries.iter().find(|(pointer, _)| *pointer == slashed) {
            return Ok(pointer);
        }
        let ends: Vec<&str> =
            self.iter().map(|(pointer, _)| pointer).filter(|p| p.ends_with(&slashed)).collect();
        let parts = || self.parts(wanted);
        match ends.as_slice() {
            [only] => Ok(only),
            [] if parts().len() == 1 => Ok(parts()[0]),
            [] if parts().len() > 1 => Err(ambiguous(wanted, &parts())),
            [] => {
                let known: Vec<String> = self.iter().map(|(pointer, _)| dotted(pointer)).collect();
                let lasts = known.iter().filter_map(|name| name.rsplit('.').next());
                let near =
                    slipstick_core::names::nearest(wanted, known.iter().map(String::as_str).chain(lasts), 3);
                let error =
                    ApiError::input("explain.unknown", format!("the answer has no number {wanted:?}"));
                let headlines = known.iter().filter(|name| name.matches('.').count() < 2);
                let names = if near.is_empty() {
                    headlines.take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ")
                } else {
                    near.join(", ")
                };
                let help = format!(
                    "numbers with an explanation: {names}; slipstick explain --list COMMAND .. has all"
                );
                Err(error.at("NUMBER").help(help))
            }
            several => Err(ambiguous(wanted, several)),
        }
    }

    /// Numbers that others are the sum of under this name, such as the operators of a step: of several the nearest to the
    /// document's root.
    fn parts(&self, wanted: &str) -> Vec<&str> {
        let inputs = self.entries.iter().flat_map(|(_, entry)| &entry.inputs);
        let named = inputs.filter(|(symbol, _)| symbol == wanted && wanted.len() > 2);
        let found: BTreeSet<&str> = named.filter_map(|(_, input)| input.pointer.as_deref()).collect();
        let depth = |pointer: &str| pointer.matches('/').count();
        let least = found.iter().map(|pointer| depth(pointer)).min();
        found.into_iter().filter(|pointer| Some(depth(pointer)) == least).collect()
    }

    /// The map of a document.
    pub fn to_json(&self) -> Value {
        let entries = self.iter().map(|(pointer, entry)| {
            let basis = self.weakest(entry, 0);
            (pointer.to_owned(), entry.to_json(basis, |pointer| self.basis(pointer)))
        });
        Value::Object(entries.collect::<Map<String, Value>>())
    }
}

/// Numbers that an unknown name is answered with, and those of an ambiguous one.
const SHOWN: usize = 24;

fn ambiguous(wanted: &str, several: &[&str]) -> ApiError {
    let names: Vec<String> = several.iter().take(SHOWN).map(|pointer| dotted(pointer)).collect();
    let more = several.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    ApiError::input("explain.ambiguous", format!("{wanted:?} is the name of several numbers"))
        .at("NUMBER")
        .help(format!("write one of {}{more}", names.join(", ")))
}

/// `/cache/bytes_per_token` as `cache.bytes_per_token`.
fn dotted(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".")
}
