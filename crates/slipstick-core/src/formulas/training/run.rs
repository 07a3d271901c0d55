//! A whole run: steps, time, money, energy, storage.

use crate::{
    formula,
    units::{Bytes, Energy, Power, Seconds, Usd, UsdPerHour},
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

    /// Tokens of a step.
    ///
    /// `D_s = B·s`
    ///
    /// $$ D_s = B s $$
    ///
    /// where B sequences of a step, s tokens of a sequence.
    ///
    /// Source: arithmetic.
    ///
    /// No published number: it is a product.
    pub fn step_tokens(B: u64, s: u64) -> u64 {
        B.saturating_mul(s)
    }

    /// Tokens that are trained on in a second.
    ///
    /// `r = D_s/t`
    ///
    /// $$ r = \frac{D_s}{t} $$
    ///
    /// where D_s tokens of a step, t its time in s. Tokens a second.
    ///
    /// Source: definition.
    ///
    /// ```
    /// # use slipstick_core::{formulas::training::run::trained_rate, units::Seconds};
    /// // Llama-3.1-405B on 512 accelerators, a log of MLPerf Training 5.0: 1,152 sequences of 8,192 tokens in 55.14 s, 334.26
    /// // tokens a second on each.
    /// assert!((trained_rate(1152 * 8192, Seconds::s(55.14)) / 512.0 - 334.26).abs() < 0.1);
    /// ```
    pub fn trained_rate(D_s: u64, t: Seconds) -> f64 {
        D_s as f64 / t.get()
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

    /// Accelerator-hours of a run, by which it is paid.
    ///
    /// `H = n·T/3600`
    ///
    /// $$ H = \frac{n T}{3600} $$
    ///
    /// where n accelerators, T time of the run in s. Hours.
    ///
    /// Source: DeepSeek-V3, arXiv 2412.19437, section 1: 3.7 days on 2,048 accelerators for each 1e12 tokens.
    ///
    /// ```
    /// # use slipstick_core::{formulas::training::run::accelerator_hours, units::Seconds};
    /// // It prints 180,000 hours and 3.7 days, both rounded.
    /// assert!((accelerator_hours(2048, Seconds::s(3.7 * 86_400.0)) / 180e3 - 1.0).abs() < 0.015);
    /// ```
    pub fn accelerator_hours(n: u64, T: Seconds) -> f64 {
        n as f64 * T.as_hours()
    }

    /// Price of a run.
    ///
    /// `C = p·T/3600`
    ///
    /// $$ C = \frac{p T}{3600} $$
    ///
    /// where p price of all accelerators in USD/h, T time of the run in s. USD.
    ///
    /// Source: DeepSeek-V3, arXiv 2412.19437, table 1: accelerator-hours times the price of one.
    ///
    /// ```
    /// # use slipstick_core::{formulas::training::run::run_cost, units::{Seconds, UsdPerHour}};
    /// // 2.788 M hours of one accelerator at 2 USD an hour: 5.576 M USD.
    /// let C = run_cost(UsdPerHour::dollars_per_hour(2.0), Seconds::s(2.788e6 * 3600.0));
    /// assert!((C.get() / 5.576e6 - 1.0).abs() < 1e-9);
    /// ```
    pub fn run_cost(p: UsdPerHour, T: Seconds) -> Usd {
        p * T
    }

    /// Energy of a run, cooling and supply included.
    ///
    /// `E = n·P·f·T·u`
    ///
    /// $$ E = n P f T u $$
    ///
    /// where n accelerators, P power limit of one, f the share of it that training draws, T time, u power usage
    /// effectiveness of the data centre.
    ///
    /// Source: Llama 3 model card: hours times the power limit.
    ///
    /// ```
    /// # use slipstick_core::{formulas::training::run::energy, units::{Power, Seconds}};
    /// // Llama-3.1-405B: 30.84 M hours at 700 W are 21,588 MWh.
    /// let E = energy(1, Power::watts(700.0), 1.0, Seconds::s(30.84e6 * 3600.0), 1.0);
    /// assert!((E.as_kwh() / 21.588e6 - 1.0).abs() < 1e-4);
    /// ```
    pub fn energy(n: u64, P: Power, f: f64, T: Seconds, u: f64) -> Energy {
        P * T * (n as f64 * f * u)
    }

    /// Energy in the unit that it is sold by.
    ///
    /// `E_h = E/3.6e6`
    ///
    /// $$ E_h = \frac{E}{3.6 \cdot 10^6} $$
    ///
    /// where E energy in J; in kWh.
    ///
    /// Source: a kilowatt-hour is 3.6 MJ.
    ///
    /// No published number: a change of units.
    pub fn kilowatt_hours(E: Energy) -> f64 {
        E.as_kwh()
    }

    /// Carbon dioxide of a run.
    ///
    /// `m = E_h·c`
    ///
    /// $$ m = E_h c $$
    ///
    /// where E_h energy in kWh, c carbon dioxide of a kilowatt-hour in kg. In kg.
    ///
    /// Source: Llama 3 model card.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::run::emissions;
    /// // Llama-3.1-405B: 21,588 MWh, 8,930 t at the 0.4137 kg/kWh that its card implies.
    /// assert!((emissions(21.588e6, 0.4137) / 8930e3 - 1.0).abs() < 1e-3);
    /// ```
    pub fn emissions(E_h: f64, c: f64) -> f64 {
        E_h * c
    }

    /// Bytes of a data set.
    ///
    /// `M = D·b`
    ///
    /// $$ M = D b $$
    ///
    /// where D tokens, b bytes of a token as it is stored.
    ///
    /// Source: arithmetic.
    ///
    /// No published number: it is a product.
    pub fn data_set(D: u64, b: Bytes) -> Bytes {
        b.times(D)
    }
}
