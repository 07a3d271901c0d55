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

/// Normalised name to positions in the shipped table, in ranks: a rank is asked only if those before it know nothing.
struct Index {
    /// Short names chosen for people.
    short: BTreeMap<String, Vec<usize>>,
    /// Names that follow from the rows, and what the driver prints.
    own: BTreeMap<String, Vec<usize>>,
    /// Names in lists of clouds and of other tools.
    listed: BTreeMap<String, Vec<usize>>,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let mut index = Index { short: BTreeMap::new(), own: BTreeMap::new(), listed: BTreeMap::new() };
    let mut position = BTreeMap::new();
    for (i, entry) in BUILTIN.iter().enumerate() {
        position.insert(entry.accelerator.id.as_str(), i);
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

/// Finds the accelerator that `name` means. `overlay` rows, the highest layer first, go before the shipped ones; a
/// memory size, if known, decides between several of one name.
pub(crate) fn resolve<'a>(
    overlay: &[&'a AcceleratorEntry],
    name: &str,
    memory: Option<Bytes>,
) -> Result<&'a AcceleratorEntry, LookupError> {
    let wanted = normalise(name);
    let own = |entry: &&&'a AcceleratorEntry| own_names(entry).iter().any(|known| normalise(known) == wanted);
    if let Some(entry) = overlay.iter().find(own) {
        return Ok(entry);
    }
    if let Some(entry) = BUILTIN.iter().find(|entry| normalise(&entry.accelerator.id) == wanted) {
        return Ok(shadow(overlay, entry));
    }
    let places = [&INDEX.short, &INDEX.own, &INDEX.listed].into_iter().find_map(|rank| rank.get(&wanted));
    let mut found: Vec<&AcceleratorEntry> =
        places.into_iter().flatten().map(|&i| shadow(overlay, &BUILTIN[i])).collect();
    if found.len() > 1
        && let Some(memory) = memory
    {
        found.retain(|entry| near(entry.accelerator.memory, memory));
    }
    match found[..] {
        [only] => Ok(only),
        [] => Err(unknown(overlay, name)),
        _ => Err(LookupError::Ambiguous {
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
