//! Names that people, drivers, clouds and tools use for accelerators.

use std::sync::LazyLock;

use serde::Deserialize;
use slipstick_core::names::normalise;

use crate::table;

/// One name in one namespace.
#[derive(Debug, Clone, PartialEq)]
pub struct Alias {
    /// Who uses the name: `short` for people, else a driver tool, a cloud catalogue or a program.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// The memory as that namespace labels it, where the name alone is ambiguous.
    pub memory_gb: Option<f64>,
    /// The accelerator's id.
    pub accelerator: String,
    /// For names that lists extend by the size of a slice (`tpu-v5p-8`): how many of the counted cores make a chip.
    pub cores_per_chip: Option<u32>,
}

#[derive(Deserialize)]
struct Row {
    namespace: String,
    alias: String,
    memory_gb: Option<f64>,
    accelerator: String,
    cores_per_chip: Option<u32>,
}

static ALIASES: LazyLock<Vec<Alias>> = LazyLock::new(|| {
    table::rows::<Row>("accelerator_aliases.csv", include_str!("../../data/accelerator_aliases.csv"))
        .expect("the shipped table is read by the tests")
        .into_iter()
        .map(|(_, row)| Alias {
            namespace: row.namespace,
            name: row.alias,
            memory_gb: row.memory_gb,
            accelerator: row.accelerator,
            cores_per_chip: row.cores_per_chip,
        })
        .collect()
});

/// All shipped names.
pub fn aliases() -> &'static [Alias] {
    &ALIASES
}

/// What a list calls an accelerator: its id, and how many chips the name itself counts.
pub(crate) fn listed(namespace: &str, name: &str, memory_gb: Option<f64>) -> Option<(String, u32)> {
    let known = |wanted: &str| {
        let wanted = normalise(wanted);
        aliases().iter().filter(move |a| a.namespace == namespace && normalise(&a.name) == wanted)
    };
    let mut of_name = known(name).peekable();
    if of_name.peek().is_some() {
        let fits = |alias: &&Alias| match (alias.memory_gb, memory_gb) {
            (Some(label), Some(gb)) => (gb / label - 1.0).abs() <= 0.1,
            _ => true,
        };
        return of_name.find(fits).map(|alias| (alias.accelerator.clone(), 1));
    }
    let (stem, size) = name.rsplit_once('-')?;
    let cores: u32 = size.parse().ok().filter(|cores| *cores > 0)?;
    let stem = if stem.starts_with("tpu") { stem.to_owned() } else { format!("tpu-{stem}") };
    let alias = known(&stem).find(|alias| alias.cores_per_chip.is_some())?;
    let chips = cores / alias.cores_per_chip?;
    (chips > 0).then(|| (alias.accelerator.clone(), chips))
}
