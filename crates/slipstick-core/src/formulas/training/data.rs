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
}
