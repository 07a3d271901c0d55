//! What a measured run amounts to: its rate of work and of reading, and the share of the peaks that these are.

use crate::units::{Bandwidth, FlopRate, Flops, Seconds, Traffic};

crate::formula! {
    /// Time of one token of a measured run, over all sequences.
    ///
    /// `l = T / n`
    ///
    /// $$ l = \frac{T}{n} $$
    ///
    /// where T is the elapsed time and n the tokens of all sequences; in seconds.
    ///
    /// Source: definition.
    ///
    /// ```
    /// # use slipstick_core::{formulas::time::utilisation::latency_per_token, units::Seconds};
    /// assert!((latency_per_token(Seconds::s(12.5), 16_384.0).get() - 7.629_394_531_25e-4).abs() < 1e-15);
    /// ```
    pub fn latency_per_token(T: Seconds, n: f64) -> Seconds {
        T / n
    }

    /// Time between two tokens of one sequence of a measured run.
    ///
    /// `t = T * B / n`
    ///
    /// $$ t = \frac{T\,B}{n} $$
    ///
    /// where T is the elapsed time, B the sequences that ran together, and n the tokens of all of them; in seconds.
    ///
    /// Source: definition: the run has n/B steps, each of which emits a token for every sequence.
    ///
    /// No published number: published tables give either the time of a token or that of a step, not both.
    pub fn step_latency(T: Seconds, B: f64, n: f64) -> Seconds {
        T * (B / n)
    }

    /// FLOPs of one token by its parameters alone.
    ///
    /// `F = 2 * N`
    ///
    /// $$ F = 2N $$
    ///
    /// where N are the parameters that a token passes, a multiplication and an addition each; in FLOP. Attention to
    /// earlier tokens is left out.
    ///
    /// Source: Kaplan et al. 2020, arXiv:2001.08361, section 2.1.
    ///
    /// ```
    /// # use slipstick_core::{formulas::time::utilisation::flops_by_parameters};
    /// // GPT-3 175B: 3.14e23 FLOP over 300 billion tokens, the backward pass being twice the forward one (Brown et al. 2020,
    /// // table D.1).
    /// assert!((3.0 * flops_by_parameters(174.6e9).get() * 300e9 / 3.14e23 - 1.0).abs() < 0.002);
    /// ```
    pub fn flops_by_parameters(N: f64) -> Flops {
        Flops::count(2.0 * N)
    }

    /// FLOPs of one token by its parameters and its attention.
    ///
    /// `F = 2 * N + 2 * a * T`
    ///
    /// $$ F = 2N + 2\,a\,T $$
    ///
    /// where N are the parameters that a token passes, embedding apart, T its context, and a the widths of all heads'
    /// keys and values summed over the layers, which is 2·L·H·Q where all are alike; in FLOP. It is a third of the
    /// paper's 6·N + 12·L·H·Q·T, which counts the backward pass too.
    ///
    /// Source: Chowdhery et al. 2022, arXiv:2204.02311, appendix B.
    ///
    /// ```
    /// # use slipstick_core::formulas::time::utilisation::flops_with_attention;
    /// // PaLM 540B: 118 layers, 48 heads of 256, 2,048 tokens.
    /// let forward = flops_with_attention(540.35e9, 2.0 * 118.0 * 48.0 * 256.0, 2048.0).get();
    /// let both = 6.0 * 540.35e9 + 12.0 * 118.0 * 48.0 * 256.0 * 2048.0;
    /// assert!((both / forward - 3.0).abs() < 1e-12);
    /// ```
    pub fn flops_with_attention(N: f64, a: f64, T: f64) -> Flops {
        Flops::count(2.0 * N + 2.0 * a * T)
    }

    /// FLOPs of one token by layers and width.
    ///
    /// `F = 2 * 12 * L * H^2`
    ///
    /// $$ F = 2 \cdot 12\,L\,H^2 $$
    ///
    /// where L are the layers and H the width of the residual stream; in FLOP. It stands for a model whose attention has
    /// four square matrices and whose feed-forward block is four times as wide, in two matrices.
    ///
    /// Source: DeepSpeed's inference examples, performance summary.
    ///
    /// ```
    /// # use slipstick_core::formulas::time::utilisation::flops_by_width;
    /// // 32 layers of 4,096 stand for 6.44 billion parameters.
    /// assert_eq!(flops_by_width(32.0, 4096.0).get(), 2.0 * 6_442_450_944.0);
    /// ```
    pub fn flops_by_width(L: f64, H: f64) -> Flops {
        Flops::count(2.0 * 12.0 * L * H * H)
    }

    /// Rate of work of a measured run.
    ///
    /// `C = W / T`
    ///
    /// $$ C = \frac{W}{T} $$
    ///
    /// where W is the work of all tokens in FLOP and T the elapsed time; in FLOP/s.
    ///
    /// Source: definition.
    ///
    /// ```
    /// # use slipstick_core::{formulas::time::utilisation::achieved_compute, units::*};
    /// // PaLM 540B: 238,300 tokens a second (appendix B), each of 6 N + 12 L H Q T.
    /// let token = 6.0 * 540.35e9 + 12.0 * 118.0 * 48.0 * 256.0 * 2048.0;
    /// let rate = achieved_compute(Flops::count(238_300.0 * token), Seconds::s(1.0));
    /// assert!((rate.get() / 7.811e17 - 1.0).abs() < 1e-3);
    /// ```
    pub fn achieved_compute(W: Flops, T: Seconds) -> FlopRate {
        W / T
    }

    /// Model FLOPs utilisation: the share of the peak that a measured rate of work is.
    ///
    /// `MFU = C / (n * pi)`
    ///
    /// $$ \mathrm{MFU} = \frac{C}{n\,\pi} $$
    ///
    /// where C is the rate of work and pi the dense peak of one of n accelerators, both in FLOP/s; a share. Work that is
    /// not the model's, such as recomputation, does not count.
    ///
    /// Source: Chowdhery et al. 2022, arXiv:2204.02311, appendix B.
    ///
    /// ```
    /// # use slipstick_core::{formulas::time::utilisation::model_flops_utilisation, units::FlopRate};
    /// // PaLM 540B on 6144 TPU v4 of 275 TFLOP/s: 46.2 % (table 3).
    /// let mfu = model_flops_utilisation(FlopRate::flops_per_s(7.811e17), 6144.0, FlopRate::tflops_per_s(275.0));
    /// assert!((mfu - 0.462).abs() < 5e-4);
    /// ```
    pub fn model_flops_utilisation(C: FlopRate, n: f64, pi: FlopRate) -> f64 {
        C / (pi * n)
    }

    /// Rate of reading of a measured run: weights and cache, once a step.
    ///
    /// `V = Q / t`
    ///
    /// $$ V = \frac{Q}{t} $$
    ///
    /// where Q are the bytes of the weights and of the cache that one step reads, and t its time; in B/s.
    ///
    /// Source: Databricks 2023, "LLM Inference Performance Engineering: Best Practices", model bandwidth utilisation.
    ///
    /// ```
    /// # use slipstick_core::{formulas::time::utilisation::achieved_bandwidth, units::*};
    /// // The text's own: 7B parameters in 16 bits with a time per output token of 14 ms use 1 TB/s.
    /// assert_eq!(achieved_bandwidth(Traffic::bytes(14e9), Seconds::s(0.014)).as_gb_per_s().round(), 1000.0);
    /// ```
    pub fn achieved_bandwidth(Q: Traffic, t: Seconds) -> Bandwidth {
        Bandwidth::bytes_per_s(Q.get() / t.get())
    }

    /// Model bandwidth utilisation: the share of the peak that a measured rate of reading is.
    ///
    /// `MBU = V / (n * beta)`
    ///
    /// $$ \mathrm{MBU} = \frac{V}{n\,\beta} $$
    ///
    /// where V is the rate of reading and beta the memory bandwidth of one of n accelerators, both in B/s; a share.
    ///
    /// Source: Databricks 2023, "LLM Inference Performance Engineering: Best Practices".
    ///
    /// ```
    /// # use slipstick_core::{formulas::time::utilisation::*, units::*};
    /// // The text's own: 7B parameters in 16 bits with a time per output token of 14 ms use 1 TB/s; of 2 TB/s, half.
    /// let rate = achieved_bandwidth(Traffic::bytes(14e9), Seconds::s(0.014));
    /// assert!((model_bandwidth_utilisation(rate, 1.0, Bandwidth::gb_per_s(2000.0)) - 0.5).abs() < 1e-12);
    /// ```
    pub fn model_bandwidth_utilisation(V: Bandwidth, n: f64, beta: Bandwidth) -> f64 {
        V / (beta * n)
    }

    /// Work of all tokens of a run.
    ///
    /// `W = n_o·F_o + n_i·F_i`
    ///
    /// $$ W = n_o F_o + n_i F_i $$
    ///
    /// where n_o tokens are written for F_o FLOP each, and n_i are read for F_i each.
    ///
    /// Source: arithmetic.
    ///
    /// No published number: a sum.
    pub fn work_of_tokens(n_o: f64, F_o: Flops, n_i: f64, F_i: Flops) -> Flops {
        F_o * n_o + F_i * n_i
    }
}
