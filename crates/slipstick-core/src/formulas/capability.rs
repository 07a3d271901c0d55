//! How capable a model may be, by its size alone.

crate::formula! {
    /// Parameters of the dense model that a model with experts is taken to be as capable as.
    ///
    /// `N_d = sqrt(N * N_a)`
    ///
    /// $$ N_d = \sqrt{N\,N_a} $$
    ///
    /// where N are all parameters and N_a those that one token passes. A dense model is its own equal. It is a rule of
    /// thumb: it knows neither the data nor the year of a model.
    ///
    /// Source: our assumption; the geometric mean is what practitioners use, and no paper stands behind it.
    ///
    /// ```
    /// # use slipstick_core::formulas::capability::dense_equivalent;
    /// assert_eq!(dense_equivalent(8e9, 8e9), 8e9);
    /// // Mixtral 8x7B: 46.7 billion parameters, 12.9 active, stands between a dense 13B and a dense 47B.
    /// assert!((dense_equivalent(46.7e9, 12.9e9) / 1e9 - 24.5).abs() < 0.1);
    /// ```
    pub fn dense_equivalent(N: f64, N_a: f64) -> f64 {
        libm::sqrt(N * N_a)
    }
}
