//! How many experts a batch touches.

crate::formula! {
    /// Expected number of distinct experts that a batch of tokens is routed to.
    ///
    /// `n = E·(1 - (1 - k/E)·(1 + q·x)^(-1/q)), x = (1 - M)·ln(1 - k/E); E·(1 - (1 - k/E)^M) for q = 0 or M < 1`
    ///
    /// $$ n = E\left(1 - \left(1 - \frac{k}{E}\right)(1 + q x)^{-1/q}\right), \quad x = (1 - M)\ln\left(1 - \frac{k}{E}\right) $$
    ///
    /// where E is the number of experts, k those a token chooses, M the tokens of the batch, and q how uneven experts are
    /// chosen: the squared coefficient of variation of their popularity, taken to be gamma distributed. Uniform routing
    /// (q = 0) is the upper bound on n.
    ///
    /// Source: occupancy of M draws without replacement within a token (linearity of expectation); for uneven choice the
    /// negative binomial of Greenwood and Yule 1920, whose share of zeros is (1 + q·x)^(-1/q).
    ///
    /// ```
    /// # use slipstick_core::formulas::time::experts::experts_touched;
    /// assert!((experts_touched(256.0, 8.0, 1.0, 0.5) - 8.0).abs() < 1e-9); // one token touches exactly k
    /// assert!(experts_touched(256.0, 8.0, 1000.0, 0.0) > 255.9); // a large batch touches all
    /// // Greenwood and Yule's share of zeros at q = 1 is the geometric law's: 1/(1 + x).
    /// let missed = 1.0 - experts_touched(256.0, 8.0, 33.0, 1.0) / 256.0;
    /// let x = -32.0 * (1.0f64 - 8.0 / 256.0).ln();
    /// assert!((missed - (1.0 - 8.0 / 256.0) / (1.0 + x)).abs() < 1e-12);
    /// ```
    pub fn experts_touched(E: f64, k: f64, M: f64, q: f64) -> f64 {
        if k >= E {
            return E;
        }
        E * (1.0 - missed(M, q, libm::log1p(-k / E)))
    }
}

/// The share of experts that M tokens miss, from the logarithm of the share that one misses.
pub(crate) fn missed(tokens: f64, unevenness: f64, log_missed: f64) -> f64 {
    if unevenness <= 0.0 || tokens <= 1.0 {
        return libm::exp(tokens * log_missed);
    }
    let met = unevenness * (1.0 - tokens) * log_missed;
    libm::exp(log_missed - libm::log1p(met) / unevenness)
}
