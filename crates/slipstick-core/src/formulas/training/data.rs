//! Lengths of examples.

use crate::formula;

formula! {
    /// The mean of the longest of b examples, to which a micro-batch is padded.
    ///
    /// `l = ceil(m·(1 + g·log2(b)))`
    ///
    /// $$ l = \lceil m (1 + g \log_2 b) \rceil $$
    ///
    /// where m mean length, g growth for each doubling, b examples of a micro-batch. Tokens.
    ///
    /// Source: foundation-model-stack/fms-acceleration, benchmark references: one data set unpadded and padded at two batches.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::data::padded_length;
    /// // Examples of 289 tokens are padded to 445 in batches of 4 and to 524 in batches of 8.
    /// assert!((padded_length(289, 0.27, 4) - 445.0).abs() < 1.5 && (padded_length(289, 0.27, 8) - 524.0).abs() < 1.5);
    /// ```
    pub fn padded_length(m: u64, g: f64, b: u64) -> f64 {
        libm::ceil(m as f64 * (1.0 + g * libm::log2(b.max(1) as f64)))
    }

    /// Tokens of all passes over a data set.
    ///
    /// `D = e·D_1`
    ///
    /// $$ D = e D_1 $$
    ///
    /// where e passes, D_1 tokens of one, padding apart. Tokens.
    ///
    /// Source: arithmetic.
    ///
    /// No published number: it is a product.
    pub fn passes_over(e: u64, D_1: u64) -> u64 {
        e.saturating_mul(D_1)
    }

    /// Tokens that are computed where every example is padded.
    ///
    /// `D_c = n·e·l`
    ///
    /// $$ D_c = n e l $$
    ///
    /// where n examples, e passes over them, l tokens of a padded one. Tokens.
    ///
    /// Source: arithmetic.
    ///
    /// No published number: it is a product.
    pub fn padded_tokens(n: u64, e: u64, l: u64) -> u64 {
        n.saturating_mul(e).saturating_mul(l)
    }

    /// Tokens that are computed for each that is trained on.
    ///
    /// `x = D_c/max(D, 1)`
    ///
    /// $$ x = \frac{D_c}{\max(D, 1)} $$
    ///
    /// where D_c tokens that are computed, D tokens that are trained on.
    ///
    /// Source: arithmetic.
    ///
    /// No published number: it is a quotient.
    pub fn computed_share(D_c: u64, D: u64) -> f64 {
        D_c as f64 / D.max(1) as f64
    }

    /// The part of a model that is trained.
    ///
    /// `x = n/max(N, 1)`
    ///
    /// $$ x = \frac{n}{\max(N, 1)} $$
    ///
    /// where n trained parameters, N all parameters.
    ///
    /// Source: Hu et al. 2021, arXiv 2106.09685, table 4.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::data::trained_part;
    /// // Rank 16 on every linear layer of Llama-3.1-8B: half a percent.
    /// assert!((trained_part(41_943_040, 8_030_261_248) - 0.005_223).abs() < 1e-6);
    /// ```
    pub fn trained_part(n: u64, N: u64) -> f64 {
        n as f64 / N.max(1) as f64
    }
}
