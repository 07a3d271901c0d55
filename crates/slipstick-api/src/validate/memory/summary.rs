//! How near the predictions come, by engine and term.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::MemoryRow;

/// The rows of one term under one engine.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct TermSummary {
    /// The engine.
    pub engine: String,
    /// The term.
    pub term: String,
    /// Whether the pool's size was given by another row.
    pub given_pool: bool,
    /// Rows with a prediction.
    pub n: u64,
    /// Rows without.
    pub refused: u64,
    /// The median of |predicted / measured - 1|.
    pub median_error: Option<f64>,
    /// Rows within 1 %.
    pub within_1_percent: u64,
    /// Rows within 5 %.
    pub within_5_percent: u64,
    /// Rows within 10 %.
    pub within_10_percent: u64,
}

/// What is kept of the rows: by engine, term and whether the pool was given, their errors and the rows without one.
#[derive(Debug, Default)]
pub(super) struct Summary(BTreeMap<(String, String, bool), (Vec<f64>, u64)>);

impl Summary {
    pub(super) fn add(&mut self, row: &MemoryRow) {
        let key = (row.engine.clone(), row.term.clone(), row.given.is_some());
        let group = self.0.entry(key).or_default();
        match row.predicted {
            Some(predicted) => group.0.push(error(predicted, row.measured)),
            None => group.1 += 1,
        }
    }

    pub(super) fn finish(self) -> Vec<TermSummary> {
        let group = |((engine, term, given_pool), (errors, refused))| {
            summary(engine, term, given_pool, errors, refused)
        };
        self.0.into_iter().map(group).collect()
    }
}

fn summary(
    engine: String,
    term: String,
    given_pool: bool,
    mut errors: Vec<f64>,
    refused: u64,
) -> TermSummary {
    errors.sort_by(f64::total_cmp);
    let within = |share: f64| errors.iter().filter(|error| **error <= share).count() as u64;
    TermSummary {
        engine,
        term,
        given_pool,
        n: errors.len() as u64,
        refused,
        median_error: median(&errors),
        within_1_percent: within(0.01),
        within_5_percent: within(0.05),
        within_10_percent: within(0.10),
    }
}

fn error(predicted: f64, measured: f64) -> f64 {
    if measured == 0.0 { f64::INFINITY } else { ((predicted - measured) / measured).abs() }
}

/// The middle of a sorted list; of two middle values their mean.
fn median(sorted: &[f64]) -> Option<f64> {
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *sorted.get(sorted.len() / 2 - 1)?;
    Some(f64::midpoint(lower, upper))
}
