//! How many earlier tokens a prompt's tokens see on average.

crate::formula! {
    /// Mean number of tokens that the tokens of a prompt attend to, within a window.
    ///
    /// `v = s/2 for s <= w, else w - w^2/(2·s)`
    ///
    /// $$ v = \begin{cases} s/2 & s \le w \\ w - \frac{w^2}{2s} & s > w \end{cases} $$
    ///
    /// where s is the prompt's length and w the window, both in tokens; an unbounded span is a window of s. It is the mean
    /// of min(i, w) over positions i from 0 to s, in the continuous limit.
    ///
    /// Source: arithmetic; the causal half s/2 is PaLM (Chowdhery et al. 2022), appendix B, with the mask applied.
    ///
    /// ```
    /// # use slipstick_core::formulas::time::span::mean_visible;
    /// assert!((mean_visible(1000.0, 1000.0) - 500.0).abs() < 1e-9);
    /// assert!((mean_visible(8192.0, 1024.0) - 960.0).abs() < 1e-9);
    /// ```
    pub fn mean_visible(s: f64, w: f64) -> f64 {
        if s <= w { s / 2.0 } else { w - w * w / (2.0 * s) }
    }

    /// Mean number of tokens that those tokens of a prompt attend to whose predecessors are in the cache already.
    ///
    /// `v = (s·v_s - p·v_p) / (s - p)`
    ///
    /// $$ v = \frac{s\,v_s - p\,v_p}{s - p} $$
    ///
    /// where s is the prompt's length, p its leading tokens that are in the cache, v_s and v_p the means over all tokens of
    /// prompts of those lengths. Tokens.
    ///
    /// Source: the mean over positions from p to s is the difference of two sums.
    ///
    /// ```
    /// # use slipstick_core::formulas::time::span::mean_visible_behind;
    /// // The last hundred tokens of a thousand see 950 of them, and no more than the window.
    /// assert!((mean_visible_behind(1000.0, 900.0, 500.0, 450.0) - 950.0).abs() < 1e-9);
    /// ```
    pub fn mean_visible_behind(s: f64, p: f64, v_s: f64, v_p: f64) -> f64 {
        if p <= 0.0 { v_s } else { (s * v_s - p * v_p) / (s - p) }
    }
}
