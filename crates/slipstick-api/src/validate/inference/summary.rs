//! How far predictions are from measurements, by regime.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::InferenceRow;
use crate::{
    report::{Estimated, Plain, Quantity},
    validate::Errors,
};

/// The errors of one quantity in one regime, over usable rows.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct RegimeSummary {
    /// The regime.
    pub regime: String,
    /// The quantity.
    pub quantity: &'static str,
    /// How far its predictions are off.
    #[serde(flatten)]
    pub errors: Errors,
}

type Pair = (&'static str, fn(&InferenceRow) -> (Option<f64>, Option<f64>));

fn pair<T: Quantity>(
    predicted: Option<Estimated<T>>,
    measured: Option<Plain<T>>,
) -> (Option<f64>, Option<f64>) {
    (predicted.map(|predicted| predicted.value.number()), measured.map(|measured| measured.0.number()))
}

const QUANTITIES: [Pair; 5] = [
    ("ttft_s", |row| pair(row.ttft_s, row.measured.ttft_s)),
    ("tpot_s", |row| pair(row.tpot_s, row.measured.tpot_s)),
    ("e2e_s", |row| pair(row.e2e_s, row.measured.e2e_s)),
    ("output_tokens_per_s", |row| pair(row.output_tokens_per_s, row.measured.output_tokens_per_s)),
    ("total_tokens_per_s", |row| pair(row.total_tokens_per_s, row.measured.total_tokens_per_s)),
];

/// What is kept of the rows: the ratios of predicted to measured, by regime and quantity.
#[derive(Debug, Default)]
pub(super) struct Summary(BTreeMap<String, [Ratios; QUANTITIES.len()]>);

/// The ratios of one quantity, and the rows that measured it.
#[derive(Debug, Default)]
struct Ratios {
    measured: usize,
    ratios: Vec<f64>,
}

impl Summary {
    pub(super) fn add(&mut self, row: &InferenceRow) {
        if !row.usable {
            return;
        }
        if !self.0.contains_key(&row.regime) {
            self.0.insert(row.regime.clone(), Default::default());
        }
        let Some(of_regime) = self.0.get_mut(&row.regime) else { return };
        for (ratios, (_, read)) in of_regime.iter_mut().zip(&QUANTITIES) {
            if let (predicted, Some(measured)) = read(row) {
                ratios.measured += 1;
                ratios.ratios.extend(predicted.map(|predicted| predicted / measured));
            }
        }
    }

    pub(super) fn finish(self) -> Vec<RegimeSummary> {
        let of_regime = |(regime, all): (String, [Ratios; QUANTITIES.len()])| {
            let measured = all.into_iter().zip(&QUANTITIES).filter(|(ratios, _)| ratios.measured > 0);
            let rows = measured.map(|(ratios, (quantity, _))| RegimeSummary {
                regime: regime.clone(),
                quantity,
                errors: Errors::of(ratios.measured, ratios.ratios),
            });
            rows.collect::<Vec<_>>()
        };
        self.0.into_iter().flat_map(of_regime).collect()
    }
}
