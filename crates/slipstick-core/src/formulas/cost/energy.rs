//! Power under load.

use crate::units::{Energy, Power};

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
    pub fn power_of_all(n: f64, P: Power) -> Power {
        P * n
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
    pub fn energy_per_token(P: Power, r: f64) -> Energy {
        Energy::joules(P.get() / r)
    }
}
