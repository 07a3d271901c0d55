//! The sources that shipped rows name by key.

use crate::tables::{SOURCES, SourceRow};

/// Where a number was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// The key that rows name.
    pub id: &'static str,
    /// What it is: author, title, part.
    pub title: &'static str,
    /// The licence of the collection it comes from; empty where only single facts were taken.
    pub licence: &'static str,
    /// The date of the snapshot read.
    pub seen: &'static str,
}

impl Source {
    const fn of(row: &SourceRow<'static>) -> Self {
        Self { id: row.id, title: row.title, licence: row.licence, seen: row.seen }
    }
}

/// The source with this key.
pub fn source(id: &str) -> Option<Source> {
    let place = SOURCES.binary_search_by_key(&id, |row| row.id).ok()?;
    Some(Source::of(&SOURCES[place]))
}

/// All sources, by key.
pub fn sources() -> impl Iterator<Item = Source> {
    SOURCES.iter().map(Source::of)
}
