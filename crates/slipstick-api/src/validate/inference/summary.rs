//! How far predictions are from measurements, by regime.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::InferenceRow;
use crate::report::{Estimated, Plain, Quantity};

/// The errors of one quantity in one regime, over usable rows.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct RegimeSummary {
    /// The regime.
    pub regime: String,
    /// The quantity.
    pub quantity: &'static str,
    /// Usable rows that measured it.
    pub measured: usize,
    /// Those that were predicted.
    pub predicted: usize,
    /// Mean absolute percentage error.
    pub mape: Option<f64>,
    /// Median absolute percentage error.
    pub median: Option<f64>,
    /// 90th percentile of it.
    pub p90: Option<f64>,
    /// Median of predicted over measured: below 1 is too low.
    pub bias: Option<f64>,
}

type Pair = (&'static str, fn(&InferenceRow) -> (Option<f64>, Option<f64>));

fn pair<T: Quantity>(
    predicted: Option<Estimated<T>>,
    measured: Option<Plain<T>>,
) -> (Option<f64>, Option<f64>) {
    (predicted.map(|predicted| predicted.value.number()), measured.map(|measured| measured.0.number()))
}

const QUANTITIES: [Pair; 4] = [
    ("ttft_s", |row| pair(row.ttft_s, row.measured.ttft_s)),
    ("tpot_s", |row| pair(row.tpot_s, row.measured.tpot_s)),
    ("output_tokens_per_s", |row| pair(row.output_tokens_per_s, row.measured.output_tokens_per_s)),
    ("total_tokens_per_s", |row| pair(row.total_tokens_per_s, row.measured.total_tokens_per_s)),
];

pub(super) fn summarise(rows: &[InferenceRow]) -> Vec<RegimeSummary> {
    let mut by_regime: BTreeMap<&str, Vec<&InferenceRow>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.usable) {
        by_regime.entry(row.regime.as_str()).or_default().push(row);
    }
    by_regime
        .into_iter()
        .flat_map(|(regime, rows)| QUANTITIES.iter().filter_map(move |pair| summary(regime, pair, &rows)))
        .collect()
}

fn summary(regime: &str, (quantity, read): &Pair, rows: &[&InferenceRow]) -> Option<RegimeSummary> {
    let pairs: Vec<(Option<f64>, f64)> = rows
        .iter()
        .filter_map(|row| {
            let (predicted, measured) = read(row);
            Some((predicted, measured?))
        })
        .collect();
    if pairs.is_empty() {
        return None;
    }
    let ratios: Vec<f64> =
        pairs.iter().filter_map(|(predicted, measured)| Some((*predicted)? / measured)).collect();
    let mut errors: Vec<f64> = ratios.iter().map(|ratio| 100.0 * (ratio - 1.0).abs()).collect();
    errors.sort_by(f64::total_cmp);
    let mut sorted = ratios;
    sorted.sort_by(f64::total_cmp);
    let at = |values: &[f64], tenths: usize| values.get(values.len() * tenths / 10).copied();
    let mean = (!errors.is_empty()).then(|| errors.iter().sum::<f64>() / errors.len() as f64);
    Some(RegimeSummary {
        regime: regime.to_owned(),
        quantity,
        measured: pairs.len(),
        predicted: errors.len(),
        mape: mean,
        median: at(&errors, 5),
        p90: at(&errors, 9),
        bias: at(&sorted, 5),
    })
}
