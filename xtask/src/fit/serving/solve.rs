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
const SPREAD: f64 = 0.2;

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
}

/// A task and where its solution stands: for each constant, standard deviations of its prior's logarithm.
struct Problem<'a> {
    task: Task<'a>,
    weights: Vec<f64>,
    levels: Vec<f64>,
    at: DVector<f64>,
}

impl Task<'_> {
    /// The calibration with the constants that fit best.
    pub(super) fn solve(&self) -> Calibration {
        let levels = self.runs.iter().map(|run| self.levels.map_or(1.0, |levels| levels.of(run))).collect();
        let at = DVector::zeros(self.parameters.len());
        let problem = Problem { task: *self, weights: weights(self.runs), levels, at };
        let (solved, _) = LevenbergMarquardt::new().with_ftol(1e-6).with_xtol(1e-6).minimize(problem);
        self.calibration(&solved.at)
    }

    fn calibration(&self, at: &DVector<f64>) -> Calibration {
        let mut calibration = self.base.clone();
        for (parameter, deviations) in self.parameters.iter().zip(at.iter()) {
            (parameter.set)(&mut calibration, parameter.prior * (deviations * parameter.sd).exp());
        }
        calibration
    }
}

impl Problem<'_> {
    /// What each run is off by, and how far each constant is from its prior.
    fn off(&self, at: &DVector<f64>) -> DVector<f64> {
        let mut calibration = self.task.calibration(at);
        let mut rows = Vec::with_capacity(self.weights.len() + at.len());
        for ((run, weight), level) in self.task.runs.iter().zip(&self.weights).zip(&self.levels) {
            calibration.level = *level;
            let predicted = run.under(&calibration).map_or(f64::NAN, |times| (self.task.of)(&times));
            let off = ((self.task.of)(&run.measured) / predicted).ln() / SPREAD;
            // What was not measured tells nothing.
            rows.push(if off.is_finite() { weight.sqrt() * softened(off) } else { 0.0 });
        }
        rows.extend(at.iter());
        DVector::from_vec(rows)
    }
}

/// A residual whose square grows as the pseudo-Huber loss does.
fn softened(off: f64) -> f64 {
    let x = off / ROBUST;
    ROBUST * (2.0 * (x.hypot(1.0) - 1.0)).sqrt().copysign(off)
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
        Some(self.off(&self.at))
    }

    fn jacobian(&self) -> Option<DMatrix<f64>> {
        let here = self.off(&self.at);
        let column = |parameter: usize| {
            let mut at = self.at.clone();
            at[parameter] += STEP;
            (self.off(&at) - &here) / STEP
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
