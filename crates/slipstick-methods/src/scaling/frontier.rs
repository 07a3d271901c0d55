//! The best model of a budget as a power of it.

use libm::pow;
use slipstick_core::formula;

formula! {
    /// Parameters of the best model of a budget.
    ///
    /// `optimal_parameters = k·C^a`
    ///
    /// $$ N_{opt} = k\,C^a $$
    ///
    /// where C work of training in FLOP, k and a fitted; in parameters.
    ///
    /// ```
    /// # use slipstick_methods::scaling::frontier::optimal_parameters;
    /// // Hoffmann et al. 2022, D.4: by the first approach 2.86 billion for 10^21 FLOP; table 3: 1 trillion for 1.27e26.
    /// assert!((optimal_parameters(1e21, 0.09916, 0.4981) / 2.86e9 - 1.0).abs() < 0.012);
    /// assert!((optimal_parameters(1.27e26, 0.09916, 0.4981) / 1e12 - 1.0).abs() < 0.005);
    /// ```
    ///
    /// Source: Hoffmann et al. 2022, section 3.1.
    pub fn optimal_parameters(flops: f64, k: f64, a: f64) -> f64 {
        k * pow(flops, a)
    }

    /// Tokens that it is trained on.
    ///
    /// `optimal_tokens = C/(6·k·C^a)`
    ///
    /// $$ D_{opt} = \frac{C}{6\,k\,C^a} $$
    ///
    /// where C work of training in FLOP, counted as 6·N·D; in tokens.
    ///
    /// Source: Hoffmann et al. 2022, section 3.1.
    pub fn optimal_tokens(flops: f64, k: f64, a: f64) -> f64 {
        flops / (6.0 * k * pow(flops, a))
    }

    /// The budget whose best model has so many parameters.
    ///
    /// `optimal_flops = (N/k)^(1/a)`
    ///
    /// $$ C = (N/k)^{1/a} $$
    ///
    /// where N parameters; in FLOP.
    ///
    /// Source: Hoffmann et al. 2022, section 3.1, solved for C.
    pub fn optimal_flops(parameters: f64, k: f64, a: f64) -> f64 {
        pow(parameters / k, 1.0 / a)
    }
}
