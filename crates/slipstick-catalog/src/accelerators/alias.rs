//! Names that people, drivers, clouds and tools use for accelerators.

use slipstick_core::names::normalise;

use crate::tables::{ACCELERATOR_ALIASES, AliasRow, LISTED_NAMES};

/// One name in one namespace.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alias {
    /// Who uses the name: `short` for people, else a driver tool, a cloud catalogue or a program.
    pub namespace: &'static str,
    /// The name.
    pub name: &'static str,
    /// The memory as that namespace labels it, where the name alone is ambiguous.
    pub memory_gb: Option<f64>,
    /// The accelerator's id.
    pub accelerator: &'static str,
    /// For names that lists extend by the size of a slice (`tpu-v5p-8`): how many of the counted cores make a chip.
    pub cores_per_chip: Option<u32>,
}

impl Alias {
    const fn of(row: &AliasRow<'static>) -> Self {
        Self {
            namespace: row.namespace,
            name: row.alias,
            memory_gb: row.memory_gb,
            accelerator: row.accelerator,
            cores_per_chip: row.cores_per_chip,
        }
    }
}

/// All shipped names.
pub fn aliases() -> impl Iterator<Item = Alias> {
    ACCELERATOR_ALIASES.iter().map(Alias::of)
}

/// The aliases of one namespace that a name is written like.
fn of_name(namespace: &str, name: &str) -> impl Iterator<Item = Alias> {
    let wanted = (namespace, normalise(name));
    let key = |(namespace, name, _): &(&'static str, &'static str, u16)| (*namespace, *name);
    let rest = &LISTED_NAMES[LISTED_NAMES.partition_point(|row| key(row) < (wanted.0, wanted.1.as_str()))..];
    let found = &rest[..rest.partition_point(|row| key(row) == (wanted.0, wanted.1.as_str()))];
    found.iter().map(|(_, _, row)| Alias::of(&ACCELERATOR_ALIASES[usize::from(*row)]))
}

/// What a list calls an accelerator: its id, and how many chips the name itself counts.
pub(crate) fn listed(namespace: &str, name: &str, memory_gb: Option<f64>) -> Option<(&'static str, u32)> {
    let mut named = of_name(namespace, name).peekable();
    if named.peek().is_some() {
        let fits = |alias: &Alias| match (alias.memory_gb, memory_gb) {
            (Some(label), Some(gb)) => (gb / label - 1.0).abs() <= 0.1,
            _ => true,
        };
        return named.find(fits).map(|alias| (alias.accelerator, 1));
    }
    let (stem, size) = name.rsplit_once('-')?;
    let cores: u32 = size.parse().ok().filter(|cores| *cores > 0)?;
    let stem = if stem.starts_with("tpu") { stem.to_owned() } else { format!("tpu-{stem}") };
    let alias = of_name(namespace, &stem).find(|alias| alias.cores_per_chip.is_some())?;
    let chips = cores / alias.cores_per_chip?;
    (chips > 0).then_some((alias.accelerator, chips))
}
