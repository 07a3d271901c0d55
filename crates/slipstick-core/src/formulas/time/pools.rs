//! Separate pools of workers that read prompts and that write output: their rates, matched, and what a request waits for.

use crate::units::{Seconds, Traffic};

crate::formula! {
    /// Requests a second that one worker can write, its batch always full.
    ///
    /// `X_d = R·B / (max(1, O - 1)·t_d)`
    ///
    /// $$ X_d = \frac{R\,B}{\max(1, O-1)\,t_d} $$
    ///
    /// where R is the ranks of the worker with sequences of their own, B the sequences that decode on each of them, O the
    /// output tokens of a request, of which the first ends its prompt, and t_d the time of a step that only decodes.
    ///
    /// Source: Little 1961, "A proof for the queuing formula L = λW", for the places of a batch.
    ///
    /// No published number: a quotient.
    pub fn decode_pool_rate(R: f64, B: f64, O: f64, t_d: Seconds) -> f64 {
        R * B / ((O - 1.0).max(1.0) * t_d.get())
    }

    /// Sequences that write at once on a rank.
    ///
    /// `B = X·max(1, O - 1)·t_d / R`
    ///
    /// $$ B = \frac{X\,\max(1, O-1)\,t_d}{R} $$
    ///
    /// where X is the requests a second, O the output tokens of each, of which the first ends its prompt, t_d the time of a
    /// step, and R the ranks with sequences of their own.
    ///
    /// Source: Little 1961, "A proof for the queuing formula L = λW", for the time in which a request writes.
    ///
    /// No published number: a product.
    pub fn writing_sequences(X: f64, O: f64, t_d: Seconds, R: f64) -> f64 {
        X * (O - 1.0).max(1.0) * t_d.get() / R
    }

    /// Requests a second that two pools in a row can serve.
    ///
    /// `X = min(X_p, X_d)`
    ///
    /// $$ X = \min(X_p, X_d) $$
    ///
    /// where X_p is the requests a second whose prompts the one pool reads, and X_d those whose output the other writes.
    ///
    /// Source: Zhong et al. 2024 (arXiv 2401.09670), section 4: the slower phase decides.
    ///
    /// ```
    /// # use slipstick_core::formulas::time::pools::matched_rate;
    /// // Two prefill workers of 1.8 requests/s beside one decode worker of 3.1.
    /// assert_eq!(matched_rate(2.0 * 1.8, 3.1), 3.1);
    /// ```
    pub fn matched_rate(X_p: f64, X_d: f64) -> f64 {
        X_p.min(X_d)
    }

    /// Share of a pool's capacity that is left over.
    ///
    /// `i = max(0, 1 - X / X_n)`
    ///
    /// $$ i = \max(0, 1 - X / X_n) $$
    ///
    /// where X is the requests a second that pass, and X_n those that the pool could serve.
    ///
    /// Source: the utilisation law (Denning and Buzen 1978).
    ///
    /// No published number: a difference.
    pub fn pool_idle_share(X: f64, X_n: f64) -> f64 {
        (1.0 - X / X_n).max(0.0)
    }

    /// Prefill workers to a decode worker at which neither pool waits for the other.
    ///
    /// `r = X_1d / X_1p`
    ///
    /// $$ r = X_{1d} / X_{1p} $$
    ///
    /// where X_1d is the requests a second that one decode worker can write and X_1p those that one prefill worker can read.
    ///
    /// Source: Zhong et al. 2024 (arXiv 2401.09670), section 4: as many of each as match the other's rate.
    ///
    /// No published number: a quotient.
    pub fn balanced_workers(X_1d: f64, X_1p: f64) -> f64 {
        X_1d / X_1p
    }

    /// Mean wait for one of several equal servers whose work always takes as long, in units of that work.
    ///
    /// `w = rho^(sqrt(2·(c + 1)) - 1) / (2·c·(1 - rho))`
    ///
    /// $$ w = \frac{\rho^{\sqrt{2(c+1)}-1}}{2\,c\,(1-\rho)} $$
    ///
    /// where rho is the share of time that the servers are busy, below 1, and c how many they are. With one it is the M/D/1 of
    /// Pollaczek and Khinchine.
    ///
    /// Source: Sakasegawa 1977, "An approximation formula L_q ~ alpha·rho^beta/(1-rho)", halved for work without spread.
    ///
    /// ```
    /// # use slipstick_core::formulas::time::{batching::deterministic_wait, pools::pool_wait};
    /// assert!((pool_wait(0.5, 1.0) - deterministic_wait(0.5)).abs() < 1e-12);
    /// ```
    pub fn pool_wait(rho: f64, c: f64) -> f64 {
        libm::pow(rho, libm::sqrt(2.0 * (c + 1.0)) - 1.0) / (2.0 * c * (1.0 - rho))
    }

    /// Bytes of a sequence's cache that one link carries from the pool that made it to the pool that goes on with it.
    ///
    /// `M = max(M_p, M_d)`
    ///
    /// $$ M = \max(M_p, M_d) $$
    ///
    /// where M_p is what one rank of the sender keeps of the sequence and M_d what one rank of the receiver does: ranks send
    /// side by side, each over a link of its own, and the one with most is last.
    ///
    /// Source: cuts of tensor parallelism; a latent, which is not cut, goes to every rank whole.
    ///
    /// No published number: a choice.
    pub fn cache_over_one_link(M_p: Traffic, M_d: Traffic) -> Traffic {
        if M_p.get() > M_d.get() { M_p } else { M_d }
    }

    /// Mean wait of a request in a pool that reads prompts.
    ///
    /// `t_w = t_1·w + t_b`
    ///
    /// $$ t_w = t_1\,w + t_b $$
    ///
    /// where t_1 is the time between two prompts that one worker finishes, w the prompts before it in units of that, and t_b
    /// the wait for prompts that arrived at the same moment.
    ///
    /// Source: the parts of a wait, in order.
    ///
    /// No published number: a sum of parts that no benchmark publishes apart.
    pub fn prompt_pool_wait(t_1: Seconds, w: f64, t_b: Seconds) -> Seconds {
        t_1 * w + t_b
    }

    /// Mean time to the first token where another pool writes than reads.
    ///
    /// `TTFT = t_r + t_w + t_p + t_x + t_d + t_q`
    ///
    /// $$ \mathrm{TTFT} = t_r + t_w + t_p + t_x + t_d + t_q $$
    ///
    /// where t_r is what a request costs before it is scheduled, t_w its wait for prompts before it, t_p the steps that read
    /// its prompt, t_x the transfer of its cache, t_d the first step of the pool that writes, which is what the client sees
    /// first, and t_q its wait for a free place.
    ///
    /// Source: the parts of a request's life before its first token, in order; vLLM's and TensorRT-LLM's proxies stream from
    /// the pool that writes.
    ///
    /// No published number: a sum of parts that no benchmark publishes apart.
    pub fn disaggregated_ttft(
        t_r: Seconds,
        t_w: Seconds,
        t_p: Seconds,
        t_x: Seconds,
        t_d: Seconds,
        t_q: Seconds,
    ) -> Seconds {
        t_r + t_w + t_p + t_x + t_d + t_q
    }

    /// Time of a step of a pool that only decodes.
    ///
    /// `t = f·t_d`
    ///
    /// $$ t = f\,t_d $$
    ///
    /// where t_d is the time of such a step as engines take it that read prompts as well, and f the share of it that is left
    /// where they never do.
    ///
    /// Source: the fit of measured pools.
    ///
    /// No published number: a product with a fitted share; the tests of speed hold the whole.
    pub fn decode_only_step(f: f64, t_d: Seconds) -> Seconds {
        t_d * f
    }
}
