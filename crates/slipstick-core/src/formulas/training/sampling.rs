//! Steps that draw their own samples.

use crate::{
    formula,
    units::{Bandwidth, Seconds, Traffic},
};

formula! {
    /// Samples of an engine that still write when so many tokens of each are written.
    ///
    /// `n = max(B·(1 - (l/L)^(m/max(L - m, 1))), 1)`
    ///
    /// $$ n = \max\left(B \left(1 - (l/L)^{m/\max(L-m, 1)}\right), 1\right) $$
    ///
    /// where B samples that began together, l tokens written so far, L tokens at which the longest is cut, m tokens of a sample
    /// on average. The exponent is the one of which the mean is m.
    ///
    /// Source: the one power of the length whose mean is m, since no more than mean and limit of lengths is published.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::sampling::still_writing;
    /// // Where half of the limit is the mean, lengths are spread evenly.
    /// assert!((still_writing(100.0, 250.0, 1000.0, 500.0) - 75.0).abs() < 1e-9);
    /// // The mean over all tokens is m.
    /// let mean = (0..1000).map(|l| still_writing(1e6, f64::from(l) + 0.5, 1000.0, 700.0) / 1e6).sum::<f64>();
    /// assert!((mean - 700.0).abs() < 0.5);
    /// ```
    pub fn still_writing(B: f64, l: f64, L: f64, m: f64) -> f64 {
        (B * (1.0 - libm::pow(l / L, m / (L - m).max(1.0)))).max(1.0)
    }

    /// Tokens that each sample of an engine holds on average, those included that have ended, when all together hold most.
    ///
    /// `h = max(m/L·(p + L·(1 - m/L)^((L - m)/m)), p)`
    ///
    /// $$ h = \max\left(\frac{m}{L}\left(p + L (1 - m/L)^{(L-m)/m}\right), p\right) $$
    ///
    /// where p tokens of a prompt, L tokens at which the longest is cut, m tokens of a sample on average. That is the most that
    /// the share which still writes holds, since samples that end give their room back.
    ///
    /// Source: the maximum of `still_writing` times the tokens written, where its derivative is none.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::sampling::held_at_most;
    /// // Lengths that are spread evenly: half of the samples hold half of the limit.
    /// assert!((held_at_most(0.0, 1000.0, 500.0) - 250.0).abs() < 1e-9);
    /// // Samples of one length hold all of it at once.
    /// assert!((held_at_most(0.0, 1000.0, 999.0) - 999.0).abs() < 10.0);
    /// assert_eq!(held_at_most(100.0, 1000.0, 1.0), 100.0);
    /// ```
    pub fn held_at_most(p: f64, L: f64, m: f64) -> f64 {
        let s = (m / L).min(1.0);
        (s * (p + L * libm::pow(1.0 - s, (1.0 - s) / s))).max(p)
    }

    /// Time in which an engine draws the samples that wait for a place, while all its places are full.
    ///
    /// `T = max(B/C - 1, 0)·m·t`
    ///
    /// $$ T = \max(B/C - 1, 0)\, m\, t $$
    ///
    /// where B samples of an engine, C samples that it runs at once, m tokens of a sample on average, t time of a step that
    /// writes one token of each. Seconds.
    ///
    /// Source: arithmetic.
    ///
    /// ```
    /// # use slipstick_core::{formulas::training::sampling::waiting_samples, units::Seconds};
    /// assert_eq!(waiting_samples(96.0, 32.0, 1000.0, Seconds::ms(10.0)).get(), 20.0);
    /// assert_eq!(waiting_samples(16.0, 32.0, 1000.0, Seconds::ms(10.0)).get(), 0.0);
    /// ```
    pub fn waiting_samples(B: f64, C: f64, m: f64, t: Seconds) -> Seconds {
        t * (m * (B / C - 1.0).max(0.0))
    }

    /// Forward passes of a model over all samples, through its stages.
    ///
    /// `T = x·u·(m + p - 1)·F`
    ///
    /// $$ T = x u (m + p - 1) F $$
    ///
    /// where x the model's parameters against those of the trained one, u updates of a round, m micro-batches of an update, p
    /// stages, F forward pass of one micro-batch on a stage. Seconds.
    ///
    /// Source: Narayanan et al. 2021, arXiv 2104.04473, section 2.2: a pipeline's first and last micro-batches wait for p - 1.
    ///
    /// No published number: it is a product.
    pub fn forward_passes(x: f64, u: f64, m: f64, p: f64, F: Seconds) -> Seconds {
        F * (x * u * (m + p - 1.0))
    }

    /// Time in which a rank's states make room for an engine: they are copied to the host, and come back.
    ///
    /// `t = M_o/W_o + M_i/W_i`
    ///
    /// $$ t = \frac{M_o}{W_o} + \frac{M_i}{W_i} $$
    ///
    /// where M_o bytes that leave, W_o rate at which they do, M_i bytes that come back, W_i rate at which they do. Seconds.
    ///
    /// Source: NVIDIA-NeMo/RL 0.5, offload_before_refit, offload_after_refit and prepare_for_training of its Megatron worker.
    ///
    /// ```
    /// # use slipstick_core::{formulas::training::sampling::aside_time, units::Bandwidth};
    /// // 4.94 GB left an H100 in 2.75 s (NVIDIA-NeMo/RL issue 3976).
    /// let (out, back) = (Bandwidth::gb_per_s(1.8), Bandwidth::gb_per_s(9.4));
    /// assert!((aside_time(4.94e9, out, 0.0, back).get() - 2.75).abs() < 0.01);
    /// ```
    pub fn aside_time(M_o: f64, W_o: Bandwidth, M_i: f64, W_i: Bandwidth) -> Seconds {
        Traffic::bytes(M_o) / W_o + Traffic::bytes(M_i) / W_i
    }

    /// Time in which the samples of a round are drawn.
    ///
    /// `t = k·T/r`
    ///
    /// $$ t = k \frac{T}{r} $$
    ///
    /// where k what drawing was measured to take against static batches of the same engine, T static batches one after another
    /// as samples end, r rounds that are drawn together. Seconds.
    ///
    /// Source: measured rounds; the factor is a row of the catalogue.
    ///
    /// No published number: the factor is a row of its own.
    pub fn drawing_time(k: f64, T: Seconds, r: f64) -> Seconds {
        T * k / r
    }

    /// What an update's share of a round takes beside the update itself.
    ///
    /// `b = max(T/u - t, 0)`
    ///
    /// $$ b = \max(T/u - t, 0) $$
    ///
    /// where T round, u updates of it, t update. Seconds.
    ///
    /// Source: arithmetic.
    ///
    /// ```
    /// # use slipstick_core::{formulas::training::sampling::beside_updates, units::Seconds};
    /// assert_eq!(beside_updates(Seconds::s(100.0), 4.0, Seconds::s(10.0)).get(), 15.0);
    /// ```
    pub fn beside_updates(T: Seconds, u: f64, t: Seconds) -> Seconds {
        (T / u - t).max(Seconds::ZERO)
    }
}
