//! How long a pipeline's stages wait for each other.

use crate::{formula, units::Seconds};

formula! {
    /// Idle time of a step whose stages take one forward and one backward in turn.
    ///
    /// `T = (p - 1)·(F + B)/v`
    ///
    /// $$ T = \frac{(p - 1)(F + B)}{v} $$
    ///
    /// where p stages, F and B forward and backward time of a micro-batch on a stage, v chunks of layers a stage
    /// (interleaved; 1 otherwise).
    ///
    /// Source: Narayanan et al. 2021, arXiv 2104.04473, section 2.2.
    ///
    /// ```
    /// # use slipstick_core::{formulas::training::bubble::one_forward_one_backward, units::Seconds};
    /// // Eight stages, 64 micro-batches: 7/64 of the ideal time.
    /// let idle = one_forward_one_backward(8, Seconds::s(1.0), Seconds::s(2.0), 1);
    /// assert!((idle.get() / (64.0 * 3.0) - 7.0 / 64.0).abs() < 1e-12);
    /// ```
    pub fn one_forward_one_backward(p: u64, F: Seconds, B: Seconds, v: u64) -> Seconds {
        (F + B) * ((p - 1) as f64 / v.max(1) as f64)
    }

    /// Idle time when the gradients of weights fill the wait.
    ///
    /// `T = (p - 1)·(F + B - k·W)`
    ///
    /// $$ T = (p - 1)(F + B - k W) $$
    ///
    /// where p stages, F forward and B whole backward time of a micro-batch on a stage, W the part of B that computes
    /// gradients of weights, k 2 with as many micro-batches in flight as otherwise (ZB-H1) and 3 with twice as many (ZB-H2)
    /// or two chunks a stage (ZB-V). Never below zero.
    ///
    /// Source: Qi et al. 2023, arXiv 2401.10241, table 2, whose B leaves W out.
    ///
    /// ```
    /// # use slipstick_core::{formulas::training::bubble::zero_bubble, units::Seconds};
    /// // Where F = B - W = W the wait is a third of the usual one, then nothing.
    /// let [half, none] = [2, 3].map(|k| zero_bubble(8, Seconds::s(1.0), Seconds::s(2.0), Seconds::s(1.0), k).get());
    /// assert_eq!((half, none), (7.0, 0.0));
    /// ```
    pub fn zero_bubble(p: u64, F: Seconds, B: Seconds, W: Seconds, k: u64) -> Seconds {
        ((F + B - W * k as f64) * (p - 1) as f64).max(Seconds::ZERO)
    }

    /// Idle time when two chunks a stage are placed so that less is held.
    ///
    /// `T = f·(p - 1)·(F + B)`
    ///
    /// $$ T = f (p - 1)(F + B) $$
    ///
    /// where p stages, F and B forward and backward time of a micro-batch on a stage, f 1/2 where half of the activations are
    /// held (V-Half) and 2/3 where a third is (V-Min).
    ///
    /// Source: Qi et al. 2024, arXiv 2405.15362, table 1.
    ///
    /// No published number: the paper prints the fractions alone.
    pub fn controlled(p: u64, F: Seconds, B: Seconds, f: f64) -> Seconds {
        (F + B) * ((p - 1) as f64 * f)
    }

    /// Idle time when micro-batches enter from both ends.
    ///
    /// `T = (p/2 - 1)·(F_B + B - 3·W)`
    ///
    /// $$ T = \left(\frac{p}{2} - 1\right)(FB + B - 3 W) $$
    ///
    /// where p stages, F_B the time of a forward and a backward that overlap, B whole backward time, W the part of it that
    /// computes gradients of weights. Never below zero.
    ///
    /// Source: DeepSeek-V3, arXiv 2412.19437, table 2 (DualPipe).
    ///
    /// No published number: the paper prints the formula alone.
    pub fn from_both_ends(p: u64, F_B: Seconds, B: Seconds, W: Seconds) -> Seconds {
        let turns = (p as f64 / 2.0 - 1.0).max(0.0);
        ((F_B + B - W * 3.0) * turns).max(Seconds::ZERO)
    }
}
