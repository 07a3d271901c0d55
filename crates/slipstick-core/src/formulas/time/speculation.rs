//! Speculative decoding: what a step with drafted tokens emits, and what they cost.

use crate::units::Seconds;

crate::formula! {
    /// Tokens that a step emits in the mean where drafts are verified in it, each accepted with the same chance.
    ///
    /// `E = (1 - a^(k+1)) / (1 - a)`
    ///
    /// $$ E = \frac{1 - a^{k+1}}{1 - a} $$
    ///
    /// where a is the chance that a drafted token is accepted if all before it were, k the drafted tokens. With a 1 it is
    /// k + 1.
    ///
    /// Source: Leviathan, Kalman, Matias 2023 (arXiv 2211.17192), equation 1.
    ///
    /// ```
    /// # use slipstick_core::formulas::time::speculation::expected_tokens;
    /// // Its table 1: the speeds at costless drafts, to its two digits.
    /// for (alpha, gamma, speed) in [(0.6, 2.0, 1.96), (0.7, 3.0, 2.53), (0.8, 2.0, 2.44), (0.8, 5.0, 3.69), (0.9, 10.0, 6.86)] {
    ///     assert!((expected_tokens(alpha, gamma) - speed).abs() < 0.005);
    /// }
    /// ```
    pub fn expected_tokens(a: f64, k: f64) -> f64 {
        if a >= 1.0 { k + 1.0 } else { (1.0 - libm::pow(a, k + 1.0)) / (1.0 - a) }
    }

    /// Tokens that a step passes through the model for its decoding sequences: the last one of each, and those drafted.
    ///
    /// `n = B·(1 + k)`
    ///
    /// $$ n = B\,(1 + k) $$
    ///
    /// where B is the decoding sequences and k the tokens drafted for each.
    ///
    /// Source: Leviathan, Kalman, Matias 2023 (arXiv 2211.17192), algorithm 1: all drafts are verified at once.
    ///
    /// No published number: a product.
    pub fn verified_tokens(B: f64, k: f64) -> f64 {
        B * (1.0 + k)
    }

    /// Steps that write the output of a request.
    ///
    /// `n = O / E`
    ///
    /// $$ n = O / E $$
    ///
    /// where O is the output tokens of a request and E those that a step emits in the mean.
    ///
    /// Source: arithmetic.
    ///
    /// No published number: a quotient.
    pub fn steps_of_output(O: f64, E: f64) -> f64 {
        O / E
    }

    /// Time of drafting: one pass over what was verified, and one for each further token.
    ///
    /// `t_D = t_1 + (n - 1)·t_n`
    ///
    /// $$ t_D = t_1 + (n-1)\,t_n $$
    ///
    /// where t_1 is the first pass of the drafting model, which also reads prompts, n its passes, t_n a further one with a
    /// token of each sequence.
    ///
    /// Source: Leviathan, Kalman, Matias 2023 (arXiv 2211.17192), algorithm 1: drafts are made one after the other.
    ///
    /// No published number: a sum of passes whose times are estimated.
    pub fn draft_time(t_1: Seconds, n: f64, t_n: Seconds) -> Seconds {
        t_1 + t_n * (n - 1.0).max(0.0)
    }

    /// How many times faster tokens come with drafts than without.
    ///
    /// `S = TPOT_1 / TPOT`
    ///
    /// $$ S = \mathrm{TPOT}_1 / \mathrm{TPOT} $$
    ///
    /// where TPOT_1 is the time per output token without drafts, TPOT that with them.
    ///
    /// Source: Leviathan, Kalman, Matias 2023 (arXiv 2211.17192), section 3.4.
    ///
    /// No published number: a quotient; theorem 3.8 stands with the time per accepted token.
    pub fn speculation_gain(TPOT_1: Seconds, TPOT: Seconds) -> f64 {
        TPOT_1 / TPOT
    }

    /// Time per output token where a step emits several.
    ///
    /// `TPOT = t / E`
    ///
    /// $$ \mathrm{TPOT} = t / E $$
    ///
    /// where t is the mean time of a step, drafting included, and E the tokens that it emits in the mean.
    ///
    /// Source: Leviathan, Kalman, Matias 2023 (arXiv 2211.17192), theorem 3.8.
    ///
    /// ```
    /// # use slipstick_core::{formulas::time::speculation::{expected_tokens, time_per_accepted_token}, units::Seconds};
    /// // Theorem 3.8: (1 - a^(g+1)) / ((1 - a)·(g·c + 1)) times as fast, where a draft takes the share c of a step.
    /// let step = Seconds::ms(10.0 * (1.0 + 5.0 * 0.05));
    /// let faster = 10.0 / time_per_accepted_token(step, expected_tokens(0.8, 5.0)).as_ms();
    /// assert!((faster - 3.689_28 / 1.25).abs() < 1e-9);
    /// ```
    pub fn time_per_accepted_token(t: Seconds, E: f64) -> Seconds {
        t / E
    }
}

crate::formula! {
    /// Tokens that a step emits in the mean where each place of a draft has a chance of its own.
    ///
    /// `E = 1 + a_1 + a_1·a_2 + ..`
    ///
    /// $$ E = 1 + \sum_{j=1}^{k} \prod_{i=1}^{j} a_i $$
    ///
    /// where a_i is the chance that the drafted token at place i is accepted if all before it were.
    ///
    /// Source: Leviathan, Kalman, Matias 2023 (arXiv 2211.17192), equation 1, without equal chances.
    ///
    /// ```
    /// # use slipstick_core::formulas::time::speculation::{expected_by_place, expected_tokens};
    /// // vllm-project/vllm#24344: of 2,189 drafts the first token was accepted in 77 %, the second in 45 %, the third in 24 %;
    /// // 2.46 tokens a step.
    /// assert!((expected_by_place(&[0.77, 0.45 / 0.77, 0.24 / 0.45]) - 2.46).abs() < 0.005);
    /// assert!((expected_by_place(&[0.8; 5]) - expected_tokens(0.8, 5.0)).abs() < 1e-12);
    /// ```
    pub fn expected_by_place(chances: &[f64]) -> f64 {
        let reach = chances.iter().scan(1.0, |reached, chance| {
            *reached *= *chance;
            Some(*reached)
        });
        1.0 + reach.sum::<f64>()
    }
}
