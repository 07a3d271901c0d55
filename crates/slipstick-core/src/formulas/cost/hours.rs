//! What replicas cost over hours of unequal load: those that are committed to, those that run as they are needed, and starts.

use crate::units::{Bandwidth, Bytes, Seconds, UsdPerHour};

crate::formula! {
    /// Requests over all hours, where only those of the busiest are named.
    ///
    /// `R = a·R_b`
    ///
    /// $$ R = a\,R_b $$
    ///
    /// where R_b is the requests a second of the busiest hour and a the mean hour's share of them.
    ///
    /// Source: the definition of a mean.
    ///
    /// No published number: a product.
    pub fn mean_rate(R_b: f64, a: f64) -> f64 {
        a * R_b
    }

    /// What an hour costs of which some replicas are committed to and the others run as they are needed.
    ///
    /// `H = k·p_r + (e + s·t)·p + b`
    ///
    /// $$ H = k\,p_r + (e + s\,t)\,p + b $$
    ///
    /// where k is the replicas that are paid always and p_r the price of one, e the mean number that run beyond them, s how
    /// often one of those starts an hour, t the time that a start takes, p their price and b what runs beside them.
    ///
    /// Source: the newsvendor's cost; arithmetic.
    ///
    /// ```
    /// # use slipstick_core::{formulas::cost::hours::mixed_hourly, units::{Seconds, UsdPerHour}};
    /// // A need that is spread evenly from 2 to 10, at $2.00 committed and $3.20 as needed: all as needed, the floor, the peak,
    /// // and five of them, beyond which the need is (10 - 5)²/16 in the mean.
    /// let [p_r, p, b] = [2.0, 3.2, 0.0].map(UsdPerHour::dollars_per_hour);
    /// let cost = |k: f64, e: f64| mixed_hourly(k, p_r, e, 0.0, Seconds::ZERO, p, b).get();
    /// assert!((cost(0.0, 6.0) - 19.2).abs() < 1e-9);
    /// assert!((cost(2.0, 4.0) - 16.8).abs() < 1e-9);
    /// assert!((cost(10.0, 0.0) - 20.0).abs() < 1e-9);
    /// assert!((cost(5.0, 25.0 / 16.0) - 15.0).abs() < 1e-9);
    /// ```
    pub fn mixed_hourly(k: f64, p_r: UsdPerHour, e: f64, s: f64, t: Seconds, p: UsdPerHour, b: UsdPerHour) -> UsdPerHour {
        p_r * k + p * (e + s * t.as_hours()) + b
    }

    /// Share of the hours in which a replica must be needed for a commitment to it to pay.
    ///
    /// `q = p_r / p`
    ///
    /// $$ q = \frac{p_r}{p} $$
    ///
    /// where p_r is the price of an hour that is committed to and p that of one as it is needed: as many are committed to as
    /// are needed in more than that share of the hours.
    ///
    /// Source: the newsvendor's fractile, where the derivative of the cost is zero.
    ///
    /// ```
    /// # use slipstick_core::{formulas::cost::hours::committed_share, units::UsdPerHour};
    /// let q = committed_share(UsdPerHour::dollars_per_hour(2.0), UsdPerHour::dollars_per_hour(3.2));
    /// // Of a need from 2 to 10, five are needed in that share of the hours.
    /// assert!((q - (10.0 - 5.0) / 8.0).abs() < 1e-12);
    /// ```
    pub fn committed_share(p_r: UsdPerHour, p: UsdPerHour) -> f64 {
        p_r / p
    }

    /// Time until a replica that is started serves.
    ///
    /// `t = W / B + t_e`
    ///
    /// $$ t = \frac{W}{B} + t_e $$
    ///
    /// where W is the bytes of the weights, B the rate at which they are loaded, and t_e what the engine takes beside: its
    /// processes, compilation, graphs.
    ///
    /// Source: arithmetic.
    ///
    /// ```
    /// # use slipstick_core::{formulas::cost::hours::start_time, units::{Bandwidth, Bytes, Seconds}};
    /// // 70.6 billion weights of 16 bits at 2 GB/s.
    /// let t = start_time(Bytes::new(141_107_412_992), Bandwidth::gb_per_s(2.0), Seconds::ZERO);
    /// assert!((t.get() - 71.0).abs() < 0.5);
    /// ```
    pub fn start_time(W: Bytes, B: Bandwidth, t_e: Seconds) -> Seconds {
        W.traffic() / B + t_e
    }
}
