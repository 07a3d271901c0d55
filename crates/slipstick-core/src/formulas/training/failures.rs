//! Failures: how often, when to write a checkpoint, and what share of the time is useful.

use crate::{
    formula,
    units::{Bandwidth, Bytes, Seconds},
};

formula! {
    /// Mean time between failures of a job on many accelerators.
    ///
    /// `M = M_1/n`
    ///
    /// $$ M = \frac{M_1}{n} $$
    ///
    /// where M_1 mean time between failures of one accelerator and its share of the node, n accelerators.
    ///
    /// Source: Llama 3, arXiv 2407.21783, table 5: 419 unexpected interruptions of 16,384 accelerators in 54 days.
    ///
    /// ```
    /// # use slipstick_core::{formulas::training::failures::between_failures, units::Seconds};
    /// let one = Seconds::s(50_677.0 * 3600.0);
    /// assert!((between_failures(one, 16_384).as_hours() - 3.093).abs() < 1e-3);
    /// ```
    pub fn between_failures(M_1: Seconds, n: u64) -> Seconds {
        M_1 / n.max(1) as f64
    }

    /// Failures of a run that are to be expected.
    ///
    /// `f = T/M`
    ///
    /// $$ f = \frac{T}{M} $$
    ///
    /// where T time of the run, M mean time between failures of the job.
    ///
    /// Source: Llama 3, arXiv 2407.21783, table 5: 419 unexpected interruptions of 16,384 accelerators in 54 days.
    ///
    /// ```
    /// # use slipstick_core::{formulas::training::failures::{between_failures, failures}, units::Seconds};
    /// let M = between_failures(Seconds::s(50_677.0 * 3600.0), 16_384);
    /// assert!((failures(Seconds::s(54.0 * 86_400.0), M) - 419.0).abs() < 0.1);
    /// ```
    pub fn failures(T: Seconds, M: Seconds) -> f64 {
        T / M
    }

    /// The stall of a checkpoint that is written at once.
    ///
    /// `C = M/b`
    ///
    /// $$ C = \frac{M}{b} $$
    ///
    /// where M bytes of the checkpoint, b rate at which all ranks together write.
    ///
    /// Source: arithmetic.
    ///
    /// No published number: it is a quotient.
    pub fn checkpoint_stall(M: Bytes, b: Bandwidth) -> Seconds {
        M.traffic() / b
    }

    /// The interval between checkpoints that loses least time.
    ///
    /// `tau = sqrt(2·C·M)·(1 + sqrt(C/(2M))/3 + C/(18M)) - C`
    ///
    /// $$ \tau = \sqrt{2 C M}\left(1 + \frac{1}{3}\sqrt{\frac{C}{2M}} + \frac{1}{9}\frac{C}{2M}\right) - C $$
    ///
    /// where C the stall of a checkpoint, M mean time between failures; M itself if C is 2M or more.
    ///
    /// Source: Daly 2006, "A higher order estimate of the optimum checkpoint interval for restart dumps", equation 37.
    ///
    /// ```
    /// # use slipstick_core::{formulas::training::failures::checkpoint_interval, units::Seconds};
    /// let interval = |C, M| checkpoint_interval(Seconds::s(C), Seconds::s(M)).get();
    /// assert!((interval(60.0, 10_800.0) - 1098.8).abs() < 0.1);
    /// assert!((interval(600.0, 86_400.0) - 9786.3).abs() < 0.1);
    /// ```
    pub fn checkpoint_interval(C: Seconds, M: Seconds) -> Seconds {
        let ratio = C / (M * 2.0);
        if ratio >= 1.0 {
            return M;
        }
        let young = libm::sqrt(2.0 * C.get() * M.get());
        Seconds::s(young * (1.0 + libm::sqrt(ratio) / 3.0 + ratio / 9.0)) - C
    }

    /// The share of the time that is useful: not spent on checkpoints, lost work and restarts.
    ///
    /// `g = tau/(M·e^(R/M)·(e^((tau + C)/M) - 1))`
    ///
    /// $$ g = \frac{\tau}{M e^{R/M}(e^{(\tau + C)/M} - 1)} $$
    ///
    /// where tau useful time between checkpoints, C the stall of one, R restart, M mean time between failures.
    ///
    /// Source: Daly 2006, equation 20.
    ///
    /// ```
    /// # use slipstick_core::{formulas::training::failures::goodput, units::Seconds};
    /// let g = |tau, C, M| goodput(Seconds::s(tau), Seconds::s(C), Seconds::s(300.0), Seconds::s(M));
    /// assert!((g(1098.8, 60.0, 10_800.0) - 0.8737).abs() < 1e-4);
    /// assert!((g(312.5, 5.0, 9972.0) - 0.9400).abs() < 1e-4);
    /// ```
    pub fn goodput(tau: Seconds, C: Seconds, R: Seconds, M: Seconds) -> f64 {
        tau / (M * libm::exp(R / M) * libm::expm1((tau + C) / M))
    }
}
