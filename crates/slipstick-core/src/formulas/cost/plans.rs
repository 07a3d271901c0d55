//! What a plan comes to for its users, each of its accelerators, and whoever pays.

use crate::units::{Seconds, Usd, UsdPerHour};

crate::formula! {
    /// Output tokens a second that one user sees.
    ///
    /// `x = 1 / TPOT`
    ///
    /// $$ x = \frac{1}{\mathrm{TPOT}} $$
    ///
    /// where TPOT is the time per output token.
    ///
    /// Source: the interactivity of InferenceX: 1000 over the TPOT in milliseconds.
    ///
    /// ```
    /// # use slipstick_core::{formulas::cost::plans::user_rate, units::Seconds};
    /// // aiconfigurator's estimate of Qwen3-32B on two H200: 29.118 ms are 34.34 tokens/s.
    /// assert!((user_rate(Seconds::ms(29.118)) - 34.34).abs() < 5e-3);
    /// ```
    pub fn user_rate(TPOT: Seconds) -> f64 {
        1.0 / TPOT.get()
    }

    /// Output tokens a second on each accelerator.
    ///
    /// `y = R·O / G`
    ///
    /// $$ y = \frac{R\,O}{G} $$
    ///
    /// where R is the requests answered a second, O the output tokens of each and G all accelerators, spare ones too.
    ///
    /// Source: arithmetic; accelerators that stand idle count.
    ///
    /// No published number: a product and a quotient.
    pub fn accelerator_rate(R: f64, O: f64, G: f64) -> f64 {
        R * O / G
    }

    /// Price of a month.
    ///
    /// `M = 730·H`
    ///
    /// $$ M = 730\,H $$
    ///
    /// where H is the price of an hour; a month has 730.
    ///
    /// Source: the hours of a year over twelve.
    ///
    /// No published number: a change of units.
    pub fn monthly(H: UsdPerHour) -> Usd {
        Usd::dollars(730.0 * H.get())
    }

    /// Price of a request.
    ///
    /// `c_r = (I + O)·c / 1e6`
    ///
    /// $$ c_r = \frac{(I + O)\,c}{10^6} $$
    ///
    /// where I and O are the tokens that it reads and writes, and c the price of a million tokens at that mix.
    ///
    /// Source: arithmetic.
    ///
    /// No published number: a product.
    pub fn request_price(I: f64, O: f64, c: Usd) -> Usd {
        Usd::dollars((I + O) * c.get() / 1e6)
    }
}
