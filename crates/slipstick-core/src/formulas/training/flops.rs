//! What a training token is said to cost: conventions differ, and a utilisation means nothing without its own.

use crate::{formula, units::Flops};

formula! {
    /// Work of a token with the model's own arithmetic: three passes over every product, and over attention to the tokens
    /// before it.
    ///
    /// `F = 6·N + 12·A·c`
    ///
    /// $$ F = 6 N + 12 A c $$
    ///
    /// where N parameters of products that a token passes through (head included, embedding not), A the sum over layers of
    /// query width times tokens seen under a full mask, c 1 if the whole square is counted and 1/2 if the causal half is.
    /// FLOPs a token.
    ///
    /// Source: Chowdhery et al. 2022, arXiv 2204.02311, appendix B, with a full mask.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::flops::model_flops;
    /// // Llama-3.1-405B, 8,192 tokens a sample, full mask: the 21,508 TFLOPs a sample of MLPerf's logs.
    /// let F = model_flops(405_853_388_800.0 - 2_101_346_304.0, 126.0 * 16_384.0 * 8192.0, 1.0);
    /// assert!((F.get() * 8192.0 / 21_508e12 - 1.0).abs() < 1e-4);
    /// // Llama-3.1-8B, causal: 421.59.
    /// let F = model_flops(8_030_261_248.0 - 525_336_576.0, 32.0 * 4096.0 * 8192.0, 0.5);
    /// assert!((F.get() * 8192.0 / 421.59e12 - 1.0).abs() < 3e-4);
    /// ```
    pub fn model_flops(N: f64, A: f64, c: f64) -> Flops {
        Flops::count(6.0 * N + 12.0 * A * c)
    }

    /// Work of a token of a GPT as its first large runs counted it, recomputation of every layer included.
    ///
    /// `F = 96·L·h^2·(1 + s/(6h) + V/(16·h·L))`
    ///
    /// $$ F = 96 L h^2 \left(1 + \frac{s}{6h} + \frac{V}{16 h L}\right) $$
    ///
    /// where L layers, h hidden size, s sequence length, V vocabulary. FLOPs a token.
    ///
    /// Source: Narayanan et al. 2021, arXiv 2104.04473, equation 3.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::flops::recomputed_gpt;
    /// // Its table 1: 145.6e9 parameters are 80 layers of 12,288.
    /// let F = recomputed_gpt(80.0, 12_288.0, 2048.0, 51_200.0);
    /// assert!((F.get() / (8.0 * 145.6e9) - 1.0).abs() < 0.04);
    /// ```
    pub fn recomputed_gpt(L: f64, h: f64, s: f64, V: f64) -> Flops {
        Flops::count(96.0 * L * h * h * (1.0 + s / (6.0 * h) + V / (16.0 * h * L)))
    }
}
