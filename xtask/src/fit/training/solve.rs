//! The fit: logarithms of measured over predicted steps, least in robust squares beside the priors.

use std::collections::BTreeMap;

use super::{Constant, Effects, TrainingCase, reach::applied};

/// Spread of the logarithm of one measurement about a right prediction: the same job differs so much between vendors.
const NOISE: f64 = 0.06;

/// Residuals of more than this are outliers, and count the less the larger they are.
const OUTLIER: f64 = 0.2;

/// Steps of the whole fit, and of each one with something left out.
const STEPS: usize = 16;
const STEPS_LEFT_OUT: usize = 3;

/// The step of a numeric derivative.
const NUDGE: f64 = 0.02;

/// Logarithms of constants and factors.
#[derive(Debug, Clone)]
pub(super) struct Solution {
    pub(super) reach: Vec<f64>,
    pub(super) effects: Vec<f64>,
}

/// Everything that the fit knows.
pub(super) struct Fit<'a> {
    pub(super) cases: &'a [TrainingCase],
    constants: &'a [Constant],
    pub(super) effects: Effects,
    weights: Vec<f64>,
    pub(super) solution: Solution,
    slopes: Vec<Slopes>,
}

/// A predicted step, and how its logarithm changes with each constant and with the case's factor.
#[derive(Debug, Clone, Default)]
struct Slopes {
    log_time: f64,
    reach: Vec<f64>,
    factor: f64,
}

impl<'a> Fit<'a> {
    /// Fits everything to all cases, from the priors on, so that the tables of before have no part in it.
    pub(super) fn of(cases: &'a [TrainingCase], constants: &'a [Constant]) -> Self {
        let effects = Effects::of(cases);
        let solution = Solution {
            reach: constants.iter().map(|constant| constant.prior).collect(),
            effects: vec![0.0; effects.keys.len()],
        };
        let mut fit =
            Self { cases, constants, effects, weights: weights(cases), solution, slopes: Vec::new() };
        for _ in 0..STEPS {
            fit.slopes = (0..cases.len()).map(|at| fit.slopes_of(at)).collect();
            fit.solution = fit.better(&fit.solution, |_| true);
        }
        fit.slopes = (0..cases.len()).map(|at| fit.slopes_of(at)).collect();
        fit
    }

    /// The fit to some of the cases alone.
    pub(super) fn without(&self, left_out: impl Fn(&TrainingCase) -> bool) -> Solution {
        let mut solution = self.solution.clone();
        for _ in 0..STEPS_LEFT_OUT {
            solution = self.better(&solution, |at| !left_out(&self.cases[at]));
        }
        solution
    }

    /// The logarithm of a case's step.
    pub(super) fn log_time(&self, at: usize, solution: &Solution) -> f64 {
        let case = &self.cases[at];
        let mut reached = applied(case.efficiency(), self.constants, &solution.reach);
        reached.factor = self.log_factor(at, solution).exp();
        case.step(&reached).map_or(f64::NAN, |step| step.total().get().ln())
    }

    fn log_factor(&self, at: usize, solution: &Solution) -> f64 {
        self.effects.of[at].iter().map(|place| solution.effects[*place]).sum()
    }

    fn slopes_of(&self, at: usize) -> Slopes {
        let log_time = self.log_time(at, &self.solution);
        let mut nudged = self.solution.clone();
        let mut reach = Vec::with_capacity(self.constants.len());
        for constant in 0..self.constants.len() {
            nudged.reach[constant] += NUDGE;
            reach.push((self.log_time(at, &nudged) - log_time) / NUDGE);
            nudged.reach[constant] = self.solution.reach[constant];
        }
        nudged.effects[self.effects.of[at][0]] += NUDGE;
        let factor = (self.log_time(at, &nudged) - log_time) / NUDGE;
        Slopes { log_time, reach, factor }
    }

