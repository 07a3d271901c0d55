//! How far predictions of one quantity are from what was measured.

use schemars::JsonSchema;
use serde::Serialize;

/// The errors of predictions, over usable rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Errors {
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

impl Errors {
    /// Of the ratios of predicted to measured, where so many rows were measured.
    pub(crate) fn of(measured: usize, mut ratios: Vec<f64>) -> Self {
        let mut errors: Vec<f64> = ratios.iter().map(|ratio| 100.0 * (ratio - 1.0).abs()).collect();
        errors.sort_by(f64::total_cmp);
        ratios.sort_by(f64::total_cmp);
        let at = |values: &[f64], tenths: usize| values.get(values.len() * tenths / 10).copied();
        Self {
            measured,
            predicted: errors.len(),
            mape: (!errors.is_empty()).then(|| errors.iter().sum::<f64>() / errors.len() as f64),
            median: at(&errors, 5),
            p90: at(&errors, 9),
            bias: at(&ratios, 5),
        }
    }
}
