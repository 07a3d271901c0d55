//! Sorted indexes of shipped rows, for binary search.

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fmt::Write as _,
};

use slipstick_core::names::normalise;

use crate::{own_names::own_names, table::Table};

/// Names with the rank and the row of each, in order.
type Names = BTreeSet<(String, u8, usize)>;

fn write_names(name: &str, about: &str, names: &Names, out: &mut String) -> Result<(), Box<dyn Error>> {
    writeln!(out, "/// {about}")?;
    writeln!(out, "pub(crate) static {name}: [(&str, u8, u16); {}] = [", names.len())?;
    for (known, rank, row) in names.iter().filter(|(known, ..)| !known.is_empty()) {
        writeln!(out, "    ({known:?}, {rank}, {row}),")?;
    }
    writeln!(out, "];\n")?;
    Ok(())
}

/// What accelerators go by: ids, then short names for people, then names that follow from the rows and what drivers
/// print, then names in lists of clouds and of other tools.
pub(crate) fn accelerators(table: &Table, aliases: &Table, out: &mut String) -> Result<(), Box<dyn Error>> {
    let mut names = Names::new();
    let mut places = BTreeMap::new();
    let labels = table.column("name").zip(table.column("vendor"));
    for (row, (id, (name, vendor))) in table.column("id").zip(labels).enumerate() {
        places.insert(id, row);
        names.insert((normalise(id), 0, row));
        names.extend(own_names(id, name, vendor).into_iter().map(|known| (normalise(known), 2, row)));
    }
    aliases.words("accelerator", &places.keys().copied().collect::<Vec<_>>())?;
    let named = aliases.column("alias").zip(aliases.column("accelerator"));
    for (namespace, (alias, id)) in aliases.column("namespace").zip(named) {
        let rank = match namespace {
            "short" => 1,
            "nvidia-smi" => 2,
            _ => 3,
        };
        names.insert((normalise(alias), rank, places[id]));
    }
    write_names("ACCELERATOR_NAMES", "Normalised name, rank and row of accelerators.", &names, out)?;
    lists(aliases, out)
}

/// The places of aliases by namespace and normalised name.
fn lists(aliases: &Table, out: &mut String) -> Result<(), Box<dyn Error>> {
    let named = aliases.column("namespace").zip(aliases.column("alias")).enumerate();
    let sorted: BTreeSet<(&str, String, usize)> =
        named.map(|(row, (namespace, alias))| (namespace, normalise(alias), row)).collect();
    writeln!(out, "/// Namespace, normalised name and row of aliases.")?;
    writeln!(out, "pub(crate) static LISTED_NAMES: [(&str, &str, u16); {}] = [", sorted.len())?;
    for (namespace, alias, row) in sorted {
        writeln!(out, "    ({namespace:?}, {alias:?}, {row}),")?;
    }
    writeln!(out, "];\n")?;
    Ok(())
}

/// What models go by: ids, then all other names.
pub(crate) fn models(table: &Table, out: &mut String) -> Result<(), Box<dyn Error>> {
    let mut names = Names::new();
    for (row, id) in table.column("id").enumerate() {
        names.insert((normalise(id), 0, row));
    }
    for column in ["name", "hf_repo"] {
        names.extend(table.column(column).enumerate().map(|(row, known)| (normalise(known), 1, row)));
    }
    for (row, aliases) in table.column("aliases").enumerate() {
        names.extend(aliases.split_whitespace().map(|known| (normalise(known), 1, row)));
    }
    names.retain(|(known, ..)| !known.is_empty());
    write_names("MODEL_NAMES", "Normalised name, rank and row of models.", &names, out)
}

/// The offers of each accelerator.
pub(crate) fn offers(table: &Table, out: &mut String) -> Result<(), Box<dyn Error>> {
    let mut rows: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (row, id) in table.column("accelerator").enumerate() {
        rows.entry(id).or_default().push(row);
    }
    writeln!(out, "/// Accelerator and rows of the offers of it.")?;
    writeln!(out, "pub(crate) static OFFERS_OF: [(&str, &[u16]); {}] = [", rows.len())?;
    for (id, rows) in rows {
        writeln!(out, "    ({id:?}, &{rows:?}),")?;
    }
    writeln!(out, "];\n")?;
    Ok(())
}
