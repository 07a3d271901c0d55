//! Counts of parameters.

crate::formula! {
    /// Parameters that one token passes through.
    ///
    /// `N_a = N - N_i`
    ///
    /// $$ N_a = N - N_i $$
    ///
    /// where N are all parameters and N_i those of the routed experts that a token is not sent to.
    ///
    /// Source: Shazeer et al. 2017 (arXiv 1701.06538): a token meets the chosen experts only.
    ///
    /// ```
    /// # use slipstick_core::formulas::parameters::active_parameters;
    /// // DeepSeek-V3: 671 billion, of which 37 are activated for each token (arXiv 2412.19437); 248 of 256 experts of
    /// // 3 x 7168 x 2048 in 58 layers are not.
    /// let idle = 58 * 248 * 3 * 7168 * 2048;
    /// assert_eq!(active_parameters(671_026_419_200, idle) / 1_000_000_000, 37);
    /// ```
    pub fn active_parameters(N: u64, N_i: u64) -> u64 {
        N.saturating_sub(N_i)
    }
}
