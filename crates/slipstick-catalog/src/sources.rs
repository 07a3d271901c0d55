//! The sources that shipped rows name by key.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;

use crate::table;

/// Where a number was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The key that rows name.
    pub id: String,
    /// What it is: author, title, part.
    pub title: String,
    /// The licence of the collection it comes from; empty where only single facts were taken.
    pub licence: String,
    /// The date of the snapshot read.
    pub seen: String,
}

#[derive(Deserialize)]
struct Row {
    id: String,
    title: String,
    licence: String,
    seen: String,
}

static SOURCES: LazyLock<BTreeMap<String, Source>> = LazyLock::new(|| {
    table::rows::<Row>("sources.csv", include_str!("../data/sources.csv"))
        .expect("the shipped table is read by the tests")
        .into_iter()
        .map(|(_, row)| {
            let source =
                Source { id: row.id.clone(), title: row.title, licence: row.licence, seen: row.seen };
            (row.id, source)
        })
        .collect()
});

/// The source with this key.
pub fn source(id: &str) -> Option<&'static Source> {
    SOURCES.get(id)
}

/// All sources, by key.
pub fn sources() -> impl Iterator<Item = &'static Source> {
    SOURCES.values()
}
