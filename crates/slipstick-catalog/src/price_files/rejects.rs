//! Rows of a price file that were not taken.

use std::collections::HashMap;

use crate::Text;

/// So many are listed, and so many reasons are told apart: whoever mends a list begins with these.
const LISTED: usize = 10_000;

/// A row that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// The line of the file, from 1; 0 where the format has no lines.
    pub line: u64,
    /// The row in short: instance and region, or model.
    pub row: String,
    /// Why it was not taken.
    pub reason: Text,
}

/// The rows that were not taken: all are counted, the first 10,000 are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rejects {
    listed: Vec<Reject>,
    count: usize,
    /// Rows by reason, of the first 10,000 reasons: thousands are refused for the same, and share its text.
    reasons: HashMap<Text, usize>,
}

impl Rejects {
    pub(super) fn push(&mut self, line: u64, row: impl Into<String>, reason: &str) {
        self.count += 1;
        let reason = match self.reasons.get_key_value(reason) {
            Some((known, _)) => known.clone(),
            None if self.reasons.len() < LISTED => Text::from(reason),
            // As many rows at least as reasons came before it, so that it is not listed either.
            None => return,
        };
        if self.listed.len() < LISTED {
            self.listed.push(Reject { line, row: row.into(), reason: reason.clone() });
        }
        *self.reasons.entry(reason).or_default() += 1;
    }

    /// How many there are.
    pub const fn count(&self) -> usize {
        self.count
    }

    /// The first of them.
    pub fn listed(&self) -> &[Reject] {
        &self.listed
    }

    /// The first of them, and nothing else.
    pub fn into_listed(self) -> Vec<Reject> {
        self.listed
    }

    /// Rows counted by reason, the commonest first.
    pub fn reasons(&self) -> Vec<(&str, usize)> {
        let mut counts: Vec<_> = self.reasons.iter().map(|(reason, count)| (&**reason, *count)).collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::{LISTED, Rejects};

    #[test]
    fn all_are_counted_and_the_first_are_listed() {
        let mut rejects = Rejects::default();
        for line in 1..=2 * LISTED as u64 {
            rejects.push(line, "row", if line % 2 == 0 { "even" } else { "odd" });
        }
        assert_eq!((rejects.count(), rejects.listed().len()), (2 * LISTED, LISTED));
        assert_eq!(rejects.reasons(), [("even", LISTED), ("odd", LISTED)]);
        assert_eq!(rejects.into_listed().last().map(|reject| reject.line), Some(LISTED as u64));
    }
}
