//! How many experts a batch touches.

crate::formula! {
    /// Expected number of distinct experts that a batch of tokens is routed to, under uniform routing.
    ///
    /// `n = E·(1 - (1 - k/E)^M)`
    ///
    /// $$ n = E\left(1 - \left(1 - \frac{k}{E}\right)^{M}\right) $$
    ///
    /// where E is the number of experts, k those a token chooses, M the tokens of the batch. Uniform routing is the
    /// upper bound on n: skewed routing touches fewer.
    ///
    /// Source: occupancy of M draws without replacement within a token (linearity of expectation).
    ///
    /// ```
    /// # use slipstick_core::formulas::time::experts::experts_touched;
    /// assert!((experts_touched(256.0, 8.0, 1.0) - 8.0).abs() < 1e-9); // one token touches exactly k
    /// assert!(experts_touched(256.0, 8.0, 1000.0) > 255.9); // a large batch touches all
    /// ```
    pub fn experts_touched(E: f64, k: f64, M: f64) -> f64 {
        if k >= E {
            return E;
        }
        E * (1.0 - libm::pow(1.0 - k / E, M))
    }
}
