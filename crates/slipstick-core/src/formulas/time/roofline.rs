//! The roofline: an operator takes as long as its compute or its traffic, whichever is the longer.

use crate::units::{Bandwidth, FlopRate, Flops, Intensity, Seconds, Traffic};

crate::formula! {
    /// Time of one operator under the roofline.
    ///
    /// `T = max(W / pi, Q / beta)`
    ///
    /// $$ T = \max\left(\frac{W}{\pi}, \frac{Q}{\beta}\right) $$
    ///
    /// where W is the work in FLOPs, pi the rate the operator reaches in FLOP/s, Q the bytes moved, and beta the
    /// bandwidth it reaches in B/s.
    ///
    /// Source: Williams, Waterman, Patterson 2009, "Roofline", CACM 52(4).
    ///
    /// ```
    /// # use slipstick_core::{formulas::time::roofline::roofline_time, units::*};
    /// // Batch-1 decode of 7B fp16 weights on an A10: 14 GB over 600 GB/s, far below its 125 TFLOP/s.
    /// let t = roofline_time(
    ///     Flops::count(2.0 * 7e9),
    ///     FlopRate::tflops_per_s(125.0),
    ///     Traffic::bytes(14e9),
    ///     Bandwidth::gb_per_s(600.0),
    /// );
    /// assert!((t.as_ms() - 23.333).abs() < 1e-3);
    /// ```
    pub fn roofline_time(W: Flops, pi: FlopRate, Q: Traffic, beta: Bandwidth) -> Seconds {
        (W / pi).max(Q / beta)
    }

    /// FLOPs done for each byte moved.
    ///
    /// `I = W / Q`
    ///
    /// $$ I = \frac{W}{Q} $$
    ///
    /// where W is the work in FLOPs and Q the bytes moved.
    ///
    /// Source: Williams, Waterman, Patterson 2009, "Roofline", CACM 52(4).
    pub fn arithmetic_intensity(W: Flops, Q: Traffic) -> Intensity {
        W / Q
    }

    /// The intensity above which arithmetic binds and no longer memory.
    ///
    /// `I* = pi / beta`
    ///
    /// $$ I^{*} = \frac{\pi}{\beta} $$
    ///
    /// where pi is the dense peak in FLOP/s and beta the memory bandwidth in B/s.
    ///
    /// Source: Williams, Waterman, Patterson 2009, "Roofline", CACM 52(4).
    pub fn ridge_point(pi: FlopRate, beta: Bandwidth) -> Intensity {
        pi.ridge(beta)
    }
}
