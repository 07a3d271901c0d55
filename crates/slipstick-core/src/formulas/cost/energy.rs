//! Power under load.

use crate::units::{Energy, Power, Seconds};

crate::formula! {
    /// Mean power of one accelerator under a load.
    ///
    /// `P = P_max·(i + (1 - i)·l)`
    ///
    /// $$ P = P_{max}\,(i + (1-i)\,l) $$
    ///
    /// where P_max is the maker's power limit, i the idle share of it with a context open, and l the load from 0 to 1.
    ///
    /// Source: a linear model between idle and limit; idle 115 W of 700 W is reported for an H200 with a context open.
    ///
    /// ```
    /// # use slipstick_core::{formulas::cost::energy::mean_power, units::Power};
    /// // The source's own: an H200 that idles.
    /// assert!((mean_power(Power::watts(700.0), 0.164, 0.0).get() - 115.0).abs() < 0.5);
    /// ```
    pub fn mean_power(P_max: Power, i: f64, l: f64) -> Power {
        P_max * (i + (1.0 - i) * l)
    }

    /// Mean power of several equal accelerators.
    ///
    /// `P_n = n·P`
    ///
    /// $$ P_n = n\,P $$
    ///
    /// where n is the accelerators in use and P the mean power of one.
    ///
    /// Source: arithmetic; host, fans and cooling are not counted.
    ///
    /// No published number: a product.
    pub fn power_of_all(n: f64, P: Power) -> Power {
        P * n
    }

    /// Mean power of one accelerator of several that differ.
    ///
    /// `P = P_n / n`
    ///
    /// $$ P = \frac{P_n}{n} $$
    ///
    /// where P_n is the mean power of all accelerators in use and n how many they are.
    ///
    /// Source: arithmetic.
    ///
    /// No published number: a quotient.
    pub fn power_of_one(P_n: Power, n: f64) -> Power {
        P_n * (1.0 / n)
    }

    /// Energy of one token.
    ///
    /// `E = P / r`
    ///
    /// $$ E = \frac{P}{r} $$
    ///
    /// where P is the power of all accelerators and r the tokens per second.
    ///
    /// Source: arithmetic.
    ///
    /// No published number: a quotient; published figures include hosts and cooling, which it leaves out.
    pub fn energy_per_token(P: Power, r: f64) -> Energy {
        Energy::joules(P.get() / r)
    }

    /// Energy of a million tokens.
    ///
    /// `E_M = 1e6·E / 3.6e6`
    ///
    /// $$ E_M = \frac{10^6\,E}{3.6 \cdot 10^6} $$
    ///
    /// where E is the energy of one token in J; in kWh.
    ///
    /// Source: a kilowatt-hour is 3.6 MJ.
    ///
    /// No published number: a change of units.
    pub fn million_tokens_energy(E: Energy) -> f64 {
        1e6 * E.as_kwh()
    }

    /// How hard a step loads an accelerator, from nothing to its limit.
    ///
    /// `l = (t_c + b·t_b + l·t_l) / t`
    ///
    /// $$ l = \frac{t_c + b\,t_b + l\,t_l}{t} $$
    ///
    /// where t_c, t_b and t_l are the parts of the step that arithmetic, memory and links bind, b and l the power that
    /// memory and links draw where arithmetic draws the limit, and t the step.
    ///
    /// Source: a linear model; its shares are assumptions of the catalogue.
    ///
    /// No published number: power is published for whole runs.
    pub fn step_load(t_c: Seconds, t_b: Seconds, t_l: Seconds, t: Seconds, b: f64, l: f64) -> f64 {
        (t_c + t_b * b + t_l * l) / t
    }

    /// How hard a load of both kinds of steps loads an accelerator.
    ///
    /// `l = p·l_m + (1 - p)·l_d`
    ///
    /// $$ l = p\,l_m + (1-p)\,l_d $$
    ///
    /// where p is the share of steps that carry prefill, l_m how hard those load it, and l_d those that only decode; from 0
    /// to 1.
    ///
    /// Source: the mean over steps.
    ///
    /// No published number: power is published for whole runs.
    pub fn power_load(p: f64, l_m: f64, l_d: f64) -> f64 {
        (l_m * p + l_d * (1.0 - p)).clamp(0.0, 1.0)
    }
}
