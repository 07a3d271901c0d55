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
    ///
    /// No published number: a sum of parts that no benchmark publishes apart; the tests of speed hold the whole.
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
    ///
    /// No published number: a sum of parts that no benchmark publishes apart; the tests of speed hold the whole.
    pub fn time_to_first_token(t_r: Seconds, t_w: Seconds, t_p: Seconds, t_q: Seconds) -> Seconds {
        t_r + t_w + t_p + t_q
    }

    /// Mean wait of a request for the prompts that arrived with it at the start of a closed loop.
    ///
    /// `t_b = f·(B - 1)/2·t_f·I/x`
    ///
    /// $$ t_b = f\,\frac{B-1}{2}\,\frac{t_f\,I}{x} $$
    ///
    /// where f is the share of all requests that arrive at once in the beginning (one over the requests a slot serves), B the
    /// sequences of a batch, t_f the time of a step that reads as many prompts as there is room for, x its tokens, and I those
    /// of a prompt.
    ///
    /// Source: the mean of 0 .. B-1 prompts ahead, for the share f of requests; steps carry what they have room for.
    ///
    /// No published number: a sum of parts that no benchmark publishes apart; the tests of speed hold the whole.
    pub fn start_burst_wait(f: f64, B: f64, t_f: Seconds, I: f64, x: f64) -> Seconds {
        t_f * (f * (B - 1.0).max(0.0) / 2.0 * I / x)
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
    ///
    /// ```
    /// # use slipstick_core::{formulas::time::latency::end_to_end_time, units::Seconds};
    /// // As benchmarks define TPOT: the time after the first token over all further ones.
    /// assert_eq!(end_to_end_time(Seconds::s(0.5), 129.0, Seconds::ms(10.0)).as_ms().round(), 1780.0);
    /// ```
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

    /// Requests a replica finishes per second as the places of its batch come free.
    ///
    /// `X = B / (t_s - t_r)`
    ///
    /// $$ X = \frac{B}{t_s - t_r} $$
    ///
    /// where B is the sequences of the batch, t_s the time a request takes once it has a place, and t_r what it costs
    /// before it is scheduled, while its place is another's.
    ///
    /// Source: Little 1961, "A proof for the queuing formula L = λW", for the places of a batch.
    ///
    /// No published number: a quotient.
    pub fn slot_rate(B: f64, t_s: Seconds, t_r: Seconds) -> f64 {
        closed_loop_rate(B, t_s - t_r)
    }

    /// Tokens per second.
    ///
    /// `X_t = t·X`
    ///
    /// $$ X_t = t\,X $$
    ///
    /// where t is the tokens of a request that are counted and X the requests finished per second.
    ///
    /// Source: Little 1961, "A proof for the queuing formula L = λW", with t tokens a request.
    ///
    /// No published number: a product.
    pub fn token_rate(t: f64, X: f64) -> f64 {
        t * X
    }

    /// Requests per second of all replicas.
    ///
    /// `X = n·X_1`
    ///
    /// $$ X = n\,X_1 $$
    ///
    /// where n is the replicas and X_1 the requests per second of one.
    ///
    /// Source: replicas share nothing but the load.
    ///
    /// No published number: a product.
    pub fn rate_of_replicas(n: f64, X_1: f64) -> f64 {
        n * X_1
    }

    /// Requests per second that prompts can be read at, where steps have no room for more of them.
    ///
    /// `X = x / (I·t)`
    ///
    /// $$ X = \frac{x}{I\,t} $$
    ///
    /// where x is the prompt tokens an average step carries, I those of a request, and t the mean time of a step.
    ///
    /// Source: arithmetic.
    ///
    /// No published number: a quotient.
    pub fn prompt_bound_rate(x: f64, I: f64, t: Seconds) -> f64 {
        x / (I * t.get())
    }

    /// Time of the steps that read a request's own prompt.
    ///
    /// `t_p = max(t_1, (n - 1)·t_c + t_l) for n > 1, else max(t_1, t_m)`
    ///
    /// $$ t_p = \begin{cases} \max(t_1, (n-1)\,t_c + t_l) & n > 1 \\ \max(t_1, t_m) & n = 1 \end{cases} $$
    ///
    /// where n is the chunks of the prompt, t_c the time of a step with a whole chunk, t_l that of the step with the last one,
    /// t_1 the prefill of the prompt alone, t_m the time of a step that carries prefill.
    ///
    /// Source: Agrawal et al. 2024 (arXiv 2403.02310): chunks of a prompt take a step each, beside the decoding sequences.
    ///
    /// No published number: a choice between steps; the tests of speed hold the whole.
    pub fn own_prefill_time(n: f64, t_c: Seconds, t_l: Seconds, t_1: Seconds, t_m: Seconds) -> Seconds {
        t_1.max(if n > 1.0 { t_c * (n - 1.0) + t_l } else { t_m })
    }

    /// Mean wait of a request for the running step and for the prompts before it.
    ///
    /// `t_w = h·t_h + t_p·w + t_b`
    ///
    /// $$ t_w = h\,t_h + t_p\,w + t_b $$
    ///
    /// where h is the steps until a request is looked at and its first token is sent (what is left of the running one, and
    /// those between two looks; nothing for a single sequence), t_h what such a step takes, t_p the time a prompt takes, w the prompts before it, t_b
    /// the wait for prompts that arrived at the same moment.
    ///
    /// Source: the parts of a wait, in order.
    ///
    /// No published number: a sum of parts that no benchmark publishes apart; the tests of speed hold the whole.
    pub fn scheduling_wait(h: f64, t_h: Seconds, t_p: Seconds, w: f64, t_b: Seconds) -> Seconds {
        t_h * h + t_p * w + t_b
    }

    /// Mean wait of a request for a place in the batch.
    ///
    /// `t_q = max(0, C/X - t_s)`
    ///
    /// $$ t_q = \max(0, C/X - t_s) $$
    ///
    /// where C is the requests in flight, X those finished per second, and t_s the time a request takes once it has a place.
    ///
    /// Source: Little 1961, "A proof for the queuing formula L = λW".
    ///
    /// No published number: a difference.
    pub fn queue_wait(C: f64, X: f64, t_s: Seconds) -> Seconds {
        Seconds::s((C / X - t_s.get()).max(0.0))
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
    ///
    /// No published number: its terms are fitted for each engine; the tests of speed hold the whole.
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
    ///
    /// No published number: a sum of parts that no benchmark publishes apart; the tests of speed hold the whole.
    pub fn step_sum(t_c: Seconds, t_b: Seconds, t_l: Seconds, t_o: Seconds) -> Seconds {
        t_c + t_b + t_l + t_o
    }
}
