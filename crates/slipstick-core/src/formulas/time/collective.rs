//! Collectives over a ring: a latency that grows with the ranks, and bytes over the link. Never memory bandwidth.

use crate::units::{Bandwidth, Seconds, Traffic};

crate::formula! {
    /// Time of an all-reduce over a ring.
    ///
    /// `T = alpha + 2·(n - 1)/n · M / beta`
    ///
    /// $$ T = \alpha + \frac{2(n-1)}{n}\,\frac{M}{\beta} $$
    ///
    /// where alpha is the latency of the whole collective, n the ranks, M the bytes of the reduced vector on one rank, and
    /// beta the bandwidth one rank sends at, in B/s. With one rank there is nothing to do.
    ///
    /// Source: Thakur, Rabenseifner, Gropp 2005, section 4; NCCL's bus bandwidth convention (nccl-tests, PERFORMANCE.md).
    ///
    /// ```
    /// # use slipstick_core::{formulas::time::collective::all_reduce_time, units::*};
    /// // 512 MiB over 8 ranks at 445 GB/s, the bus bandwidth measured on an eight-GPU Hopper node: 2.11 ms.
    /// let t = all_reduce_time(8, Bytes::mib(512).traffic(), Bandwidth::gb_per_s(445.0), Seconds::ZERO);
    /// assert!((t.as_ms() - 2.111).abs() < 1e-3);
    /// ```
    pub fn all_reduce_time(n: u64, M: Traffic, beta: Bandwidth, alpha: Seconds) -> Seconds {
        if n <= 1 {
            return Seconds::ZERO;
        }
        alpha + M * (2.0 * (n - 1) as f64 / n as f64) / beta
    }

    /// Time of an all-to-all in which each rank sends an equal share to each other.
    ///
    /// `T = alpha + (n - 1)/n · M / beta`
    ///
    /// $$ T = \alpha + \frac{n-1}{n}\,\frac{M}{\beta} $$
    ///
    /// where alpha is the latency, n the ranks, M the bytes one rank holds, beta the bandwidth one rank sends at.
    ///
    /// Source: NCCL's bus bandwidth convention (nccl-tests, PERFORMANCE.md).
    ///
    /// ```
    /// # use slipstick_core::{formulas::time::collective::all_to_all_time, units::*};
    /// // The convention's factor for eight ranks is 7/8.
    /// let t = all_to_all_time(8, Traffic::bytes(8e9), Bandwidth::gb_per_s(7.0), Seconds::ZERO);
    /// assert_eq!(t.get(), 1.0);
    /// ```
    pub fn all_to_all_time(n: u64, M: Traffic, beta: Bandwidth, alpha: Seconds) -> Seconds {
        if n <= 1 {
            return Seconds::ZERO;
        }
        alpha + M * ((n - 1) as f64 / n as f64) / beta
    }

    /// Time of a transfer from one accelerator to the next.
    ///
    /// `T = alpha + M / beta`
    ///
    /// $$ T = \alpha + \frac{M}{\beta} $$
    ///
    /// where alpha is the latency, M the bytes sent, beta the bandwidth of the link.
    ///
    /// Source: the latency and bandwidth model of Hockney 1994, "The communication challenge for MPP".
    ///
    /// No published number: latency and bandwidth are measured for each link; the model has no number of its own.
    pub fn transfer_time(alpha: Seconds, M: Traffic, beta: Bandwidth) -> Seconds {
        alpha + M / beta
    }
}
