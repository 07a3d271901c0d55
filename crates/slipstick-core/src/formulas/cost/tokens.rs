//! Dollars a token.

use crate::units::{Usd, UsdPerHour};

crate::formula! {
    /// Price of a million tokens at a sustained rate.
    ///
    /// `c = 1e6·p·g / (3600·r·u)`
    ///
    /// $$ c = \frac{10^6\,p\,g}{3600\,r\,u} $$
    ///
    /// where p is the deployment's price per hour, g the share of it charged to these tokens, r their rate in tokens/s at
    /// full load, and u the share of the time the deployment is under that load.
    ///
    /// Source: arithmetic.
    ///
    /// ```
    /// # use slipstick_core::{formulas::cost::tokens::usd_per_million_tokens, units::UsdPerHour};
    /// // 3.60 dollars an hour for a steady 1000 tokens/s is one dollar a million.
    /// let c = usd_per_million_tokens(UsdPerHour::dollars_per_hour(3.6), 1.0, 1000.0, 1.0);
    /// assert!((c.get() - 1.0).abs() < 1e-12);
    /// ```
    pub fn usd_per_million_tokens(p: UsdPerHour, g: f64, r: f64, u: f64) -> Usd {
        Usd::dollars(1e6 * p.get() * g / (3600.0 * r * u))
    }
}
