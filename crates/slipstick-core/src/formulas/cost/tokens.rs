//! Dollars a token.

use crate::units::{Seconds, Usd, UsdPerHour};

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

    /// Share of a deployment's time that prompts take: what they add to the steps of a batch.
    ///
    /// `g_i = (TPOT - t_d) / TPOT`
    ///
    /// $$ g_i = \frac{\mathrm{TPOT} - t_d}{\mathrm{TPOT}} $$
    ///
    /// where TPOT is the mean step and t_d a step that only decodes.
    ///
    /// Source: a step that carries prompt is longer by what the prompt costs.
    ///
    /// No published number: nobody publishes how an hour is shared between prompts and output.
    pub fn prompt_share(TPOT: Seconds, t_d: Seconds) -> f64 {
        let extra = (TPOT - t_d).max(Seconds::ZERO);
        extra / (extra + t_d)
    }

    /// The same for requests that run one after the other: the share of a request's time before its first token.
    ///
    /// `g_i = t_1 / (t_1 + O·TPOT)`
    ///
    /// $$ g_i = \frac{t_1}{t_1 + O\,\mathrm{TPOT}} $$
    ///
    /// where t_1 is the prefill of a prompt, O the output tokens and TPOT the time of each.
    ///
    /// Source: the parts of a request's life, in order.
    ///
    /// No published number: nobody publishes how an hour is shared between prompts and output.
    pub fn single_stream_prompt_share(t_1: Seconds, TPOT: Seconds, O: f64) -> f64 {
        t_1 / (t_1 + TPOT * O)
    }

    /// The same for separate pools: the share of the accelerators that read prompts.
    ///
    /// `g_i = n_p / n`
    ///
    /// $$ g_i = n_p / n $$
    ///
    /// where n_p is the accelerators of the pool that reads and n those of both.
    ///
    /// Source: InferenceX, `process_result.py`: input over prefill accelerators, output over the others.
    ///
    /// ```
    /// # use slipstick_core::{formulas::cost::tokens::*, units::*};
    /// // 8 and 16 accelerators at $2, 80,000 tokens read and 10,000 written a second.
    /// let price = |share, rate| usd_per_million_tokens(UsdPerHour::dollars_per_hour(48.0), share, rate, 1.0).get();
    /// let input = pool_price_share(8.0, 24.0);
    /// assert!((price(input, 80_000.0) - 0.055_556).abs() < 1e-6);
    /// assert!((price(output_share(input), 10_000.0) - 0.888_889).abs() < 1e-6);
    /// ```
    pub fn pool_price_share(n_p: f64, n: f64) -> f64 {
        n_p / n
    }

    /// The same for pools that are paid for apart, such as of two kinds of accelerators: the share of the price that the pool
    /// that reads costs.
    ///
    /// `g_i = p_p / (p_p + p_d)`
    ///
    /// $$ g_i = \frac{p_p}{p_p + p_d} $$
    ///
    /// where p_p and p_d are the prices of an hour of the pool that reads and of the one that writes.
    ///
    /// Source: each pool serves one kind of tokens, so its price is theirs; of equal accelerators it is their share.
    ///
    /// ```
    /// # use slipstick_core::{formulas::cost::tokens::*, units::UsdPerHour};
    /// // 8 and 16 accelerators at one price pay as their counts do.
    /// let price = |count| UsdPerHour::dollars_per_hour(2.0 * count);
    /// assert_eq!(paid_pool_share(price(8.0), price(16.0)), pool_price_share(8.0, 24.0));
    /// ```
    pub fn paid_pool_share(p_p: UsdPerHour, p_d: UsdPerHour) -> f64 {
        p_p.get() / (p_p.get() + p_d.get())
    }

    /// Share of a deployment's time that output takes: the rest.
    ///
    /// `g_o = 1 - g_i`
    ///
    /// $$ g_o = 1 - g_i $$
    ///
    /// where g_i is the share of prompts.
    ///
    /// Source: nothing else is sold.
    ///
    /// No published number: the rest of a share.
    pub fn output_share(g_i: f64) -> f64 {
        1.0 - g_i
    }
}
