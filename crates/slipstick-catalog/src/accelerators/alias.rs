//! Names that people, drivers, clouds and tools use for accelerators.

use std::sync::LazyLock;

use serde::Deserialize;

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
}

#[derive(Deserialize)]
struct Row {
    namespace: String,
    alias: String,
    memory_gb: Option<f64>,
    accelerator: String,
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
        })
        .collect()
});

/// All shipped names.
pub fn aliases() -> &'static [Alias] {
    &ALIASES
}
