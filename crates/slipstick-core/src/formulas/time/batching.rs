//! Continuous batching in steady state: how much prefill each decode step carries.

crate::formula! {
    /// Prompt tokens that an average step carries for the other sequences of its batch, in steady state.
    ///
    /// `x = (B - 1)·I / O`
    ///
    /// $$ x = (B-1)\,\frac{I}{O} $$
    ///
    /// where B is the sequences in the batch, I the prompt tokens and O the output tokens of a request: while one sequence
    /// emits its O tokens, each of the others is replaced once, and each replacement brings I tokens to prefill.
    ///
    /// Source: conservation of requests in a closed loop; the effect is measured in InferenceX runs (2025 to 2026).
    ///
    /// No published number: benchmarks publish times, of which this is one cause; the tests of speed hold those.
    pub fn prefill_tokens_per_step(B: f64, I: f64, O: f64) -> f64 {
        (B - 1.0).max(0.0) * I / O
    }

    /// Steps that a new request waits for where settings hold it back.
    ///
    /// `h = h_0 + s`
    ///
    /// $$ h = h_0 + s $$
    ///
    /// where h_0 is the steps that it waits for anyway and s those that settings hold it back for in the mean, so that prompts
    /// are read together.
    ///
    /// Source: TensorRT-LLM, LLM arguments, batch_wait_timeout_iters.
    ///
    /// ```
    /// # use slipstick_core::formulas::time::batching::held_back_steps;
    /// // InferenceX, Llama-3.1-70B on four H200 under TensorRT-LLM 1.1, 64 in flight, steps of 13.7 ms: with a wait of 20 steps
    /// // the first token came after 529 ms, without it after 282 ms.
    /// assert!((0.282 / 0.0137 + 20.0 - held_back_steps(0.282 / 0.0137, 20.0)).abs() < 1e-9);
    /// assert!((held_back_steps(0.282 / 0.0137, 20.0) * 0.0137 / 0.529 - 1.0).abs() < 0.06);
    /// ```
    pub fn held_back_steps(h_0: f64, s: f64) -> f64 {
        h_0 + s
    }

    /// Mean number of prefill chunks that arrive during a step.
    ///
    /// `a = x / c`
    ///
    /// $$ a = \frac{x}{c} $$
    ///
    /// where x is the prompt tokens that an average step carries and c the tokens of a chunk: a whole prompt, or as much of it
    /// as the engine puts into one step.
    ///
    /// Source: arithmetic.
    ///
    /// No published number: a quotient.
    pub fn chunks_per_step(x: f64, c: f64) -> f64 {
        x / c
    }

    /// Share of steps that carry any prefill, when chunks arrive at random.
    ///
    /// `p = max(1 - exp(-a), min(1, x / r))`
    ///
    /// $$ p = \max\left(1 - e^{-a}, \min(1, x / r)\right) $$
    ///
    /// where a is the mean number of prefill chunks that arrive during a step, x the prompt tokens that an average step must
    /// carry and r those that a step has room for: fewer steps than x / r cannot carry what arrives.
    ///
    /// Source: the Poisson limit of independent arrivals, and conservation of prompt tokens.
    ///
    /// ```
    /// # use slipstick_core::{formulas::time::batching::mixed_step_share};
    /// // The textbook's: where one arrives on average, 1 - 1/e of all intervals see any.
    /// assert!((mixed_step_share(1.0, 100.0, 8192.0) - 0.632_120_558_8).abs() < 1e-9);
    /// // A chunk that fills a step arrives at nine steps of ten: nine of ten carry one.
    /// assert_eq!(mixed_step_share(0.9, 900.0, 1000.0), 0.9);
    /// ```
    pub fn mixed_step_share(a: f64, x: f64, r: f64) -> f64 {
        (-libm::expm1(-a)).max((x / r).min(1.0))
    }

    /// Mean wait for a server that is busy with deterministic work, in units of that work.
    ///
    /// `w = rho / (2·(1 - rho))`
    ///
    /// $$ w = \frac{\rho}{2(1-\rho)} $$
    ///
    /// where rho is the share of time the server is busy, below 1.
    ///
    /// Source: Pollaczek 1930, Khinchine 1932 (M/D/1).
    ///
    /// ```
    /// # use slipstick_core::{formulas::time::batching::deterministic_wait};
    /// // The textbook's: half of what random work waits, which is one piece at half load.
    /// assert_eq!(deterministic_wait(0.5), 0.5);
    /// ```
    pub fn deterministic_wait(rho: f64) -> f64 {
        rho / (2.0 * (1.0 - rho))
    }

    /// Sequences that run at once on a replica.
    ///
    /// `B = max(1, min(C, m, e))`
    ///
    /// $$ B = \max(1, \min(C, m, e)) $$
    ///
    /// where C is the requests of a replica, m the sequences that memory holds at their mean length, and e those that the
    /// engine runs at once.
    ///
    /// Source: Kwon et al. 2023 (arXiv 2309.06180), section 4.5: whoever does not fit waits.
    ///
    /// No published number: a choice between limits.
    pub fn running_sequences(C: f64, m: f64, e: f64) -> f64 {
        C.min(m).min(e).max(1.0)
    }

    /// Prompt tokens that a step has room for.
    ///
    /// `c = max(1, T - B)`
    ///
    /// $$ c = \max(1, T - B) $$
    ///
    /// where T is the tokens the engine puts into one step and B the decoding sequences, a token each.
    ///
    /// Source: Agrawal et al. 2024 (arXiv 2403.02310), section 4: decodes first, prompt in what is left.
    ///
    /// No published number: a difference.
    pub fn chunk_room(T: f64, B: f64) -> f64 {
        (T - B).max(1.0)
    }

    /// Prompt tokens that a step has room for where prompts are never divided.
    ///
    /// `r = I·max(1, floor(c / I))`
    ///
    /// $$ r = I \max(1, \lfloor c / I \rfloor) $$
    ///
    /// where c is the tokens that a step has room for beside its decoding sequences and I those of a prompt that are read.
    ///
    /// Source: Yu et al. 2022, "Orca", section 4.2: a prompt runs in one iteration.
    ///
    /// No published number: a rounding.
    pub fn room_for_whole_prompts(c: f64, I: f64) -> f64 {
        I * libm::floor(c / I).max(1.0)
    }

    /// Prompt tokens of a request that are read: all that are not found in the cache.
    ///
    /// `I_u = max(1, I - h)`
    ///
    /// $$ I_u = \max(1, I - h) $$
    ///
    /// where I is the prompt tokens of a request and h those found in the cache; the last one is always read, since its
    /// successor is asked for.
    ///
    /// Source: vLLM, prefix caching; Zheng et al. 2024 (arXiv 2312.07104), section 3.
    ///
    /// No published number: a difference.
    pub fn read_tokens(I: f64, h: f64) -> f64 {
        (I - h).max(1.0)
    }

    /// Prompt tokens that a step has room for where as many arrive as it reads.
    ///
    /// `r = max(1, (T - d)·I / (I + d·S))`
    ///
    /// $$ r = \max\left(1, \frac{(T - d)\,I}{I + d\,S}\right) $$
    ///
    /// where T is the tokens the engine puts into one step, d those of a decoding sequence, I the prompt tokens of a request
    /// that are read and S the steps that write its output: with d·B tokens of decoding sequences, of which (B - 1) / S are
    /// replaced in a step by I prompt tokens each, the step is full.
    ///
    /// Source: conservation of requests and tokens: r = T - d·B and r = (B - 1)·I / S.
    ///
    /// ```
    /// # use slipstick_core::formulas::time::batching::{decoding_sequences, shared_room};
    /// // As many tokens are read as written: half of a step is prompt.
    /// let room = shared_room(1001.0, 1.0, 500.0, 500.0);
    /// assert_eq!(room, 500.0);
    /// assert_eq!(decoding_sequences(4096.0, room, 500.0, 500.0), 501.0);
    /// ```
    pub fn shared_room(T: f64, d: f64, I: f64, S: f64) -> f64 {
        ((T - d) * I / d.mul_add(S, I)).max(1.0)
    }

    /// Sequences that decode at once: fewer than run where more would bring prompts faster than steps leave room for.
    ///
    /// `B_d = min(B, 1 + r·S / I)`
    ///
    /// $$ B_d = \min(B, 1 + r\,S / I) $$
    ///
    /// where B is the running sequences, r the prompt tokens that a step has room for where as many arrive as it reads, S the
    /// steps that write the output of a request and I its prompt tokens that are read: a sequence is replaced by I prompt
    /// tokens once in S steps.
    ///
    /// Source: conservation of requests; those whose prompts wait do not decode.
    ///
    /// No published number: a choice between limits.
    pub fn decoding_sequences(B: f64, r: f64, I: f64, S: f64) -> f64 {
        B.min(1.0 + r * S / I)
    }

    /// Chunks of one prompt.
    ///
    /// `n = max(1, ceil(I / c))`
    ///
    /// $$ n = \max(1, \lceil I / c \rceil) $$
    ///
    /// where I is the prompt and c the prompt tokens that a step has room for.
    ///
    /// Source: Agrawal et al. 2024 (arXiv 2403.02310), section 4.
    ///
    /// No published number: a rounding.
    pub fn chunks_of_prompt(I: f64, c: f64) -> f64 {
        libm::ceil(I / c).max(1.0)
    }

    /// Prompt tokens of a chunk: a whole prompt, or as much of it as a step has room for.
    ///
    /// `c = min(I, r)`
    ///
    /// $$ c = \min(I, r) $$
    ///
    /// where I is the prompt and r the prompt tokens that a step has room for.
    ///
    /// Source: Agrawal et al. 2024 (arXiv 2403.02310), section 4.
    ///
    /// No published number: a choice.
    pub fn chunk_tokens(I: f64, r: f64) -> f64 {
        I.min(r)
    }

    /// Tokens of the last chunk of a prompt.
    ///
    /// `c_l = I - (n - 1)·c`
    ///
    /// $$ c_l = I - (n-1)\,c $$
    ///
    /// where I is the prompt tokens of a request, n its chunks and c the tokens of a whole one.
    ///
    /// Source: Agrawal et al. 2024 (arXiv 2403.02310): what whole chunks leave of a prompt is the last one.
    ///
    /// No published number: a difference.
    pub fn last_chunk_tokens(I: f64, n: f64, c: f64) -> f64 {
        I - (n - 1.0) * c
    }

    /// Prompt tokens that a step reads where more prompts wait than it has room for.
    ///
    /// `x = max(I, min(T, B·I))`
    ///
    /// $$ x = \max(I, \min(T, B\,I)) $$
    ///
    /// where T is the tokens the scheduler puts into one step, B the requests that wait, and I the prompt tokens of each.
    ///
    /// Source: Kwon et al. 2023 (arXiv 2309.06180), section 4.5: steps are filled first come, first served.
    ///
    /// No published number: a choice between limits.
    pub fn burst_step_tokens(T: f64, B: f64, I: f64) -> f64 {
        T.min(B * I).max(I)
    }

    /// Prompt tokens that a step carries if it carries any: all that has arrived since the last such step.
    ///
    /// `x_m = min(x / p, r)`
    ///
    /// $$ x_m = \min(x / p, r) $$
    ///
    /// where x is the prompt tokens of an average step, p the share of steps that carry any, r the tokens that a step has
    /// room for.
    ///
    /// Source: conservation of prompt tokens.
    ///
    /// No published number: a quotient.
    pub fn carried_tokens(x: f64, p: f64, r: f64) -> f64 {
        (x / p).min(r)
    }

    /// Share of the time that an engine reads prompts, as those who wait see it.
    ///
    /// `rho = min(p, m)`
    ///
    /// $$ \rho = \min(p, m) $$
    ///
    /// where p is the share of steps that carry prefill, m the largest load at which a queue still has a steady state.
    ///
    /// Source: our assumption; beyond m the queue is bounded by the requests in flight.
    ///
    /// No published number: a choice.
    pub fn prompt_load(p: f64, m: f64) -> f64 {
        p.min(m)
    }
}
