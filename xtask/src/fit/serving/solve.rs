//! Robust least squares on the logarithm of measured over predicted, with priors.

use std::{ops::Range, thread};

use nalgebra::{DMatrix, DVector};
use slipstick_api::least_squares::{self, Residuals, softened};
use slipstick_core::hardware::Calibration;

use super::{
    levels::Levels,
    parameters::{Parameter, put},
    runs::{Run, Times, weights},
};

/// What the logarithm of measured over predicted is expected to be off by.
pub(super) const SPREAD: f64 = 0.2;

/// The same of a time to the first token.
pub(super) const SPREAD_OF_WAITS: f64 = 0.5;

/// From so many spreads on a run pulls no harder.
const ROBUST: f64 = 0.5;

/// How near the solution is sought.
const TOLERANCE: f64 = 1e-6;

/// What is to be fitted, and on what.
#[derive(Clone, Copy)]
pub(super) struct Task<'a> {
    pub(super) parameters: &'a [Parameter],
    pub(super) runs: &'a [&'a Run<'a>],
    /// What stays as it is.
    pub(super) base: &'a Calibration,
    pub(super) levels: Option<&'a Levels>,
    /// The time that is looked at.
    pub(super) of: fn(&Times) -> f64,
    /// What its logarithm is expected to be off by.
    pub(super) spread: f64,
}

impl Task<'_> {
    /// The calibration with the constants that fit best.
    pub(super) fn solve(&self) -> Calibration {
        let levels: Vec<f64> =
            self.runs.iter().map(|run| self.levels.map_or(1.0, |levels| levels.of(run))).collect();
        let weights = weights(self.runs);
        self.calibration(&minimum(self.parameters.len(), &|at| self.off(&weights, &levels, at)))
    }

    fn calibration(&self, at: &DVector<f64>) -> Calibration {
        let mut calibration = self.base.clone();
        put(self.parameters, &mut calibration, at.iter());
        calibration
    }

    /// What each run is off by, and how far each constant is from its prior.
    fn off(&self, weights: &[f64], levels: &[f64], at: &DVector<f64>) -> DVector<f64> {
        let mut calibration = self.calibration(at);
        let mut rows = Vec::with_capacity(weights.len() + at.len());
        for ((run, weight), level) in self.runs.iter().zip(weights).zip(levels) {
            calibration.level = *level;
            let predicted = run.under(&calibration).map_or(f64::NAN, |times| (self.of)(&times));
            rows.push(residual((self.of)(&run.measured), predicted, *weight, self.spread));
        }
        rows.extend(at.iter());
        DVector::from_vec(rows)
    }
}

/// What a run is off by, in spreads, with its weight and no harder pull from far away; what was not measured tells nothing.
pub(super) fn residual(measured: f64, predicted: f64, weight: f64, spread: f64) -> f64 {
    weight.sqrt() * softened((measured / predicted).ln() / spread, ROBUST)
}

/// What is off at a place, in standard deviations of the priors.
type Off<'a> = dyn Fn(&DVector<f64>) -> DVector<f64> + Sync + 'a;

/// Where the squares of what is off are least, from the priors on.
pub(super) fn minimum(constants: usize, off: &Off<'_>) -> DVector<f64> {
    least_squares::minimum(&Problem { constants, off }, TOLERANCE)
}

struct Problem<'a> {
    constants: usize,
    off: &'a Off<'a>,
}

impl Residuals for Problem<'_> {
    fn places(&self) -> usize {
        self.constants
    }

    fn off(&self, at: &DVector<f64>) -> DVector<f64> {
        (self.off)(at)
    }

    /// By two threads.
    fn slopes(&self, at: &DVector<f64>) -> DMatrix<f64> {
        let here = self.off(at);
        let some =
            |places: Range<usize>| places.map(|place| self.slope(at, &here, place)).collect::<Vec<_>>();
        let half = self.constants / 2;
        let columns = thread::scope(|scope| {
            let first = scope.spawn(|| some(0..half));
            let second = some(half..self.constants);
            first.join().map(|first| [first, second].concat())
        });
        DMatrix::from_columns(&columns.unwrap_or_else(|_| some(0..self.constants)))
    }
}
