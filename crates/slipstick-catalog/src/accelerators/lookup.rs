//! From a name to one accelerator, or to an error that lists what could have been meant.

use std::collections::BTreeMap;

use slipstick_core::units::Bytes;

use super::{AcceleratorEntry, BUILTIN, alias::aliases, own_names::own_names};
use crate::{
    rows::Rows,
    tables::{ACCELERATOR_NAMES, first_rank},
};
use slipstick_core::names::{did_you_mean, nearest, normalise};

/// Why a name did not lead to one accelerator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// No accelerator goes by it.
    #[error("no accelerator is called {name:?}{}", did_you_mean(.nearest))]
    Unknown {
        /// What was asked for.
        name: String,
        /// Names that come near.
        nearest: Vec<String>,
    },
    /// Several do.
    #[error("{name:?} could be {}; type one of these ids", .candidates.join(", "))]
    Ambiguous {
        /// What was asked for.
        name: String,
        /// Their ids, each with its memory.
        candidates: Vec<String>,
    },
}

/// What a name leads to. Nearest names are not sought: that is for the one who shows an error.
pub(crate) enum Found<'a> {
    /// No accelerator.
    Nothing,
    /// One.
    One(&'a AcceleratorEntry),
    /// Several of one name.
    Several(Vec<&'a AcceleratorEntry>),
}

impl<'a> Found<'a> {
    /// The accelerator, if it is one.
    pub(crate) fn one(self) -> Option<&'a AcceleratorEntry> {
        match self {
            Self::One(entry) => Some(entry),
            Self::Nothing | Self::Several(_) => None,
        }
    }
}

/// The names of an entry: those that follow from its row, and those given with it.
pub(super) fn names(entry: &AcceleratorEntry) -> impl Iterator<Item = &str> {
    let accelerator = &entry.accelerator;
    let own = own_names(&accelerator.id, &accelerator.name, &accelerator.vendor);
    own.into_iter().chain(entry.aliases.iter().map(String::as_str))
}

/// The shipped accelerator with exactly this id.
pub(crate) fn shipped(id: &str) -> Option<&'static AcceleratorEntry> {
    let mut places = first_rank(&ACCELERATOR_NAMES, &normalise(id));
    places.find(|&place| BUILTIN.rows()[place].id == id).map(|place| BUILTIN.get(place))
}

/// The accelerator that `name` means, if there is one. Rows of overlays go before the shipped ones; a memory size, if
/// known, decides between several of one name.
pub(crate) fn find<'a>(overlay: &'a Rows<AcceleratorEntry>, name: &str, memory: Option<Bytes>) -> Found<'a> {
    let wanted = normalise(name);
    if let Some(entry) = overlay.named(&wanted) {
        return Found::One(entry);
    }
    let places = first_rank(&ACCELERATOR_NAMES, &wanted);
    let mut found: Vec<&AcceleratorEntry> = places.map(|place| overlay.over(BUILTIN.get(place))).collect();
    if found.len() > 1
        && let Some(memory) = memory
    {
        found.retain(|entry| near(entry.accelerator.memory, memory));
    }
    match found[..] {
        [] => Found::Nothing,
        [only] => Found::One(only),
        _ => Found::Several(found),
    }
}

/// As [`find`], with an error to show.
pub(crate) fn resolve<'a>(
    overlay: &'a Rows<AcceleratorEntry>,
    name: &str,
    memory: Option<Bytes>,
) -> Result<&'a AcceleratorEntry, LookupError> {
    match find(overlay, name, memory) {
        Found::One(entry) => Ok(entry),
        Found::Nothing => Err(unknown(overlay, name)),
        Found::Several(found) => Err(LookupError::Ambiguous {
            name: shown(name),
            candidates: found
                .iter()
                .map(|e| format!("{} ({:.1} GiB)", e.accelerator.id, e.accelerator.memory.as_gib()))
                .collect(),
        }),
    }
}

/// Whether two capacities can be the same part: labels, drivers and error correction differ by up to a tenth.
fn near(a: Bytes, b: Bytes) -> bool {
    let ratio = a.as_f64() / b.as_f64().max(1.0);
    (0.9..=1.1).contains(&ratio)
}

fn unknown(overlay: &Rows<AcceleratorEntry>, name: &str) -> LookupError {
    let shipped = BUILTIN.iter().map(|entry| -> &AcceleratorEntry { entry });
    let rows = overlay.own().into_iter().rev().chain(shipped);
    let short = aliases().filter(|alias| alias.namespace == "short").map(|alias| alias.name);
    let known = rows.flat_map(names).chain(short).map(str::trim);
    // Names that differ in case or spaces only are one name to the reader.
    let mut seen = BTreeMap::new();
    for name in known {
        seen.entry(normalise(name)).or_insert(name);
    }
    LookupError::Unknown { name: shown(name), nearest: nearest(name, seen.into_values(), 4) }
}

/// What to repeat of a name in a message.
fn shown(name: &str) -> String {
    name.chars().take(60).collect()
}
