//! What a user waits for, put together from step times.

use crate::units::Seconds;

crate::formula! {
    /// Mean time of a step when some steps carry prefill and the others only decode: the time per output token.
    ///
    /// `TPOT = p·t_m + (1 - p)·t_d`
    ///
    /// $$ \mathrm{TPOT} = p\,t_m + (1-p)\,t_d $$
    ///
    /// where p is the share of steps that carry prefill, t_m the time of such a step, t_d that of one that only decodes.
    ///
    /// Source: the mean over steps; every step emits one token a sequence.
    pub fn time_per_output_token(p: f64, t_m: Seconds, t_d: Seconds) -> Seconds {
        t_m * p + t_d * (1.0 - p)
    }

    /// Mean time to the first token.
    ///
    /// `TTFT = t_r + t_w + t_p + t_q`
    ///
    /// $$ \mathrm{TTFT} = t_r + t_w + t_p + t_q $$
    ///
    /// where t_r is what a request costs before it is scheduled, t_w its wait for the running step and for prompts before it,
    /// t_p the steps that read its own prompt, t_q its wait for a free place in the batch.
    ///
    /// Source: the parts of a request's life before its first token, in order.
    pub fn time_to_first_token(t_r: Seconds, t_w: Seconds, t_p: Seconds, t_q: Seconds) -> Seconds {
        t_r + t_w + t_p + t_q
    }

    /// Mean wait of a request for the prompts that arrived with it at the start of a closed loop.
    ///
    /// `t_b = f·(B - 1)/2·t_1`
    ///
    /// $$ t_b = f\,\frac{B-1}{2}\,t_1 $$
    ///
    /// where f is the share of all requests that arrive at once in the beginning (one over the requests a slot serves), B the
    /// sequences of a batch, t_1 the prefill of one prompt.
    ///
    /// Source: the mean of 0 .. B-1 prompts ahead, for the share f of requests.
    pub fn start_burst_wait(f: f64, B: f64, t_1: Seconds) -> Seconds {
        t_1 * (f * (B - 1.0).max(0.0) / 2.0)
    }

    /// Mean time from a request's arrival to its last token.
    ///
    /// `E2E = TTFT + (O - 1)·TPOT`
    ///
    /// $$ \mathrm{E2E} = \mathrm{TTFT} + (O-1)\,\mathrm{TPOT} $$
    ///
    /// where O is the output tokens of a request.
    ///
    /// Source: the first token ends the prefill, and each further one takes a step.
    pub fn end_to_end_time(TTFT: Seconds, O: f64, TPOT: Seconds) -> Seconds {
        TTFT + TPOT * (O - 1.0).max(0.0)
    }

    /// Requests finished per second in a closed loop.
    ///
    /// `X = C / E2E`
    ///
    /// $$ X = \frac{C}{\mathrm{E2E}} $$
    ///
    /// where C is the requests in flight and E2E the time each of them takes, queue included.
    ///
    /// Source: Little 1961, "A proof for the queuing formula L = λW".
    ///
    /// ```
    /// # use slipstick_core::{formulas::time::latency::closed_loop_rate, units::Seconds};
    /// assert!((closed_loop_rate(32.0, Seconds::s(8.0)) - 4.0).abs() < 1e-12);
    /// ```
    pub fn closed_loop_rate(C: f64, E2E: Seconds) -> f64 {
        C / E2E.get()
    }

    /// Tokens per second in a closed loop.
    ///
    /// `X_t = t·C / E2E`
    ///
    /// $$ X_t = \frac{t\,C}{\mathrm{E2E}} $$
    ///
    /// where t is the tokens of a request that are counted, C the requests in flight and E2E the time each of them takes,
    /// queue included.
    ///
    /// Source: Little 1961, "A proof for the queuing formula L = λW", with t tokens a request.
    pub fn closed_loop_token_rate(t: f64, C: f64, E2E: Seconds) -> f64 {
        t * closed_loop_rate(C, E2E)
    }

    /// What the host does in a step beside the operators.
    ///
    /// `t_o = L·l + E·e + s + B·q`
    ///
    /// $$ t_o = L\,l + E\,e + s + B\,q $$
    ///
    /// where L is the layers and l the launches of each, E the layers with routed experts and e what each adds, s the
    /// scheduling of a step, B the decoding sequences and q what sampling costs each.
    ///
    /// Source: launches that no graph hides grow with layers, bookkeeping with sequences; fitted per engine.
    pub fn host_time(L: f64, l: Seconds, E: f64, e: Seconds, s: Seconds, B: f64, q: Seconds) -> Seconds {
        l * L + e * E + s + q * B
    }

    /// Time of a step: its operators one after the other, and what no operator does.
    ///
    /// `t = t_c + t_b + t_l + t_o`
    ///
    /// $$ t = t_c + t_b + t_l + t_o $$
    ///
    /// where t_c is the time of the operators that arithmetic binds, t_b of those that memory binds, t_l of collectives and
    /// transfers, t_o of launches, scheduling and sampling.
    ///
    /// Source: operators of one layer depend on each other and run in sequence.
    pub fn step_sum(t_c: Seconds, t_b: Seconds, t_l: Seconds, t_o: Seconds) -> Seconds {
        t_c + t_b + t_l + t_o
    }
}
