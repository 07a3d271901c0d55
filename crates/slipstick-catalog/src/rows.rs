//! Rows of one table from all overlays, found by key and by name, and merged with the shipped ones.

use std::{borrow::Cow, collections::HashMap};

use crate::{LayerName, tables::Shipped};

/// A row that an overlay may hold.
pub(crate) trait Layered {
    /// The layer it was read in.
    fn layer(&self) -> LayerName;

    /// What makes two rows the same: a later layer's row replaces an earlier one with this key.
    fn key(&self) -> Cow<'_, str>;

    /// The normalised names it is found by.
    fn found_by(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Rows of overlays. Of rows with one key or name the highest layer's decides, within a layer the one that was added last.
#[derive(Debug, Clone)]
pub(crate) struct Rows<T> {
    all: Vec<T>,
    keys: HashMap<String, usize>,
    names: HashMap<String, usize>,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self { all: Vec::new(), keys: HashMap::new(), names: HashMap::new() }
    }
}

impl<T: Layered> Rows<T> {
    /// Adds rows.
    pub(crate) fn extend(&mut self, rows: impl IntoIterator<Item = T>) {
        for row in rows {
            let place = self.all.len();
            let (layer, key, names) = (row.layer(), row.key().into_owned(), row.found_by());
            self.all.push(row);
            let all = &self.all;
            let higher = |known: &mut usize| {
                if all[*known].layer() <= layer {
                    *known = place;
                }
            };
            self.keys.entry(key).and_modify(higher).or_insert(place);
            for name in names {
                self.names.entry(name).and_modify(higher).or_insert(place);
            }
        }
    }

    /// Whether no overlay has a row.
    pub(crate) const fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The row with this key.
    pub(crate) fn get(&self, key: &str) -> Option<&T> {
        self.keys.get(key).map(|&place| &self.all[place])
    }

    /// The row that goes by this normalised name.
    pub(crate) fn named(&self, name: &str) -> Option<&T> {
        self.names.get(name).and_then(|&place| self.get(&self.all[place].key()))
    }

    /// The row that stands in the place of a shipped one: itself, unless an overlay overrides it.
    pub(crate) fn over(&self, shipped: &'static T) -> &T {
        if self.all.is_empty() { shipped } else { self.get(&shipped.key()).unwrap_or(shipped) }
    }

    /// The rows that override others or add to them, the lowest layer first.
    pub(crate) fn own(&self) -> Vec<&T> {
        let mut own: Vec<&T> = self.all.iter().collect();
        own.sort_by_key(|row| row.layer()); // stable
        own
    }

    /// The row with this key, an overlay's or a shipped one; `key` is that of shipped rows as they are written.
    pub(crate) fn or_shipped<R>(
        &self,
        shipped: &'static Shipped<R, T>,
        key: impl Fn(&R) -> &str,
        wanted: &str,
    ) -> Option<&T> {
        self.get(wanted).or_else(|| {
            let place = shipped.rows().iter().position(|row| key(row) == wanted)?;
            Some(shipped.get(place))
        })
    }

    /// The rows that satisfy a condition, which is asked of shipped rows as they are written.
    pub(crate) fn matching<R>(
        &self,
        shipped: &'static Shipped<R, T>,
        as_written: impl Fn(&R) -> bool,
        holds: impl Fn(&T) -> bool,
    ) -> Vec<&T> {
        let rows = shipped.rows().iter().enumerate().filter(|(_, row)| as_written(row));
        self.at(shipped, rows.map(|(place, _)| place), holds)
    }

    /// The rows that satisfy a condition, of which the shipped ones stand at known places.
    pub(crate) fn at<R>(
        &self,
        shipped: &'static Shipped<R, T>,
        places: impl Iterator<Item = usize>,
        holds: impl Fn(&T) -> bool,
    ) -> Vec<&T> {
        let mut found: Vec<&T> = places.map(|place| self.over(shipped.get(place))).collect();
        for row in self.own().into_iter().filter(|row| holds(row)) {
            if found.iter().all(|known| known.key() != row.key()) {
                found.extend(self.get(&row.key()));
            }
        }
        found
    }

    /// All rows: each shipped one, or what overrides it, and new ones at the end.
    pub(crate) fn merged<R>(&self, shipped: &'static Shipped<R, T>) -> Vec<&T> {
        let mut all: Vec<&T> = shipped.iter().map(|row| self.over(row)).collect();
        if self.all.is_empty() {
            return all;
        }
        let mut seen: std::collections::HashSet<Cow<'_, str>> = all.iter().map(|row| row.key()).collect();
        let mut new: Vec<&T> = Vec::new();
        for row in self.own() {
            if seen.insert(row.key()) {
                new.extend(self.get(&row.key()));
            }
        }
        all.extend(new);
        all
    }
}
