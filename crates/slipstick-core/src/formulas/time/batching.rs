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
    pub fn prefill_tokens_per_step(B: f64, I: f64, O: f64) -> f64 {
        (B - 1.0).max(0.0) * I / O
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
    pub fn chunks_per_step(x: f64, c: f64) -> f64 {
        x / c
    }

    /// Share of steps that carry any prefill, when chunks arrive at random.
    ///
    /// `p = 1 - exp(-a)`
    ///
    /// $$ p = 1 - e^{-a} $$
    ///
    /// where a is the mean number of prefill chunks that arrive during a step.
    ///
    /// Source: the Poisson limit of independent arrivals.
    pub fn mixed_step_share(a: f64) -> f64 {
        -libm::expm1(-a)
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
    pub fn deterministic_wait(rho: f64) -> f64 {
        rho / (2.0 * (1.0 - rho))
    }
}
