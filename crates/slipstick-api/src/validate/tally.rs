//! How many rows were predicted, and why others were not.

use std::collections::HashMap;

/// Counts of rows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    pub(crate) rows: usize,
    pub(crate) predicted: usize,
    /// By reason: its place among them, and its rows.
    refused: HashMap<String, (usize, usize)>,
}

impl Tally {
    /// Counts a row, with the reason why it was refused if it was.
    pub(super) fn add(&mut self, refused: Option<&str>) {
        self.rows += 1;
        let Some(reason) = refused else {
            self.predicted += 1;
            return;
        };
        if let Some((_, rows)) = self.refused.get_mut(reason) {
            *rows += 1;
            return;
        }
        let place = self.refused.len();
        self.refused.insert(reason.to_owned(), (place, 1));
    }

    /// The reasons for refusals with their rows, the commonest first; of two as common the one that came first.
    pub(crate) fn reasons(&self) -> Vec<(&str, usize)> {
        let mut all: Vec<(&str, usize, usize)> =
            self.refused.iter().map(|(reason, (place, rows))| (reason.as_str(), *place, *rows)).collect();
        all.sort_by_key(|(_, place, rows)| (core::cmp::Reverse(*rows), *place));
        all.into_iter().map(|(reason, _, rows)| (reason, rows)).collect()
    }
}
