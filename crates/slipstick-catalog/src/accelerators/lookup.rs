//! From a name to one accelerator, or to an error that lists what could have been meant.

use std::collections::BTreeMap;

use slipstick_core::units::Bytes;

use super::{AcceleratorEntry, BUILTIN, alias::aliases, own_names::own_names, sizes};
use crate::{
    machines,
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
    #[error("{name:?} could be {}; type one of these ids{}", .candidates.join(", "), or_a_size(.sizes))]
    Ambiguous {
        /// What was asked for.
        name: String,
        /// Their ids, each with its memory.
        candidates: Vec<String>,
        /// The name with each size, where the size alone tells them apart.
        sizes: Vec<String>,
    },
    /// One does, but not with that much memory.
    #[error("{name:?} is not sold with {memory}; it is as {}", .candidates.join(", "))]
    Size {
        /// The name without the size.
        name: String,
        /// The size asked for.
        memory: Bytes,
        /// The ids of that name, each with its memory.
        candidates: Vec<String>,
    },
}

fn or_a_size(sizes: &[String]) -> String {
    sizes.first().map_or_else(String::new, |size| format!(", or add the size as sold, as in {size}"))
}

/// What a name leads to. Nearest names are not sought: that is for the one who shows an error.
pub(crate) enum Found<'a> {
    /// No accelerator.
    Nothing,
    /// One.
    One(&'a AcceleratorEntry),
    /// Several of one name.
    Several(Vec<&'a AcceleratorEntry>),
    /// Some of that name, none with the memory asked for.
    OtherSizes(Vec<&'a AcceleratorEntry>),
}

impl<'a> Found<'a> {
    /// The accelerator, if it is one.
    pub(crate) fn one(self) -> Option<&'a AcceleratorEntry> {
        match self {
            Self::One(entry) => Some(entry),
            Self::Nothing | Self::Several(_) | Self::OtherSizes(_) => None,
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

/// The accelerators of exactly this name. A row of an overlay goes before the shipped ones.
fn named<'a>(overlay: &'a Rows<AcceleratorEntry>, name: &str) -> Vec<&'a AcceleratorEntry> {
    let wanted = normalise(name);
    if let Some(entry) = overlay.named(&wanted) {
        return vec![entry];
    }
    first_rank(&ACCELERATOR_NAMES, &wanted).map(|place| overlay.over(BUILTIN.get(place))).collect()
}

/// The accelerator that `name` means, if there is one; a memory size after its colon decides between several.
pub(crate) fn find<'a>(overlay: &'a Rows<AcceleratorEntry>, name: &str) -> Found<'a> {
    let (stem, memory) = sizes::split(name).map_or((name, None), |(stem, memory)| (stem, Some(memory)));
    let all = named(overlay, stem);
    let found = memory.map_or_else(|| all.clone(), |memory| sizes::with(&all, memory));
    match found[..] {
        [] if all.is_empty() => Found::Nothing,
        [] => Found::OtherSizes(all),
        [only] => Found::One(only),
        _ => Found::Several(found),
    }
}

/// As [`find`], with an error to show.
pub(crate) fn resolve<'a>(
    overlay: &'a Rows<AcceleratorEntry>,
    name: &str,
) -> Result<&'a AcceleratorEntry, LookupError> {
    let stem = || sizes::split(name).map_or(name, |(stem, _)| stem);
    match find(overlay, name) {
        Found::One(entry) => Ok(entry),
        Found::Nothing => Err(unknown(overlay, stem())),
        Found::Several(found) => Err(LookupError::Ambiguous {
            name: shown(name),
            candidates: candidates(&found),
            sizes: sizes::written(&shown(stem()), &found),
        }),
        Found::OtherSizes(found) => Err(LookupError::Size {
            name: shown(stem()),
            memory: sizes::split(name).map_or(Bytes::ZERO, |(_, memory)| memory),
            candidates: candidates(&found),
        }),
    }
}

/// Ids, each with its memory.
fn candidates(found: &[&AcceleratorEntry]) -> Vec<String> {
    let one =
        |e: &&AcceleratorEntry| format!("{} ({:.1} GiB)", e.accelerator.id, e.accelerator.memory.as_gib());
    found.iter().map(one).collect()
}

fn unknown(overlay: &Rows<AcceleratorEntry>, name: &str) -> LookupError {
    let shipped = BUILTIN.iter().map(|entry| -> &AcceleratorEntry { entry });
    let rows = overlay.own().into_iter().rev().chain(shipped);
    let short = aliases().filter(|alias| alias.namespace == "short").map(|alias| alias.name);
    let other = short.chain(machines::names()).map(|name| -> &str { name });
    let known = rows.flat_map(names).chain(other).map(str::trim);
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