    /// What the slopes about the fit say of another solution's step.
    fn linear(&self, at: usize, solution: &Solution) -> f64 {
        let slopes = &self.slopes[at];
        let moved = |(slope, (now, then)): (&f64, (&f64, &f64))| slope * (now - then);
        let reach: f64 =
            slopes.reach.iter().zip(solution.reach.iter().zip(&self.solution.reach)).map(moved).sum();
        let factor = self.log_factor(at, solution) - self.log_factor(at, &self.solution);
        slopes.log_time + reach + slopes.factor * factor
    }

    /// One step of Gauss and Newton from a solution, over the cases that are kept.
    fn better(&self, from: &Solution, kept: impl Fn(usize) -> bool) -> Solution {
        let constants = self.constants.len();
        let size = constants + self.effects.keys.len();
        let mut matrix = vec![vec![0.0; size]; size];
        let mut right = vec![0.0; size];
        let mut prior = |at: usize, off: f64, sd: f64| {
            matrix[at][at] += 1.0 / (sd * sd);
            right[at] -= off / (sd * sd);
        };
        for (at, constant) in self.constants.iter().enumerate() {
            prior(at, from.reach[at] - constant.prior, constant.log_sd);
        }
        for (at, sd) in self.effects.log_sds.iter().enumerate() {
            prior(constants + at, from.effects[at], *sd);
        }
        for case in (0..self.cases.len()).filter(|at| kept(*at)) {
            let off = self.linear(case, from) - self.cases[case].measured.get().ln();
            if !off.is_finite() {
                continue;
            }
            let weight = self.weights[case] / (NOISE * NOISE) / (1.0 + (off / OUTLIER).powi(2));
            let slopes = &self.slopes[case];
            let mut row: Vec<(usize, f64)> = slopes.reach.iter().copied().enumerate().collect();
            row.extend(self.effects.of[case].iter().map(|place| (constants + place, slopes.factor)));
            for (at, slope) in &row {
                right[*at] -= weight * slope * off;
                for (other, its) in &row {
                    matrix[*at][*other] += weight * slope * its;
                }
            }
        }
        let moved = solved(matrix, right);
        let add = |values: &[f64], by: &[f64]| values.iter().zip(by).map(|(value, by)| value + by).collect();
        Solution {
            reach: add(&from.reach, &moved[..constants]),
            effects: add(&from.effects, &moved[constants..]),
        }
    }
}

/// A case counts as the root of its cluster does: many rows of one model on one chip under one software are not many
/// witnesses.
fn weights(cases: &[TrainingCase]) -> Vec<f64> {
    let cluster = |case: &TrainingCase| {
        (case.stack.clone(), case.model.clone(), case.family.clone(), case.format, case.work)
    };
    let mut sizes: BTreeMap<_, u32> = BTreeMap::new();
    for case in cases {
        *sizes.entry(cluster(case)).or_default() += 1;
    }
    cases.iter().map(|case| 1.0 / f64::from(sizes[&cluster(case)]).sqrt()).collect()
}

/// The solution of a symmetric positive definite system, by elimination.
pub(in crate::fit) fn solved(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let size = right.len();
    for pivot in 0..size {
        let (above, below) = matrix.split_at_mut(pivot + 1);
        let own = &above[pivot];
        for (offset, row) in below.iter_mut().enumerate() {
            let times = row[pivot] / own[pivot];
            if times != 0.0 {
                for at in pivot..size {
                    row[at] -= times * own[at];
                }
                right[pivot + 1 + offset] -= times * right[pivot];
            }
        }
    }
    for pivot in (0..size).rev() {
        let known: f64 = (pivot + 1..size).map(|at| matrix[pivot][at] * right[at]).sum();
        right[pivot] = (right[pivot] - known) / matrix[pivot][pivot];
    }
    right
}

#[cfg(test)]
mod tests {
    use super::solved;

    #[test]
    fn a_system_is_solved() {
        let found = solved(vec![vec![4.0, 1.0], vec![1.0, 3.0]], vec![1.0, 2.0]);
        assert!((found[0] - 1.0 / 11.0).abs() < 1e-12 && (found[1] - 7.0 / 11.0).abs() < 1e-12);
    }
}
