//! What rows ask, each read once: many rows of a table ask about the same deployment.

use core::fmt::{Debug, Write as _};
use std::collections::HashMap;

use super::table::{Cells, ColumnsRead};

/// Answers that are kept at most; a table that asks more is answered all the same.
const MOST: usize = 4096;

/// Answers by the cells that they were read from.
///
/// Which columns those are is seen while an answer is read, so that none is forgotten: rows that agree in all columns
/// that were read so far would be read alike.
pub(super) struct Answers<T> {
    columns: ColumnsRead,
    known: HashMap<String, T>,
    key: String,
}

impl<T: Clone> Answers<T> {
    pub(super) fn new() -> Self {
        Self { columns: ColumnsRead::default(), known: HashMap::new(), key: String::new() }
    }

    /// The answer to a row that also depends on `other`; `read` answers rows that are new.
    pub(super) fn of(
        &mut self,
        cells: &Cells<'_>,
        other: impl Debug,
        read: impl FnOnce(&Cells<'_>) -> T,
    ) -> T {
        self.write_key(cells, &other);
        if let Some(known) = self.known.get(&self.key) {
            return known.clone();
        }
        let before = self.columns.count();
        let new = read(&cells.noting(&self.columns));
        if self.columns.count() > before || self.known.len() >= MOST {
            // Earlier keys lack a column.
            self.known.clear();
            self.write_key(cells, &other);
        }
        self.known.insert(self.key.clone(), new.clone());
        new
    }

    fn write_key(&mut self, cells: &Cells<'_>, other: &impl Debug) {
        self.key.clear();
        // Writing into a text cannot fail.
        let _ = write!(self.key, "{other:?}");
        for column in self.columns.iter() {
            self.key.push('\u{1f}');
            self.key.push_str(cells.at(column));
        }
    }
}
