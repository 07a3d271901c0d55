//! A deployment of one's own against a price by the token.

use crate::units::{Seconds, Usd, UsdPerHour};

crate::formula! {
    /// What replicas of a deployment cost an hour, with what runs beside them.
    ///
    /// `H = n·p + b`
    ///
    /// $$ H = n\,p + b $$
    ///
    /// where n is the replicas, p the price of one an hour, and b what runs beside them an hour, whatever the load.
    ///
    /// Source: arithmetic.
    ///
    /// ```
    /// # use slipstick_core::{formulas::cost::hosted::own_hourly, units::UsdPerHour};
    /// // Eight accelerators at 2.60 dollars, and people and storage for 3,000 dollars a month of 730 hours.
    /// let beside = UsdPerHour::dollars_per_hour(3000.0 / 730.0);
    /// let own = own_hourly(1.0, UsdPerHour::dollars_per_hour(20.8), beside);
    /// assert!((own.get() - 24.9096).abs() < 1e-4);
    /// ```
    pub fn own_hourly(n: f64, p: UsdPerHour, b: UsdPerHour) -> UsdPerHour {
        p * n + b
    }

    /// Replicas that hold a rate of requests.
    ///
    /// `n = max(m, ceil(R / (r·u)))`
    ///
    /// $$ n = \max(m, \lceil R / (r\,u) \rceil) $$
    ///
    /// where R is the requests a second, r those that one replica answers at full load, u the share of it that is planned
    /// for, and m the least number of replicas.
    ///
    /// Source: arithmetic; what is not planned for takes the peaks.
    ///
    /// ```
    /// # use slipstick_core::formulas::cost::hosted::replicas;
    /// // Demands of 0.3, 0.9, 1.9 and 2.6 replicas, planned to 80 %.
    /// assert_eq!([0.3, 0.9, 1.9, 2.6].map(|demand| replicas(demand, 1.0, 0.8, 1.0)), [1.0, 2.0, 3.0, 4.0]);
    /// ```
    pub fn replicas(R: f64, r: f64, u: f64, m: f64) -> f64 {
        // A demand that fills a whole number of replicas needs no further one for its rounding error.
        let whole = (R / (r * u)).mul_add(1.0 - 1e-12, 0.0).ceil();
        whole.max(m)
    }

    /// What the tokens of a load would cost an hour at a price by the token.
    ///
    /// `V = 3600·(q_i·(1 - h)·c_i + q_i·h·c_h + q_o·c_o) / 1e6`
    ///
    /// $$ V = \frac{3600\,(q_i (1-h)\,c_i + q_i h\,c_h + q_o\,c_o)}{10^6} $$
    ///
    /// where q_i and q_o are the tokens a second read and written, h the share of the input that the provider finds in its
    /// cache, and c_i, c_h and c_o the prices of a million tokens of input, of cached input and of output.
    ///
    /// Source: arithmetic.
    ///
    /// ```
    /// # use slipstick_core::{formulas::cost::hosted::hosted_hourly, units::Usd};
    /// // 24,000 and 3,000 tokens a second at 0.60 and 1.80 dollars; then with half of the input cached at 0.06.
    /// let [i, h, o] = [0.6, 0.06, 1.8].map(Usd::dollars);
    /// assert!((hosted_hourly(24_000.0, 3_000.0, 0.0, i, h, o).get() - 71.28).abs() < 1e-9);
    /// assert!((hosted_hourly(24_000.0, 3_000.0, 0.5, i, h, o).get() - 47.952).abs() < 1e-9);
    /// ```
    pub fn hosted_hourly(q_i: f64, q_o: f64, h: f64, c_i: Usd, c_h: Usd, c_o: Usd) -> UsdPerHour {
        let each = q_i * (1.0 - h) * c_i.get() + q_i * h * c_h.get() + q_o * c_o.get();
        UsdPerHour::dollars_per_hour(3600.0 * each / 1e6)
    }

    /// One price of a million tokens at the mix of a load.
    ///
    /// `c = 1e6·V / (3600·(q_i + q_o))`
    ///
    /// $$ c = \frac{10^6\,V}{3600\,(q_i + q_o)} $$
    ///
    /// where V is what an hour of the load costs and q_i and q_o its tokens a second.
    ///
    /// Source: arithmetic; the customary mix of three to one is that of no load in particular.
    ///
    /// ```
    /// # use slipstick_core::{formulas::cost::hosted::hosted_price, units::UsdPerHour};
    /// let c = hosted_price(UsdPerHour::dollars_per_hour(71.28), 24_000.0, 3_000.0);
    /// assert!((c.get() - 0.733_33).abs() < 1e-5);
    /// ```
    pub fn hosted_price(V: UsdPerHour, q_i: f64, q_o: f64) -> Usd {
        Usd::dollars(1e6 * V.get() / (3600.0 * (q_i + q_o)))
    }

    /// Share of the time that a deployment must be under its load to cost what the tokens would elsewhere.
    ///
    /// `u = H / V`
    ///
    /// $$ u = \frac{H}{V} $$
    ///
    /// where H is what the deployment costs an hour and V what the tokens of an hour at full load would cost; above 1 it
    /// never pays.
    ///
    /// Source: arithmetic.
    ///
    /// ```
    /// # use slipstick_core::{formulas::cost::hosted::break_even_utilisation, units::UsdPerHour};
    /// let of = |own: f64, hosted: f64| {
    ///     break_even_utilisation(UsdPerHour::dollars_per_hour(own), UsdPerHour::dollars_per_hour(hosted))
    /// };
    /// assert!((of(20.8, 71.28) - 0.291_81).abs() < 1e-5);
    /// assert!((of(20.8 + 3000.0 / 730.0, 71.28) - 0.349_46).abs() < 1e-5);
    /// assert!((of(20.8, 47.952) - 0.433_77).abs() < 1e-5);
    /// ```
    pub fn break_even_utilisation(H: UsdPerHour, V: UsdPerHour) -> f64 {
        H / V
    }

    /// Tokens a month for which a deployment costs what they would elsewhere.
    ///
    /// `T = 730·1e6·H / c`
    ///
    /// $$ T = \frac{730 \cdot 10^6\,H}{c} $$
    ///
    /// where H is what the deployment costs an hour and c the price of a million tokens at the load's mix; a month has 730
    /// hours.
    ///
    /// Source: arithmetic.
    ///
    /// ```
    /// # use slipstick_core::{formulas::cost::hosted::break_even_tokens, units::{Usd, UsdPerHour}};
    /// let T = break_even_tokens(UsdPerHour::dollars_per_hour(20.8), Usd::dollars(71.28e6 / (3600.0 * 27_000.0)));
    /// assert!((T / 1e9 - 20.705).abs() < 1e-3);
    /// ```
    pub fn break_even_tokens(H: UsdPerHour, c: Usd) -> f64 {
        730.0 * 1e6 * H.get() / c.get()
    }

    /// Requests a day of so many tokens a month.
    ///
    /// `N = 24·T / (730·(I + O))`
    ///
    /// $$ N = \frac{24\,T}{730\,(I + O)} $$
    ///
    /// where T is the tokens of a month of 730 hours, and I and O those that a request reads and writes.
    ///
    /// Source: arithmetic.
    ///
    /// No published number: a change of units.
    pub fn requests_a_day(T: f64, I: f64, O: f64) -> f64 {
        24.0 * T / (730.0 * (I + O))
    }

    /// Requests a day at so many a second.
    ///
    /// `N = 86400·R`
    ///
    /// $$ N = 86400\,R $$
    ///
    /// where R is the requests a second.
    ///
    /// Source: the seconds of a day.
    ///
    /// No published number: a change of units.
    pub fn requests_of_rate(R: f64) -> f64 {
        86_400.0 * R
    }

    /// Price of a machine that may be taken away, with what the interruptions lose.
    ///
    /// `p = s / (1 - f·(t_r + t_l))`
    ///
    /// $$ p = \frac{s}{1 - f\,(t_r + t_l)} $$
    ///
    /// where s is the price, f the interruptions an hour, t_r the time until it serves again and t_l the work lost.
    ///
    /// Source: the share of an hour that is left.
    ///
    /// ```
    /// # use slipstick_core::{formulas::cost::hosted::interrupted_price, units::{Seconds, UsdPerHour}};
    /// let of = |f: f64, t_r: f64, t_l: f64| {
    ///     interrupted_price(UsdPerHour::dollars_per_hour(1.2), f, Seconds::s(3600.0 * t_r), Seconds::s(3600.0 * t_l))
    /// };
    /// assert!((of(0.05, 0.25, 0.1).get() - 1.221_37).abs() < 1e-5);
    /// assert!((of(0.2, 0.25, 0.5).get() - 1.411_76).abs() < 1e-5);
    /// ```
    pub fn interrupted_price(s: UsdPerHour, f: f64, t_r: Seconds, t_l: Seconds) -> UsdPerHour {
        s * (1.0 / (1.0 - f * (t_r + t_l).as_hours()))
    }

    /// Share of an hour that a machine serves which may be taken away.
    ///
    /// `a = 1 - f·(t_r + t_l)`
    ///
    /// $$ a = 1 - f\,(t_r + t_l) $$
    ///
    /// where f is the interruptions an hour, t_r the time until it serves again and t_l the work lost.
    ///
    /// Source: what is left of the hour; the price of such an hour is divided by it.
    ///
    /// ```
    /// # use slipstick_core::{formulas::cost::hosted::served_share, units::Seconds};
    /// // $1.20 for an hour becomes $1.22137.
    /// let share = served_share(0.05, Seconds::s(0.25 * 3600.0), Seconds::s(0.1 * 3600.0));
    /// assert!((1.2 / share - 1.221_37).abs() < 1e-5);
    /// ```
    pub fn served_share(f: f64, t_r: Seconds, t_l: Seconds) -> f64 {
        1.0 - f * (t_r + t_l).as_hours()
    }

    /// One's own price of a million input tokens where output costs as many times more as elsewhere.
    ///
    /// `p_i = 1e6·H / (3600·u·(q_i + q_o·c_o/c_i))`
    ///
    /// $$ p_i = \frac{10^6\,H}{3600\,u\,(q_i + q_o\,c_o/c_i)} $$
    ///
    /// where H is what an hour costs, u the share of the time under the load, q_i and q_o its tokens a second read and written,
    /// and c_i and c_o the prices elsewhere.
    ///
    /// Source: both kinds of tokens pay the hour together, in the proportion of a price list.
    ///
    /// ```
    /// # use slipstick_core::{formulas::cost::hosted::input_at_ratio, units::{Usd, UsdPerHour}};
    /// // $2 an hour, 8,000 tokens read and 1,000 written a second; output at three, four and five times the price of input.
    /// let price = |r: f64| {
    ///     input_at_ratio(UsdPerHour::dollars_per_hour(2.0), 1.0, 8000.0, 1000.0, Usd::dollars(1.0), Usd::dollars(r)).get()
    /// };
    /// for (r, known) in [(3.0, 0.050_505), (4.0, 0.046_296), (5.0, 0.042_735)] {
    ///     assert!((price(r) - known).abs() < 1e-6);
    /// }
    /// ```
    pub fn input_at_ratio(H: UsdPerHour, u: f64, q_i: f64, q_o: f64, c_i: Usd, c_o: Usd) -> Usd {
        Usd::dollars(1e6 * H.get() / (3600.0 * u * (q_i + q_o * (c_o / c_i))))
    }

    /// One's own price of a million output tokens beside that of input.
    ///
    /// `p_o = p_i·c_o / c_i`
    ///
    /// $$ p_o = p_i\,\frac{c_o}{c_i} $$
    ///
    /// where p_i is one's own price of a million input tokens, and c_i and c_o the prices of both kinds elsewhere.
    ///
    /// Source: as the price of input.
    ///
    /// ```
    /// # use slipstick_core::{formulas::cost::hosted::output_at_ratio, units::Usd};
    /// let p = output_at_ratio(Usd::dollars(0.050_505), Usd::dollars(0.6), Usd::dollars(1.8));
    /// assert!((p.get() - 0.151_515).abs() < 1e-6);
    /// ```
    pub fn output_at_ratio(p_i: Usd, c_i: Usd, c_o: Usd) -> Usd {
        p_i * (c_o / c_i)
    }
}
