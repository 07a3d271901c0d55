//! Steps that draw their own samples.

use crate::{formula, units::Seconds};

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

    /// What passes between the phases of a round: weights are moved out of the way, converted and loaded, requests are laid out.
    ///
    /// `b = (k - 1)·T`
    ///
    /// $$ b = (k - 1) T $$
    ///
    /// where k what whole rounds were measured to take against their phases, T phases. Seconds.
    ///
    /// Source: measured rounds; the factor is a row of the catalogue.
    ///
    /// No published number: the factor is a row of its own.
    pub fn between_phases(k: f64, T: Seconds) -> Seconds {
        T * (k - 1.0)
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
