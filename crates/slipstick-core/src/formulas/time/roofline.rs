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
    ///
    /// ```
    /// # use slipstick_core::{formulas::time::roofline::arithmetic_intensity, units::*};
    /// // Attention of Llama-2-7B over 4096 tokens: 62 FLOP/B (Baseten 2023, "A guide to LLM inference and performance").
    /// let (n, d) = (4096.0, 128.0);
    /// let (work, moved) = (Flops::count(4.0 * n * n * d + 3.0 * n * n), Traffic::bytes(8.0 * n * n + 8.0 * n * d));
    /// assert_eq!(arithmetic_intensity(work, moved).get().round(), 62.0);
    /// ```
    pub fn arithmetic_intensity(W: Flops, Q: Traffic) -> Intensity {
        W / Q
    }

    /// The rate that an operator reaches: its work over its time, whatever it waits for.
    ///
    /// `P = W / T`
    ///
    /// $$ P = \frac{W}{T} $$
    ///
    /// where W is the work in FLOPs and T the time in seconds.
    ///
    /// Source: Williams, Waterman, Patterson 2009, "Roofline", CACM 52(4): the height of a kernel's point.
    ///
    /// ```
    /// # use slipstick_core::{formulas::time::roofline::reached_rate, units::*};
    /// // One A100 trains GPT-3 175B at 148 TFLOP/s (Narayanan et al. 2021, table 1): 1024 of them do 151.5 PFLOP in a second.
    /// let reached = reached_rate(Flops::count(151.5e15 / 1024.0), Seconds::s(1.0));
    /// assert_eq!(reached.as_tflops_per_s().round(), 148.0);
    /// ```
    pub fn reached_rate(W: Flops, T: Seconds) -> FlopRate {
        W / T
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
    ///
    /// ```
    /// # use slipstick_core::{formulas::time::roofline::ridge_point, units::*};
    /// // An NVIDIA A10: 208.3 FLOP/B (Baseten 2023, "A guide to LLM inference and performance").
    /// let ridge = ridge_point(FlopRate::tflops_per_s(125.0), Bandwidth::gb_per_s(600.0));
    /// assert!((ridge.get() - 208.3).abs() < 0.05);
    /// ```
    pub fn ridge_point(pi: FlopRate, beta: Bandwidth) -> Intensity {
        pi.ridge(beta)
    }
}
