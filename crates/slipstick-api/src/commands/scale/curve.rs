//! Models of other sizes at the same work: what a smaller or a larger one loses.

use slipstick_core::{
    formulas::training::budget::{scaled_size, tokens_of_work},
    units::Flops,
};

use super::laws::{Best, Chosen};

/// A size at the same work.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    /// Its parameters over those of the best.
    pub(super) factor: f64,
    pub(super) parameters: f64,
    pub(super) tokens: f64,
    pub(super) loss: f64,
}

/// Steps of the square root of two from a sixteenth to sixteen times the best.
const STEPS: i32 = 8;

/// The curve around the best model of some work; empty where the law says nothing of loss.
pub(super) fn curve(law: &Chosen, best: &Best, flops: f64) -> Vec<Point> {
    let point = |step: i32| {
        let factor = 2_f64.powf(f64::from(step) / 2.0);
        let parameters = scaled_size(best.parameters, factor);
        let tokens = tokens_of_work(Flops::count(flops), parameters);
        let loss = law.loss(parameters, tokens)?;
        Some(Point { factor, parameters, tokens, loss })
    };
    (-STEPS..=STEPS).filter_map(point).collect()
}
