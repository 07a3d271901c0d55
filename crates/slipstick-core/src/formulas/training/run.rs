//! A whole run: steps, time, energy.

use crate::{
    formula,
    units::{Energy, Power, Seconds},
};

formula! {
    /// Steps of a run.
    ///
    /// `n = ceil(D/(B·s))`
    ///
    /// $$ n = \left\lceil \frac{D}{B s} \right\rceil $$
    ///
    /// where D tokens of the run, B sequences of a step, s tokens of a sequence.
    ///
    /// Source: arithmetic.
    ///
    /// No published number: it is a division.
    pub fn steps(D: u64, B: u64, s: u64) -> u64 {
        D.div_ceil(B.saturating_mul(s).max(1))
    }

    /// Time of a run, its failures included.
    ///
    /// `T = n·t/g`
    ///
    /// $$ T = \frac{n t}{g} $$
    ///
    /// where n steps, t time of one, g useful share of the time.
    ///
    /// Source: DeepSeek-V3, arXiv 2412.19437, table 1: 180,000 accelerator-hours for each 1e12 tokens.
    ///
    /// ```
    /// # use slipstick_core::{formulas::training::run::run_time, units::Seconds};
    /// // 14.8e12 tokens on 2,048 accelerators at 3.7 days for each 1e12: 2.664 M accelerator-hours.
    /// let step = Seconds::s(180_000.0 * 3600.0 / 2048.0 / 1000.0);
    /// assert!((run_time(14_800, step, 1.0).as_hours() * 2048.0 / 2.664e6 - 1.0).abs() < 1e-9);
    /// ```
    pub fn run_time(n: u64, t: Seconds, g: f64) -> Seconds {
        t * n as f64 / g
    }

    /// Energy of a run, cooling and supply included.
    ///
    /// `E = n·P·T·u`
    ///
    /// $$ E = n P T u $$
    ///
    /// where n accelerators, P power of one, T time, u power usage effectiveness of the data centre.
    ///
    /// Source: Llama 3 model card: hours times the power limit.
    ///
    /// ```
    /// # use slipstick_core::{formulas::training::run::energy, units::{Power, Seconds}};
    /// // Llama-3.1-405B: 30.84 M hours at 700 W are 21,588 MWh, 8,930 t at the 0.4137 kg/kWh that its card implies.
    /// let E = energy(1, Power::watts(700.0), Seconds::s(30.84e6 * 3600.0), 1.0);
    /// assert!((E.as_kwh() / 21.588e6 - 1.0).abs() < 1e-4);
    /// assert!((E.as_kwh() * 0.4137 / 8930e3 - 1.0).abs() < 1e-3);
    /// ```
    pub fn energy(n: u64, P: Power, T: Seconds, u: f64) -> Energy {
        P * T * (n as f64 * u)
    }
}
