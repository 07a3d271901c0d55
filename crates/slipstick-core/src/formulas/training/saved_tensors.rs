//! What automatic differentiation keeps of each module of an eager framework, in bytes for each token.
//!
//! Each tensor counts once, however many operators keep it. A matrix product keeps its input; a product with a frozen
//! tensor (the cosines of rotary embedding) keeps nothing.

use crate::{formula, units::Bytes};

formula! {
    /// Kept by a root-mean-square norm that computes in fp32: its input in fp32, one reciprocal root for each of `n`
    /// normalised vectors, and its output before the scale.
    ///
    /// `M = 4·w + 4·n + a·w`
    ///
    /// $$ M = 4 w + 4 n + a w $$
    ///
    /// where w elements a token, n vectors that they form, a bytes of an element. Bytes a token.
    ///
    /// Source: counted on the saved tensors of transformers' modules, hidden size 256.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::saved_tensors::rms_norm;
    /// // Two norms of width 256 in bf16 keep 394,240 bytes of 128 tokens.
    /// assert_eq!(2 * 128 * rms_norm(256, 1, 2).get(), 394_240);
    /// ```
    pub fn rms_norm(w: u64, n: u64, a: u64) -> Bytes {
        Bytes::new(4 * w + 4 * n + a * w)
    }

    /// Kept by a layer norm: its input, its mean and its reciprocal deviation.
    ///
    /// `M = a·w + 2·a`
    ///
    /// $$ M = a w + 2 a $$
    ///
    /// where w elements a token, a bytes of an element. Bytes a token; the output is kept by what reads it.
    ///
    /// Source: counted on the saved tensors of transformers' modules, hidden size 256.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::saved_tensors::layer_norm;
    /// assert_eq!(2 * 128 * layer_norm(256, 4).get(), 264_192);
    /// ```
    pub fn layer_norm(w: u64, a: u64) -> Bytes {
        Bytes::new(a * w + 2 * a)
    }

    /// Kept around fused attention: the input of the projections, queries, keys, values, the output, and one logarithm of a
    /// sum for each head.
    ///
    /// `M = a·(h + q + k + v + o) + 4·n`
    ///
    /// $$ M = a (h + q + k + v + o) + 4 n $$
    ///
    /// where h hidden size, q, k, v, o widths of queries, keys, values and outputs, n query heads, a bytes of an element.
    /// Bytes a token.
    ///
    /// Source: counted on the saved tensors of transformers' modules; Dao et al. 2022, arXiv 2205.14135, section 3.1 for the
    /// logarithm of the sum.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::saved_tensors::fused_attention;
    /// // Hidden size 512, eight query and two key-value heads of 64, bf16, 128 tokens.
    /// assert_eq!(128 * fused_attention(512, 512, 128, 128, 512, 8, 2).get(), 462_848);
    /// ```
    pub fn fused_attention(h: u64, q: u64, k: u64, v: u64, o: u64, n: u64, a: u64) -> Bytes {
        Bytes::new(a * (h + q + k + v + o) + 4 * n)
    }

    /// Kept of the scores of unfused attention: the softmax in its own format and, where that is wider than an element, its
    /// copy in the elements' format.
    ///
    /// `M = n·s·(b + a·[b > a])`
    ///
    /// $$ M = n s (b + a \, 1_{b > a}) $$
    ///
    /// where n query heads, s tokens seen, b bytes of a softmax value, a bytes of an element. Bytes a token.
    ///
    /// Source: counted on the saved tensors of transformers' modules.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::saved_tensors::{fused_attention, scores};
    /// // Four heads of 64, bf16 with a softmax in fp32, 128 tokens: 720,896 bytes.
    /// let without_sum = fused_attention(256, 256, 256, 256, 256, 0, 2).get();
    /// assert_eq!(128 * (without_sum + scores(4, 128, 4, 2).get()), 720_896);
    /// ```
    pub fn scores(n: u64, s: u64, b: u64, a: u64) -> Bytes {
        let copy = if b > a { a } else { 0 };
        Bytes::new((n * s).saturating_mul(b + copy))
    }

    /// Kept by a feed-forward block: its input, and `c` tensors of its inner width: a gated block keeps the gate, its
    /// activation, the other factor and their product; a plain one its inner values before and after the activation; an
    /// activation written out of single operators keeps each step.
    ///
    /// `M = a·(h + c·f)`
    ///
    /// $$ M = a (h + c f) $$
    ///
    /// where h hidden size, f inner width, c kept tensors, a bytes of an element. Bytes a token.
    ///
    /// Source: counted on the saved tensors of transformers' modules.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::saved_tensors::feed_forward;
    /// assert_eq!(128 * feed_forward(256, 704, 4, 2).get(), 786_432);
    /// // GELU by its tanh formula, operator by operator.
    /// assert_eq!(128 * feed_forward(256, 1024, 5, 4).get(), 2_752_512);
    /// ```
    pub fn feed_forward(h: u64, f: u64, c: u64, a: u64) -> Bytes {
        Bytes::new(a * (h + c * f))
    }
}
