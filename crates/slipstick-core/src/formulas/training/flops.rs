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

    /// Work of a token with the whole square of attention, layers that are computed again counted twice forward.
    ///
    /// `F = (6·N + 12·A)·r`
    ///
    /// $$ F = (6 N + 12 A) r $$
    ///
    /// where N and A as in `model_flops`, r 4/3 where every layer is computed again and 1 elsewhere. FLOPs a token.
    ///
    /// Source: Korthikanti et al. 2022, arXiv 2205.05198, section 6.3 (hardware FLOPs utilisation).
    ///
    /// ```
    /// # use slipstick_core::formulas::training::flops::hardware_flops;
    /// // llm-foundry prints HFU = 4/3 MFU with full recomputation.
    /// let [once, again] = [1.0, 4.0 / 3.0].map(|r| hardware_flops(6.7e9, 1e7, r).get());
    /// assert!((again / once - 4.0 / 3.0).abs() < 1e-12);
    /// ```
    pub fn hardware_flops(N: f64, A: f64, r: f64) -> Flops {
        Flops::count((6.0 * N + 12.0 * A) * r)
    }

    /// Work of a token of a GPT by eight times the parameters of its layers: each is computed again, attention is left out.
    ///
    /// `F = 96·L·h^2`
    ///
    /// $$ F = 96 L h^2 $$
    ///
    /// where L layers, h hidden size. FLOPs a token.
    ///
    /// Source: Narayanan et al. 2021, arXiv 2104.04473, equation 3, its first term.
    ///
    /// No published number: logs print the rate that follows from it.
    pub fn eight_per_parameter(L: f64, h: f64) -> Flops {
        Flops::count(96.0 * L * h * h)
    }

    /// Work of a token beside frozen weights, whose gradients nobody needs.
    ///
    /// `F = 4·N`
    ///
    /// $$ F = 4 N $$
    ///
    /// where N parameters of products that a token passes through. FLOPs a token.
    ///
    /// Source: Hu et al. 2021, arXiv 2106.09685, section 4.2, and the printed rates of Megatron-Bridge's LoRA runs.
    ///
    /// No published number: tests hold the printed rates of those runs against it.
    pub fn frozen_flops(N: f64) -> Flops {
        Flops::count(4.0 * N)
    }

    /// Work of a step.
    ///
    /// `W = D_s·F`
    ///
    /// $$ W = D_s F $$
    ///
    /// where D_s tokens of a step, F FLOPs of a token.
    ///
    /// Source: arithmetic.
    ///
    /// No published number: it is a product.
    pub fn step_work(D_s: u64, F: Flops) -> Flops {
        F * D_s as f64
    }

    /// What one accelerator does of a rate that all have together.
    ///
    /// `x = X/n`
    ///
    /// $$ x = \frac{X}{n} $$
    ///
    /// where X rate of all, n accelerators.
    ///
    /// Source: arithmetic.
    ///
    /// No published number: it is a quotient.
    pub fn of_one(X: f64, n: u64) -> f64 {
        X / n as f64
    }
}
