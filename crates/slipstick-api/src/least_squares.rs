//! Robust least squares on logarithms of measured over predicted, with priors: what `calibrate` and the fit of the shipped
//! tables share. The places of a solution are counted in standard deviations of the priors.

use levenberg_marquardt::{LeastSquaresProblem, LevenbergMarquardt};
use nalgebra::{DMatrix, DVector, Dyn, Owned};

/// The step of a derivative, in standard deviations of a prior.
pub const STEP: f64 = 1e-4;

/// A residual that pulls no harder from so many expected deviations on: its square grows as the pseudo-Huber loss does. What
/// is not predicted tells nothing.
pub fn softened(off: f64, robust: f64) -> f64 {
    let x = off / robust;
    let softened = robust * (2.0 * (x.hypot(1.0) - 1.0)).sqrt().copysign(off);
    if softened.is_finite() { softened } else { 0.0 }
}

/// What measurements and priors are off by.
pub trait Residuals {
    /// How many places there are.
    fn places(&self) -> usize;

    /// All residuals at a place: of the measurements, and of the priors.
    fn off(&self, at: &DVector<f64>) -> DVector<f64>;

    /// How they change with each place.
    fn slopes(&self, at: &DVector<f64>) -> DMatrix<f64>;

    /// How they change with one place, where they are known to be `here`.
    fn slope(&self, at: &DVector<f64>, here: &DVector<f64>, place: usize) -> DVector<f64> {
        let mut moved = at.clone();
        moved[place] += STEP;
        (self.off(&moved) - here) / STEP
    }
}

/// Where the squares of residuals are least, from the priors on, to a relative tolerance.
pub fn minimum(of: &impl Residuals, tolerance: f64) -> DVector<f64> {
    let problem = Problem { of, at: DVector::zeros(of.places()) };
    LevenbergMarquardt::new().with_ftol(tolerance).with_xtol(tolerance).minimize(problem).0.at
}

struct Problem<'a, R> {
    of: &'a R,
    at: DVector<f64>,
}

impl<R: Residuals> LeastSquaresProblem<f64, Dyn, Dyn> for Problem<'_, R> {
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
        Some(self.of.off(&self.at))
    }

    fn jacobian(&self) -> Option<DMatrix<f64>> {
        Some(self.of.slopes(&self.at))
    }
}

#[cfg(test)]
mod tests {
    use super::softened;

    #[test]
    fn far_runs_pull_no_harder() {
        assert!((softened(0.01, 0.5) - 0.01).abs() < 1e-5 && softened(-3.0, 0.5) < 0.0);
        assert!(softened(f64::NAN, 0.5).abs() < f64::EPSILON, "what is not predicted tells nothing");
        // The slope of half the square: what a run pulls with.
        let square = |off: f64| softened(off, 0.5).powi(2);
        let pull = |off: f64| (square(off + 1e-6) - square(off)) / 2e-6;
        assert!((pull(8.0) - pull(4.0)).abs() < 0.01 && (pull(8.0) - 0.5).abs() < 0.01);
    }
}
