//! Robust least squares on the logarithm of measured over predicted, with priors.

use std::thread;

use levenberg_marquardt::{LeastSquaresProblem, LevenbergMarquardt};
use nalgebra::{DMatrix, DVector, Dyn, Owned};
use slipstick_core::hardware::Calibration;

use super::{
    levels::Levels,
    parameters::Parameter,
    runs::{Run, Times, weights},
};

/// What the logarithm of measured over predicted is expected to be off by.
pub(super) const SPREAD: f64 = 0.2;

/// The same of a time to the first token.
pub(super) const SPREAD_OF_WAITS: f64 = 0.5;

/// From so many spreads on a run pulls no harder.
const ROBUST: f64 = 0.5;

/// The step of a derivative, in standard deviations of a prior.
const STEP: f64 = 1e-4;

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
        for (parameter, deviations) in self.parameters.iter().zip(at.iter()) {
            (parameter.set)(&mut calibration, parameter.prior * (deviations * parameter.sd).exp());
        }
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
    let off = (measured / predicted).ln() / spread;
    if off.is_finite() { weight.sqrt() * softened(off) } else { 0.0 }
}

/// A residual whose square grows as the pseudo-Huber loss does.
fn softened(off: f64) -> f64 {
    let x = off / ROBUST;
    ROBUST * (2.0 * (x.hypot(1.0) - 1.0)).sqrt().copysign(off)
}

/// What is off at a place, in standard deviations of the priors.
type Off<'a> = dyn Fn(&DVector<f64>) -> DVector<f64> + Sync + 'a;

/// Where the squares of what is off are least, from the priors on.
pub(super) fn minimum(constants: usize, off: &Off<'_>) -> DVector<f64> {
    let problem = Problem { off, at: DVector::zeros(constants) };
    LevenbergMarquardt::new().with_ftol(1e-6).with_xtol(1e-6).minimize(problem).0.at
}

struct Problem<'a> {
    off: &'a Off<'a>,
    at: DVector<f64>,
}

impl LeastSquaresProblem<f64, Dyn, Dyn> for Problem<'_> {
    type ResidualStorage = Owned<f64, Dyn>;
    type JacobianStorage = Owned<f64, Dyn, Dyn>;
    type ParameterStorage = Owned<f64, Dyn>;

    fn set_params(&mut self, at: &DVector<f64>) {
        self.at.copy_from(at);
    }

    fn params(&self) -> DVector<f64> {
        self.at.clone()
    }

    fn residuals(&self) -> Option<DVector<f64>> {
        Some((self.off)(&self.at))
    }

    fn jacobian(&self) -> Option<DMatrix<f64>> {
        let here = (self.off)(&self.at);
        let column = |parameter: usize| {
            let mut at = self.at.clone();
            at[parameter] += STEP;
            ((self.off)(&at) - &here) / STEP
        };
        let all = self.at.len();
        let columns = thread::scope(|scope| {
            let first = scope.spawn(|| (0..all / 2).map(column).collect::<Vec<_>>());
            let second: Vec<_> = (all / 2..all).map(column).collect();
            first.join().ok().map(|mut columns| {
                columns.extend(second);
                columns
            })
        })?;
        Some(DMatrix::from_columns(&columns))
    }
}

#[cfg(test)]
mod tests {
    use super::softened;

    #[test]
    fn far_runs_pull_no_harder() {
        assert!((softened(0.01) - 0.01).abs() < 1e-5 && softened(-3.0) < 0.0);
        // The slope of half the square: what a run pulls with.
        let pull = |off: f64| (softened(off + 1e-6).powi(2) - softened(off).powi(2)) / 2e-6;
        assert!((pull(8.0) - pull(4.0)).abs() < 0.01 && (pull(8.0) - 0.5).abs() < 0.01);
    }
}
