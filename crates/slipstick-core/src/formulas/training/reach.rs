//! What kernels of training reach, by the shape of their work.

use crate::{
    formula,
    units::{Flops, Seconds},
};

formula! {
    /// The share of its best rate that work of some extent reaches, where starting and finishing cost as much as a fixed
    /// extent does.
    ///
    /// `u = x/(x + h)`
    ///
    /// $$ u = \frac{x}{x + h} $$
    ///
    /// where x the extent (rows of a product, tokens of a sequence, width of a head) and h the extent at which half of the
    /// best rate is reached.
    ///
    /// Source: Hockney and Jesshope 1981, "Parallel Computers", the half-performance length of a pipelined unit.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::reach::saturating;
    /// // cuDNN's backward attention on an H200 reaches 0.52 of the peak at 16,384 tokens, and 0.28 at 1,024.
    /// let (long, short) = (saturating(16_384.0, 1083.0), saturating(1024.0, 1083.0));
    /// assert!((short / long / (0.28 / 0.52) - 1.0).abs() < 0.05);
    /// ```
    pub fn saturating(x: f64, h: f64) -> f64 {
        x / (x + h)
    }

    /// Work of a layer's products as its share of the peak sees it: a product whose split side is w takes as long as one of
    ///
    /// w + h, since its edges fill no whole tiles, and one whose result is n by w as one of a more values, since the last
    /// tiles leave a part of the accelerator idle.
    ///
    /// `F = 2·n·(P/t + h·S) + 2·a·(C + R/t)`
    ///
    /// $$ F = 2 n \left(\frac{P}{t} + h S\right) + 2 a \left(C + \frac{R}{t}\right) $$
    ///
    /// where n tokens, P parameters of the products, t ranks that split them, h the width that is lost to edges, S the sum
    /// over products of the side that is not split, a values of a result that are lost to the last tiles, C and R the sums
    /// of the inputs of products whose outputs and whose inputs are split.
    ///
    /// Source: arithmetic; the sum over products of 2·n·(w/t + h)·s, with w and s their split and other side, and of the
    /// part of a wave of tiles that is idle in the mean: NVIDIA, Matrix Multiplication Background, wave quantization.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::reach::split_products;
    /// // One product of 4,096 by 14,336 on eight ranks: 1,792 columns that take as long as 1,856.
    /// let F = split_products(1.0, 4096.0 * 14_336.0, 8.0, 64.0, 4096.0, 0.0, 4096.0, 0.0);
    /// assert!((F.get() / (2.0 * 4096.0 * 1792.0) - 1856.0 / 1792.0).abs() < 1e-12);
    /// // 4,096 tokens by 1,280 outputs are 5.2 million values, as long as 6.8 million.
    /// let F = split_products(4096.0, 8192.0 * 1280.0, 1.0, 0.0, 8192.0, 1.6e6, 8192.0, 0.0);
    /// assert!((F.get() / (2.0 * 4096.0 * 8192.0 * 1280.0) - 1.305).abs() < 1e-3);
    /// ```
    #[expect(clippy::too_many_arguments, reason = "the symbols of one formula")]
    pub fn split_products(n: f64, P: f64, t: f64, h: f64, S: f64, a: f64, C: f64, R: f64) -> Flops {
        Flops::count(2.0 * n * (P / t + h * S) + 2.0 * a * (C + R / t))
    }

    /// What ranks wait for the slowest of them, whose clock and links differ a little from the others'.
    ///
    /// `t = c·g·log2(R)`
    ///
    /// $$ t = c g \log_2 R $$
    ///
    /// where c time of computation, g growth of the slowest over the mean for each doubling of the ranks, R ranks. Seconds.
    ///
    /// Source: Llama 3, arXiv 2407.21783, section 3.3.4: one slow rank slows thousands.
    ///
    /// ```
    /// # use slipstick_core::{formulas::training::reach::straggler_wait, units::Seconds};
    /// // Four tenths of a per cent for each doubling are four per cent of 1,024 ranks.
    /// assert!((straggler_wait(Seconds::s(10.0), 0.004, 1024.0).get() - 0.4).abs() < 1e-12);
    /// ```
    pub fn straggler_wait(c: Seconds, g: f64, R: f64) -> Seconds {
        c * (g * R.max(1.0).log2())
    }
}
