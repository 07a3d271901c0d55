//! The factors that fit some runs best.

use nalgebra::{DMatrix, DVector};
use slipstick_catalog::calibrations::Factors;

use super::{Factor, Observation, Solution};
use crate::least_squares::{Residuals, STEP, minimum, softened};

/// From so many expected deviations on a run pulls no harder.
const ROBUST: f64 = 2.0;

/// How near the solution is sought.
const TOLERANCE: f64 = 1e-8;

/// Factors, whose places are standard deviations of their priors' logarithms, and what they are told by.
struct Problem<'a> {
    observations: &'a [&'a Observation<'a>],
    factors: &'a [Factor],
}

/// The factors that fit some runs best.
pub(super) fn solve(observations: &[&Observation<'_>], factors: &[Factor]) -> Solution {
    let problem = Problem { observations, factors };
    let at = minimum(&problem, TOLERANCE);
    let told = factors.iter().zip(at.iter()).zip(problem.posterior(&at));
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
    fn one(&self, of: &Observation<'_>, at: &DVector<f64>) -> f64 {
        let predicted = (of.predict)(&self.factors(at, of.deployment));
        softened((of.measured / predicted).ln() / of.noise, ROBUST)
    }

    /// The standard deviation of each factor once the runs are known, as a share of its prior's.
    fn posterior(&self, at: &DVector<f64>) -> Vec<f64> {
        let slopes = self.slopes(at);
        let covariance = (slopes.transpose() * slopes).try_inverse();
        (0..self.factors.len())
            .map(|at| covariance.as_ref().map_or(1.0, |covariance| covariance[(at, at)].max(0.0).sqrt()))
            .collect()
    }
}

impl Residuals for Problem<'_> {
    fn places(&self) -> usize {
        self.factors.len()
    }

    fn off(&self, at: &DVector<f64>) -> DVector<f64> {
        let runs = self.observations.iter().map(|of| self.one(of, at));
        DVector::from_iterator(self.observations.len() + at.len(), runs.chain(at.iter().copied()))
    }

    /// Only runs of its deployment change with a level.
    fn slopes(&self, at: &DVector<f64>) -> DMatrix<f64> {
        let rows = self.observations.len();
        let mut slopes = DMatrix::zeros(rows + at.len(), at.len());
        let here = self.off(at);
        for (column, factor) in self.factors.iter().enumerate() {
            let mut moved = at.clone();
            moved[column] += STEP;
            for (row, of) in
                self.observations.iter().enumerate().filter(|(_, of)| factor.moves(of.deployment))
            {
                slopes[(row, column)] = (self.one(of, &moved) - here[row]) / STEP;
            }
            slopes[(rows + column, column)] = 1.0;
        }
        slopes
    }
}
