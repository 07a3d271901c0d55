//! From a name to one accelerator, or to an error that lists what could have been meant.

use std::{collections::BTreeMap, sync::LazyLock};

use slipstick_core::units::Bytes;

use super::{AcceleratorEntry, BUILTIN, alias::aliases};
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

/// Normalised name to positions in the shipped table, in ranks: a rank is asked only if those before it know nothing.
struct Index {
    /// Ids.
    ids: BTreeMap<String, Vec<usize>>,
    /// Short names chosen for people.
    short: BTreeMap<String, Vec<usize>>,
    /// Names that follow from the rows, and what the driver prints.
    own: BTreeMap<String, Vec<usize>>,
    /// Names in lists of clouds and of other tools.
    listed: BTreeMap<String, Vec<usize>>,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let empty = BTreeMap::new;
    let mut index = Index { ids: empty(), short: empty(), own: empty(), listed: empty() };
    let mut position = BTreeMap::new();
    for (i, entry) in BUILTIN.iter().enumerate() {
        position.insert(entry.accelerator.id.as_str(), i);
        insert(&mut index.ids, &entry.accelerator.id, i);
        for name in own_names(entry) {
            insert(&mut index.own, &name, i);
        }
    }
    for alias in aliases() {
        let Some(&i) = position.get(alias.accelerator.as_str()) else { continue };
        let rank = match alias.namespace.as_str() {
            "short" => &mut index.short,
            "nvidia-smi" => &mut index.own,
            _ => &mut index.listed,
        };
        insert(rank, &alias.name, i);
    }
    index
});

fn insert(names: &mut BTreeMap<String, Vec<usize>>, name: &str, i: usize) {
    let places = names.entry(normalise(name)).or_default();
    if !places.contains(&i) {
        places.push(i);
    }
}

/// The names that follow from a row itself: its id, the id without maker and without memory size, its label.
fn own_names(entry: &AcceleratorEntry) -> Vec<String> {
    let accelerator = &entry.accelerator;
    let mut names = vec![accelerator.id.clone(), accelerator.name.clone()];
    names.extend(entry.aliases.iter().cloned());
    if let Some(rest) = accelerator.name.strip_prefix(accelerator.vendor.as_str()) {
        names.push(rest.to_owned());
    }
    let short = accelerator.id.strip_prefix("cpu-").unwrap_or(&accelerator.id);
    if let Some((_, model)) = short.split_once('-') {
        names.push(model.to_owned());
        if let Some((stem, size)) = model.rsplit_once('-')
            && size.strip_suffix("gb").is_some_and(|digits| digits.parse::<f64>().is_ok())
        {
            names.push(stem.to_owned());
        }
    }
    names
}

/// The accelerator that `name` means, if there is one. `overlay` rows, the highest layer first, go before the shipped
/// ones; a memory size, if known, decides between several of one name.
pub(crate) fn find<'a>(overlay: &[&'a AcceleratorEntry], name: &str, memory: Option<Bytes>) -> Found<'a> {
    let wanted = normalise(name);
    let own = |entry: &&&'a AcceleratorEntry| own_names(entry).iter().any(|known| normalise(known) == wanted);
    if let Some(entry) = overlay.iter().find(own) {
        return Found::One(entry);
    }
    let ranks = [&INDEX.ids, &INDEX.short, &INDEX.own, &INDEX.listed];
    let places = ranks.into_iter().find_map(|rank| rank.get(&wanted));
    let mut found: Vec<&AcceleratorEntry> =
        places.into_iter().flatten().map(|&i| shadow(overlay, &BUILTIN[i])).collect();
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
    overlay: &[&'a AcceleratorEntry],
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

/// The overlay's row of the same id, if it has one.
fn shadow<'a>(overlay: &[&'a AcceleratorEntry], entry: &'static AcceleratorEntry) -> &'a AcceleratorEntry {
    overlay.iter().copied().find(|row| row.accelerator.id == entry.accelerator.id).unwrap_or(entry)
}

/// Whether two capacities can be the same part: labels, drivers and error correction differ by up to a tenth.
fn near(a: Bytes, b: Bytes) -> bool {
    let ratio = a.as_f64() / b.as_f64().max(1.0);
    (0.9..=1.1).contains(&ratio)
}

fn unknown(overlay: &[&AcceleratorEntry], name: &str) -> LookupError {
    let rows = overlay.iter().copied().chain(BUILTIN.iter());
    let mut known: Vec<String> = rows.flat_map(own_names).collect();
    known.extend(aliases().iter().filter(|a| a.namespace == "short").map(|a| a.name.clone()));
    // Names that differ in case or spaces only are one name to the reader.
    let mut seen = BTreeMap::new();
    for name in known.iter().map(|name| name.trim()) {
        seen.entry(normalise(name)).or_insert(name);
    }
    LookupError::Unknown { name: shown(name), nearest: nearest(name, seen.into_values(), 4) }
}

/// What to repeat of a name in a message.
fn shown(name: &str) -> String {
    name.chars().take(60).collect()
}
