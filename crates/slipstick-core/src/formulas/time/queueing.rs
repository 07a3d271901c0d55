//! Requests that arrive at a rate, at random, and what they wait for.

use crate::units::Seconds;

crate::formula! {
    /// Mean number of requests in flight.
    ///
    /// `L = lambda·W`
    ///
    /// $$ L = \lambda W $$
    ///
    /// where lambda is the requests that arrive per second and W the mean time each of them takes, queue included.
    ///
    /// Source: Little 1961, "A proof for the queuing formula L = λW".
    ///
    /// ```
    /// # use slipstick_core::{formulas::time::queueing::requests_in_flight, units::Seconds};
    /// // The textbook's: four customers an hour who stay half an hour each are two at once.
    /// assert_eq!(requests_in_flight(4.0 / 3600.0, Seconds::s(1800.0)), 2.0);
    /// ```
    pub fn requests_in_flight(lambda: f64, W: Seconds) -> f64 {
        lambda * W.get()
    }

    /// Share of the rate that a deployment can hold.
    ///
    /// `rho = lambda / X`
    ///
    /// $$ \rho = \frac{\lambda}{X} $$
    ///
    /// where lambda is the requests that arrive per second and X those that are finished per second while all places are
    /// taken; from 1 on the queue grows without bound.
    ///
    /// Source: Kendall 1953, "Stochastic processes occurring in the theory of queues", traffic intensity.
    ///
    /// No published number: a quotient.
    pub fn offered_load(lambda: f64, X: f64) -> f64 {
        lambda / X
    }

    /// Requests finished per second over a run in which so many arrive at a rate that is held.
    ///
    /// `X = N / (N / lambda + E2E)`
    ///
    /// $$ X = \frac{N}{N / \lambda + \mathrm{E2E}} $$
    ///
    /// where N is the requests of the run, lambda those that arrive per second, and E2E the time that each takes: the run ends
    /// with the last token of the last one.
    ///
    /// Source: arithmetic.
    ///
    /// ```
    /// # use slipstick_core::{formulas::time::queueing::rate_over_run, units::Seconds};
    /// // TensorRT-LLM 0.14 on an H100, 8B at 16 requests/s: 500 take 31 s to arrive, the last one about 3 s; 14.7 were printed.
    /// let rate = rate_over_run(500.0, 16.0, Seconds::ms(30.0 + 255.0 * 11.0));
    /// assert!((rate / 14.7 - 1.0).abs() < 0.01);
    /// ```
    pub fn rate_over_run(N: f64, lambda: f64, E2E: Seconds) -> f64 {
        N / (N / lambda + E2E.get())
    }

    /// The fewest equal deployments that hold a rate between them.
    ///
    /// `n = floor(rho) + 1`
    ///
    /// $$ n = \lfloor \rho \rfloor + 1 $$
    ///
    /// where rho is the share of the rate that one of them holds.
    ///
    /// Source: each needs a share below 1.
    ///
    /// No published number: a rounding.
    pub fn deployments_at_rate(rho: f64) -> f64 {
        libm::floor(rho) + 1.0
    }

    /// Mean wait for one of k places, where requests of equal length arrive at random.
    ///
    /// `t_q = rho^(sqrt(2·(k + 1)) - 1) / (2·X·(1 - rho))`
    ///
    /// $$ t_q = \frac{\rho^{\sqrt{2(k+1)} - 1}}{2X(1-\rho)} $$
    ///
    /// where rho is the share of the sustained rate that arrives, below 1, k the places, and X the requests per second that
    /// k taken places finish. Equal requests wait half as long as such of random length.
    ///
    /// Source: Sakasegawa 1977, "An approximation formula Lq ≃ α·ρ^β/(1-ρ)"; exact for k = 1 (Pollaczek 1930).
    ///
    /// ```
    /// # use slipstick_core::formulas::time::queueing::wait_for_place;
    /// // One place: M/D/1, half a service at half load.
    /// assert!((wait_for_place(0.5, 1.0, 1.0).get() - 0.5).abs() < 1e-12);
    /// // Two places at 0.8: random lengths wait rho^2 / (1 - rho^2) = 1.78 services (Erlang 1917), equal ones half of that.
    /// assert!((wait_for_place(0.8, 2.0, 2.0).get() / (0.5 * 1.777_8) - 1.0).abs() < 0.02);
    /// ```
    pub fn wait_for_place(rho: f64, k: f64, X: f64) -> Seconds {
        Seconds::s(libm::pow(rho, libm::sqrt(2.0 * (k + 1.0)) - 1.0) / (2.0 * X * (1.0 - rho)))
    }

    /// The wait for one of k places that so large a share of requests does not exceed.
    ///
    /// `t = ln(w / (1 - q)) / (2·X·(1 - rho)), w = rho^(sqrt(2·(k + 1)) - 1)`
    ///
    /// $$ t = \frac{1}{2X(1-\rho)}\,\ln\frac{\rho^{\sqrt{2(k+1)}-1}}{1-q} $$
    ///
    /// where rho is the share of the sustained rate that arrives, below 1, k the places, X the requests per second that k
    /// taken places finish, and q the share; nothing where fewer than 1 - q of all requests wait at all. A share w of them
    /// does, and their waits are exponential: the mean of all is that of `wait_for_place`.
    ///
    /// Source: Kingman 1962, "On queues in heavy traffic", the limit of the wait; w and the mean are Sakasegawa's (1977).
    ///
    /// ```
    /// # use slipstick_core::formulas::time::queueing::wait_for_place_percentile;
    /// // One place: of those that wait in an exponential queue, half wait for ln 2 of the mean.
    /// let half_of_waiting = wait_for_place_percentile(0.5, 1.0, 1.0, 0.75).get();
    /// assert!((half_of_waiting - core::f64::consts::LN_2).abs() < 1e-12);
    /// ```
    pub fn wait_for_place_percentile(rho: f64, k: f64, X: f64, q: f64) -> Seconds {
        let waits = libm::pow(rho, libm::sqrt(2.0 * (k + 1.0)) - 1.0);
        Seconds::s(libm::log(waits / (1.0 - q)).max(0.0) / (2.0 * X * (1.0 - rho)))
    }

    /// The place of a share in the normal distribution, in standard deviations.
    ///
    /// `z = t - (2.515517 + 0.802853·t + 0.010328·t^2) / (1 + 1.432788·t + 0.189269·t^2 + 0.001308·t^3), t = sqrt(-2·ln(1 - q))`
    ///
    /// $$ z = t - \frac{2.515517 + 0.802853t + 0.010328t^2}{1 + 1.432788t + 0.189269t^2 + 0.001308t^3} $$
    ///
    /// where q is the share, at least a half.
    ///
    /// Source: Hastings 1955, equation 26.2.23 of Abramowitz and Stegun; within 4.5e-4.
    ///
    /// ```
    /// # use slipstick_core::formulas::time::queueing::normal_percentile;
    /// // The tables' own.
    /// assert!((normal_percentile(0.975) - 1.959_96).abs() < 4.5e-4);
    /// assert!((normal_percentile(0.99) - 2.326_35).abs() < 4.5e-4);
    /// ```
    pub fn normal_percentile(q: f64) -> f64 {
        let t = libm::sqrt(-2.0 * libm::log(1.0 - q));
        let over = t.mul_add(t.mul_add(0.010_328, 0.802_853), 2.515_517);
        let under = t.mul_add(t.mul_add(t.mul_add(0.001_308, 0.189_269), 1.432_788), 1.0);
        t - over / under
    }

    /// The requests in flight that so large a share of arrivals does not meet more of.
    ///
    /// `L_q = L + z·sqrt(L) + (z^2 - 1)/6`
    ///
    /// $$ L_q = L + z\sqrt{L} + \frac{z^2-1}{6} $$
    ///
    /// where L is the requests in flight in the mean and z the place of the share in the normal distribution.
    ///
    /// Source: Newell 1966, "The M/G/∞ service system": requests in flight are Poisson; its percentile by the first term of
    /// Cornish and Fisher 1938.
    ///
    /// ```
    /// # use slipstick_core::formulas::time::queueing::in_flight_percentile;
    /// // Tables of the Poisson distribution: of a mean of 10, no more than 15 are met by 95.1 % and 18 by 99.3 %.
    /// assert!((in_flight_percentile(10.0, 1.6449) - 15.0).abs() < 0.5);
    /// assert!((in_flight_percentile(10.0, 2.3263) - 17.5).abs() < 0.6);
    /// ```
    pub fn in_flight_percentile(L: f64, z: f64) -> f64 {
        (z.mul_add(libm::sqrt(L), L) + (z * z - 1.0) / 6.0).max(0.0)
    }

    /// The rest of the running step that so large a share of requests that arrive at random does not exceed, in steps.
    ///
    /// `h = max(0, 1 - (1 - q)/b)`
    ///
    /// $$ h = \max\left(0,\; 1 - \frac{1-q}{b}\right) $$
    ///
    /// where b is the share of the time that a step runs and q the share of requests.
    ///
    /// Source: Wolff 1982, "Poisson arrivals see time averages": who finds a step finds any moment of it.
    ///
    /// No published number: the distribution function of a uniform time, read backwards.
    pub fn rest_of_step_percentile(b: f64, q: f64) -> f64 {
        (1.0 - (1.0 - q) / b).max(0.0)
    }

    /// Share of the time that a replica has anything to do.
    ///
    /// `b = 1 - exp(-(C - 1))`
    ///
    /// $$ b = 1 - e^{-(C-1)} $$
    ///
    /// where C is the requests in flight as one that arrives meets them, itself included.
    ///
    /// Source: Newell 1966, "The M/G/∞ service system": of requests that arrive at random the number in service is
    /// Poisson, so that C - 1 are none with exp(-(C - 1)).
    ///
    /// No published number: the tests of speed hold its limits, nothing for a single request and all of it beside many.
    pub fn busy_share(C: f64) -> f64 {
        -libm::expm1(-(C - 1.0).max(0.0))
    }

    /// Mean rest of the running step as a request that arrives at random finds it, in steps.
    ///
    /// `h = b/2`
    ///
    /// $$ h = \frac{b}{2} $$
    ///
    /// where b is the share of the time that a step runs.
    ///
    /// Source: Wolff 1982, "Poisson arrivals see time averages", of steps of equal length.
    ///
    /// No published number: a half.
    pub fn rest_of_step(b: f64) -> f64 {
        b / 2.0
    }

    /// Mean load of an accelerator that has nothing to do for part of the time.
    ///
    /// `l = b·l_s`
    ///
    /// $$ l = b\,l_s $$
    ///
    /// where b is the share of the time that it has anything to do and l_s the load of its steps.
    ///
    /// Source: the mean over time.
    ///
    /// No published number: a product.
    pub fn load_over_time(b: f64, l_s: f64) -> f64 {
        b * l_s
    }

    /// Mean wait for a place in a closed loop that starts from nothing.
    ///
    /// `t = t_q·(1 - (C + B) / (2·r·C))`
    ///
    /// $$ t = t_q\left(1 - \frac{C + B}{2rC}\right) $$
    ///
    /// where t_q is the wait in steady state, C the requests in flight, B those with a place, and r the requests that each of
    /// the C slots serves: the first B of them wait for nothing, and the other C - B that arrive with them for half of t_q.
    ///
    /// Source: the mean over all requests of a run, its first ones included.
    ///
    /// No published number: a mean.
    pub fn queue_from_nothing(t_q: Seconds, C: f64, B: f64, r: f64) -> Seconds {
        t_q * (1.0 - (C + B.min(C)) / (2.0 * r * C))
    }

    /// Mean wait for a place where all requests are there at once.
    ///
    /// `t_q = max(0, N - B)^2 / (2·N·X)`
    ///
    /// $$ t_q = \frac{\max(0, N - B)^2}{2NX} $$
    ///
    /// where N is the requests, B the places and X the requests finished per second: of those beyond the first B each waits
    /// until as many have finished as stood before it.
    ///
    /// Source: the mean of i/X for i from 0 to N - B, over all N.
    ///
    /// ```
    /// # use slipstick_core::formulas::time::queueing::burst_queue;
    /// // Two one after the other, a second each: the second waits one, which is half a second on average; a smooth queue
    /// // of many says half of that of two.
    /// assert!((burst_queue(2.0, 1.0, 1.0).get() - 0.25).abs() < 1e-12);
    /// assert!((burst_queue(2000.0, 1.0, 1.0).get() / 999.5 - 1.0).abs() < 1e-2);
    /// ```
    pub fn burst_queue(N: f64, B: f64, X: f64) -> Seconds {
        let waiting = (N - B).max(0.0);
        Seconds::s(waiting * waiting / (2.0 * N * X))
    }

    /// Requests finished a second until the last one has ended, where all are there at once.
    ///
    /// `X_a = N / ((N - r) / X + r / X_r)`
    ///
    /// $$ X_a = \frac{N}{\frac{N - r}{X} + \frac{r}{X_r}} $$
    ///
    /// where N is the requests, r those of the last batch, what is over when batches of B are full, X the requests finished a
    /// second by full batches and X_r by the last one.
    ///
    /// Source: requests of one length that start together end together, so that places come free in batches.
    ///
    /// ```
    /// # use slipstick_core::formulas::time::queueing::rate_over_batches;
    /// // Three batches of four a second each, and one of two, which takes the same second.
    /// assert_eq!(rate_over_batches(14.0, 4.0, 4.0, 2.0), 3.5);
    /// assert_eq!(rate_over_batches(8.0, 4.0, 4.0, 1.0), 4.0);
    /// ```
    pub fn rate_over_batches(N: f64, B: f64, X: f64, X_r: f64) -> f64 {
        let rest = last_batch(N, B);
        N / ((N - rest) / X + rest / X_r)
    }
}

/// Requests of the last batch of N, where all are there at once and batches of B are full.
pub(crate) fn last_batch(requests: f64, places: f64) -> f64 {
    requests - places * libm::floor(requests / places)
}
