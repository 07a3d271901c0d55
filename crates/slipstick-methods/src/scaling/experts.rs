//! How far more experts go: the count that Clark et al. 2022 give them, which others took over.

use slipstick_core::formula;

formula! {
    /// Experts as they count, few of them more than they are and many less.
    ///
    /// `effective_experts = 1/(1/(E - 1 + 1/(1/E_start - 1/E_max)) + 1/E_max)`
    ///
    /// $$ \frac{1}{\hat E} = \frac{1}{E - 1 + \left(\frac{1}{E_{start}} - \frac{1}{E_{max}}\right)^{-1}} + \frac{1}{E_{max}} $$
    ///
    /// where E experts of a layer, E_start what one counts, E_max what endlessly many do; in experts.
    ///
    /// ```
    /// # use slipstick_methods::scaling::experts::effective_experts;
    /// assert!((effective_experts(1.0, 1.847, 314.478) - 1.847).abs() < 1e-12); // so defined
    /// assert!(effective_experts(1e12, 1.847, 314.478) < 314.478);
    /// ```
    ///
    /// Source: Clark et al. 2022, eq. 1.
    pub fn effective_experts(experts: f64, E_start: f64, E_max: f64) -> f64 {
        1.0 / (1.0 / (experts - 1.0 + 1.0 / (1.0 / E_start - 1.0 / E_max)) + 1.0 / E_max)
    }
}
