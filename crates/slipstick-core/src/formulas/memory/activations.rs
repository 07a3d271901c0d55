//! Activations at inference: what one step needs beside weights and cache, at its peak.

use crate::{formula, units::Bytes};

formula! {
    /// Peak of the feed-forward block while `T` tokens pass: gate and up side by side, their product, input, output and
    /// residual.
    ///
    /// `M_mlp = T·(3·f + 3·h)·b_a`
    ///
    /// $$ M_{mlp} = T (3 f + 3 h) b_a $$
    ///
    /// where T tokens of one step, f inner width on the rank, h hidden size, b_a bytes of an activation. Bytes.
    ///
    /// Source: logs of Llama-3.1-8B at 20,000 and 29,000 tokens a step, 17.06 and 17.98 GiB with 14.99 GiB of weights
    /// (vLLM, discussion of V0 profiling).
    ///
    /// ```
    /// # use slipstick_core::formulas::memory::activations::feed_forward_peak;
    /// let total = |tokens| 14.9888 + feed_forward_peak(tokens, 14_336, 4096, 2).as_gib();
    /// assert!((total(20_000) - 17.06).abs() < 0.02 && (total(29_000) - 17.98).abs() < 0.02);
    /// ```
    pub fn feed_forward_peak(tokens: u64, f: u64, h: u64, b_a: u64) -> Bytes {
        Bytes::new(tokens.saturating_mul(3 * f + 3 * h).saturating_mul(b_a))
    }

    /// Peak of a routed expert block while `T` tokens pass: the chosen experts' inner activations, their product, and one
    /// output for each choice; the first and the last share their space.
    ///
    /// `M_moe = T·k·(max(2·f_e, h) + f_e)·b_a + 2·T·h·b_a`
    ///
    /// $$ M_{moe} = T k (\max(2 f_e, h) + f_e) b_a + 2 T h b_a $$
    ///
    /// where T tokens of one step, k experts a token, f_e inner width of an expert on the rank, h hidden size, b_a bytes
    /// of an activation. Bytes.
    ///
    /// Source: vLLM, `fused_experts` workspaces.
    ///
    /// No published number: logs give the whole peak, of which the sampler is most; the tests of memory hold that.
    pub fn routed_experts_peak(tokens: u64, k: u64, f_e: u64, h: u64, b_a: u64) -> Bytes {
        let chosen = k.saturating_mul((2 * f_e).max(h) + f_e);
        Bytes::new(tokens.saturating_mul(chosen.saturating_add(2 * h)).saturating_mul(b_a))
    }

    /// Peak of the sampler while a start-up profile samples `n` rows with top-k and top-p.
    ///
    /// `M_sampler = n·V·c_V + c_h·T·h·b_a`
    ///
    /// $$ M_{sampler} = n V c_V + c_h T h b_a $$
    ///
    /// where n sampled rows (the most sequences at once), V vocabulary, c_V bytes a logit costs (logits, sorted copies,
    /// probabilities), c_h copies of the hidden states of T tokens still alive, h hidden size, b_a bytes of an
    /// activation. Bytes.
    ///
    /// Source: vLLM 0.11, `_dummy_sampler_run`; c_V = 38.23 and c_h = 1.28 fitted on the two Qwen3 rows of llm-d-planner's
    /// table, the other rows being predicted.
    ///
    /// ```
    /// # use slipstick_core::formulas::memory::activations::sampler_peak;
    /// // gpt-oss-20b and -120b: 7.38 GiB logged, not used in the fit.
    /// let peak = sampler_peak(1024, 201_088, 38.23, 1.28, 8192, 2880, 2);
    /// assert!((peak.as_gib() - 7.38).abs() < 0.012);
    /// ```
    pub fn sampler_peak(n: u64, vocab: u64, c_vocab: f64, c_hidden: f64, tokens: u64, h: u64, b_a: u64) -> Bytes {
        let logits = n as f64 * vocab as f64 * c_vocab;
        let hidden = c_hidden * tokens as f64 * h as f64 * b_a as f64;
        Bytes::ceil(logits + hidden)
    }

    /// Peak of a plain forward pass that keeps the logits of `T` tokens.
    ///
    /// `M_forward = T·V·b_l + 2·T·h·b_a`
    ///
    /// $$ M_{forward} = T V b_l + 2 T h b_a $$
    ///
    /// where T tokens whose logits are kept, V vocabulary, b_l bytes of a logit, h hidden size, b_a bytes of an
    /// activation; hidden states and their normalised copy are alive beside the logits. Bytes.
    ///
    /// Source: vramcalc's measured table (transformers, A6000).
    ///
    /// ```
    /// # use slipstick_core::formulas::memory::activations::forward_peak;
    /// // Llama-3.2-3B, 2048 tokens: 7.21 GB at its peak, of which 6.4256 GB weights and 0.2349 GB cache.
    /// let total = 6.4256 + 0.2349 + forward_peak(2048, 128_256, 2, 3072, 2).as_gb();
    /// assert!((total - 7.21).abs() < 0.01);
    /// ```
    pub fn forward_peak(tokens: u64, vocab: u64, b_l: u64, h: u64, b_a: u64) -> Bytes {
        let each = vocab.saturating_mul(b_l).saturating_add(2 * h * b_a);
        Bytes::new(tokens.saturating_mul(each))
    }

    /// Scores of unfused attention over a context, at the peak of a forward pass: the scores, the same with the mask, their
    /// fp32 softmax, and that in the activations' format.
    ///
    /// `M_scores = a·T·s·(3·b_a + 4)`
    ///
    /// $$ M_{scores} = a T s (3 b_a + 4) $$
    ///
    /// where a query heads on the rank, T tokens of the step, s tokens they see, b_a bytes of an activation. Bytes.
    ///
    /// Source: transformers' eager attention; vramcalc's measured table.
    ///
    /// ```
    /// # use slipstick_core::formulas::memory::activations::eager_scores;
    /// // Llama-3.2-1B, 2048 tokens: 3.95 GB at its peak, of which 2.4716 GB weights and 0.0671 GB cache.
    /// let total = 2.4716 + 0.0671 + eager_scores(32, 2048, 2048, 2).as_gb();
    /// assert!((total / 3.95 - 1.0).abs() < 0.02);
    /// ```
    pub fn eager_scores(a: u64, tokens: u64, s: u64, b_a: u64) -> Bytes {
        Bytes::new(a.saturating_mul(tokens).saturating_mul(s).saturating_mul(3 * b_a + 4))
    }

    /// What is held, against what a plain count of tensors gives.
    ///
    /// `M = f·M_c`
    ///
    /// $$ M = f\,M_c $$
    ///
    /// where f the share, M_c the bytes of a plain count. Bytes.
    ///
    /// Source: allocators round up, kernels keep work space, and makers leave some weights alone: how much is in the
    /// engine's profile and in the row of the format.
    ///
    /// No published number: the share is the engine's own, with its source.
    pub fn share_of_count(f: f64, M_c: Bytes) -> Bytes {
        M_c.fraction(f)
    }

    /// Workspace of decoding attention that splits a context into parts: a partial output, a maximum and a sum in fp32 for
    /// every part of every head and place of a sequence.
    ///
    /// `M_work = n·a·ceil(s/p)·(4·d + 8)`
    ///
    /// $$ M_{work} = n a \lceil s / p \rceil (4 d + 8) $$
    ///
    /// where n places of sequences, a query heads on the rank, s tokens of the longest context, p tokens of a part, d width
    /// of a head. Bytes.
    ///
    /// Source: SGLang, `aiter_backend.py`.
    ///
    /// ```
    /// # use slipstick_core::formulas::memory::activations::decode_workspace;
    /// // sgl-project/sglang#20888: 16.25 GiB for Llama 3.1 at 131,072 tokens.
    /// assert_eq!(decode_workspace(2048, 32, 131_072, 256, 128).as_gib(), 16.25);
    /// ```
    pub fn decode_workspace(n: u64, a: u64, s: u64, part: u64, d: u64) -> Bytes {
        let parts = n.saturating_mul(a).saturating_mul(s.div_ceil(part.max(1)));
        Bytes::new(parts.saturating_mul(4 * d + 8))
    }

    /// Places of sequences where a pool and the workspace for them share the room: so many for each context in the pool.
    ///
    /// `n = c·M / (K + c·w)`
    ///
    /// $$ n = \frac{c M}{K + c w} $$
    ///
    /// where M bytes of pool and workspace together, K cache of one context, w workspace of one place, c places for each
    /// context. Sequences.
    ///
    /// Source: SGLang, `max_num_reqs`: places follow from the tokens of the pool, and the workspace from the places.
    ///
    /// ```
    /// # use slipstick_core::{formulas::memory::activations::{decode_workspace, workspace_places}, units::Bytes};
    /// // Qwen3-30B-A3B, 262,144 tokens: 204.63 GiB of pool and workspace, of which 51.75 GiB workspace
    /// // (sgl-project/sglang#18262).
    /// let (cache, each) = (Bytes::new(98_304 * 262_144), decode_workspace(1, 32, 262_144, 256, 128));
    /// let all = each.times(workspace_places(Bytes::gib_f64(204.63), cache, each, 512));
    /// assert!((all.as_gib() / 51.75 - 1.0).abs() < 0.001);
    /// ```
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole places, and no factor is negative")]
    pub fn workspace_places(room: Bytes, context: Bytes, each: Bytes, c: u64) -> u64 {
        let all = context.as_f64() + c as f64 * each.as_f64();
        if all > 0.0 { (c as f64 * room.as_f64() / all) as u64 } else { 0 }
    }
}
