//! Robust least squares on the logarithm of measured over predicted, with priors.

use levenberg_marquardt::{LeastSquaresProblem, LevenbergMarquardt};
use nalgebra::{DMatrix, DVector, Dyn, Owned};
use slipstick_catalog::calibrations::Factors;

use super::{Factor, Observation, Solution};

/// From so many expected deviations on a run pulls no harder.
const ROBUST: f64 = 2.0;

/// The step of a derivative, in standard deviations of a prior.
const STEP: f64 = 1e-4;

/// Where the solution stands: for each factor, standard deviations of its prior's logarithm.
struct Problem<'a> {
    observations: &'a [&'a Observation<'a>],
    factors: &'a [Factor],
    at: DVector<f64>,
}

/// The factors that fit some runs best.
pub(super) fn solve(observations: &[&Observation<'_>], factors: &[Factor]) -> Solution {
    let problem = Problem { observations, factors, at: DVector::zeros(factors.len()) };
    let (solved, _) = LevenbergMarquardt::new().with_ftol(1e-8).with_xtol(1e-8).minimize(problem);
    let spreads = solved.posterior();
    let told = factors.iter().zip(solved.at.iter()).zip(spreads);
    Solution {
        told: told
            .map(|((factor, at), spread)| (*factor, (at * factor.prior()).exp(), spread * factor.prior()))
            .collect(),
    }
}

impl Problem<'_> {
    fn factors(&self, at: &DVector<f64>, deployment: usize) -> Factors {
        let mut found = Factors::default();
        for (factor, deviations) in self.factors.iter().zip(at.iter()) {
            factor.set(&mut found, (deviations * factor.prior()).exp(), deployment);
        }
        found
    }

    /// What a run is off by.
    fn off(&self, of: &Observation<'_>, at: &DVector<f64>) -> f64 {
        let predicted = of.predict(&self.factors(at, of.deployment));
        let off = (of.measured / predicted).ln() / of.noise;
        // What is not predicted tells nothing.
        if off.is_finite() { softened(off) } else { 0.0 }
    }

    /// The standard deviation of each factor once the runs are known, as a share of its prior's.
    fn posterior(&self) -> Vec<f64> {
        let covariance = self.jacobian().and_then(|slopes| (slopes.transpose() * slopes).try_inverse());
        (0..self.factors.len())
            .map(|at| covariance.as_ref().map_or(1.0, |covariance| covariance[(at, at)].max(0.0).sqrt()))
            .collect()
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
        let runs = self.observations.iter().map(|of| self.off(of, &self.at));
        Some(DVector::from_iterator(
            self.observations.len() + self.at.len(),
            runs.chain(self.at.iter().copied()),
        ))
    }

    fn jacobian(&self) -> Option<DMatrix<f64>> {
        let rows = self.observations.len();
        let mut slopes = DMatrix::zeros(rows + self.at.len(), self.at.len());
        let here: Vec<f64> = self.observations.iter().map(|of| self.off(of, &self.at)).collect();
        for (column, factor) in self.factors.iter().enumerate() {
            let mut at = self.at.clone();
            at[column] += STEP;
            for (row, of) in
                self.observations.iter().enumerate().filter(|(_, of)| factor.moves(of.deployment))
            {
                slopes[(row, column)] = (self.off(of, &at) - here[row]) / STEP;
            }
            slopes[(rows + column, column)] = 1.0;
        }
        Some(slopes)
    }
}
