//! Activations kept for the backward pass, as papers count them.

use crate::{formula, units::Bytes};

formula! {
    /// Tensors of a layer's residual stream with fused kernels: input and output of both norms, 16 bit. They are whole on
    /// every tensor-parallel rank unless the sequence is split too.
    ///
    /// `M = 8·h`
    ///
    /// $$ M = 8 h $$
    ///
    /// where h hidden size. Bytes a token.
    ///
    /// Source: Korthikanti et al. 2022, section 4.1, without dropout masks.
    ///
    /// No published number: it is a part of `fused_attention`'s example.
    pub fn residual_stream(h: u64) -> Bytes {
        Bytes::new(8 * h)
    }

    /// Tensors of grouped-query attention with a fused kernel: projected and rotated queries, keys and values, output, and
    /// the logarithm of a sum for each head.
    ///
    /// `M = 2·(q + k + v + o) + 4·n`
    ///
    /// $$ M = 2 (q + k + v + o) + 4 n $$
    ///
    /// where q, k, v, o widths of queries, keys, values and outputs, n query heads. Bytes a token.
    ///
    /// Source: memory of Megatron-Core 0.14 on B200, as SimuMax measured it.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::activations::{fused_attention, fused_feed_forward, residual_stream};
    /// // Llama-3-70B: 33.5 units of the hidden size a token.
    /// let layer = residual_stream(8192) + fused_attention(8192, 1024, 1024, 8192, 64) + fused_feed_forward(57_344, 28_672);
    /// assert!((layer.as_f64() / 8192.0 - 33.5).abs() < 0.05);
    /// ```
    pub fn fused_attention(q: u64, k: u64, v: u64, o: u64, n: u64) -> Bytes {
        Bytes::new(2 * (q + k + v + o) + 4 * n)
    }

    /// Tensors of latent attention with a fused kernel: compressed queries and keys before and after their norms, heads'
    /// queries, keys, values and outputs, and the logarithm of a sum for each head.
    ///
    /// `M = 4·r_q + 2·(2·r_kv + d_r) + 2·n·(2·d_qk + 2·d_v) + 4·n`
    ///
    /// $$ M = 4 r_q + 2 (2 r_{kv} + d_r) + 4 n (d_{qk} + d_v) + 4 n $$
    ///
    /// where r_q and r_kv ranks of queries and of keys with values, d_r rotary width, n heads, d_qk and d_v widths of a
    /// head's key and value. Bytes a token.
    ///
    /// Source: DeepSeek-V2, arXiv 2405.04434, section 2.1; tensors as Megatron-Core keeps them.
    ///
    /// No published number: tests hold whole models that use it against measured memory.
    pub fn fused_latent(r_q: u64, r_kv: u64, d_r: u64, n: u64, d_qk: u64, d_v: u64) -> Bytes {
        Bytes::new(4 * r_q + 2 * (2 * r_kv + d_r) + 4 * n * (d_qk + d_v) + 4 * n)
    }

    /// Tensors of a feed-forward block with fused kernels: what the first product gives (gate and other factor side by side),
    /// and the input of the second.
    ///
    /// `M = 2·(f_1 + f)`
    ///
    /// $$ M = 2 (f_1 + f) $$
    ///
    /// where f_1 outputs of the first product (2f if gated), f inner width. Bytes a token.
    ///
    /// Source: Korthikanti et al. 2022, section 4.1, for a gated block.
    ///
    /// No published number: it is a part of `fused_attention`'s example.
    pub fn fused_feed_forward(f_1: u64, f: u64) -> Bytes {
        Bytes::new(2 * (f_1 + f))
    }

    /// Tensors of routed experts under balanced routing: permuted inputs, inner values, and outputs before they are summed,
    /// for each of the experts a token is sent to; and the router's logits and probabilities in fp32.
    ///
    /// `M = K·(4·h + 2·(f_1 + f)) + 8·E`
    ///
    /// $$ M = K (4 h + 2 (f_1 + f)) + 8 E $$
    ///
    /// where K experts of a token, E experts, h width in which a token goes to them, f_1 outputs of an expert's first product, f its inner width.
    /// Bytes a token.
    ///
    /// Source: Megatron-Core's token dispatcher; checked on DeepSeek-V3 layers on B200, as SimuMax measured them.
    ///
    /// No published number: tests hold whole models that use it against measured memory.
    pub fn routed_experts(K: u64, h: u64, f_1: u64, f: u64, E: u64) -> Bytes {
        Bytes::new(K * (4 * h + 2 * (f_1 + f)) + 8 * E)
    }

    /// Chunks of layers whose activations a stage holds at once, under one forward and one backward in turn.
    ///
    /// `n = min(m·v, 2·(p - i - 1) + (v - 1)·p + 1)`
    ///
    /// $$ n = \min(m v, 2(p - i - 1) + (v - 1) p + 1) $$
    ///
    /// where m micro-batches, p stages, i the stage from 0, v chunks a stage; with one chunk it is min(m, p - i). A count of chunks, each with L/(p·v) layers.
    ///
    /// Source: Narayanan et al. 2021, arXiv 2104.04473, section 2.2; Korthikanti et al. 2022, section 4.2.3.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::activations::chunks_in_flight;
    /// assert_eq!(chunks_in_flight(64, 8, 0, 1), 8);
    /// // Interleaving holds 1 + (p - 1)/(p·v) as much: 1.4375 for p = 8, v = 2.
    /// assert_eq!(chunks_in_flight(64, 8, 0, 2), 23);
    /// ```
    pub fn chunks_in_flight(m: u64, p: u64, i: u64, v: u64) -> u64 {
        if v <= 1 {
            return m.min(p - i);
        }
        (m * v).min(2 * (p - i - 1) + (v - 1) * p + 1)
    }

    /// Micro-batches whose activations a stage holds at once where twice as many are in flight (ZB-H2).
    ///
    /// `n = min(m, 2·(p - i) - 1)`
    ///
    /// $$ n = \min(m, 2 (p - i) - 1) $$
    ///
    /// where m micro-batches, p stages, i the stage from 0. A count.
    ///
    /// Source: Qi et al. 2023, arXiv 2401.10241, table 2.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::activations::doubled_in_flight;
    /// assert_eq!((doubled_in_flight(64, 8, 0), doubled_in_flight(64, 8, 7)), (15, 1));
    /// ```
    pub fn doubled_in_flight(m: u64, p: u64, i: u64) -> u64 {
        m.min(2 * (p - i) - 1)
    }

    /// Micro-batches whose activations every stage would hold at once if two chunks, one in reverse order, saved nothing.
    ///
    /// `n = max(v, min(m, p))`
    ///
    /// $$ n = \max(v, \min(m, p)) $$
    ///
    /// where m micro-batches, p stages, v the part of it that is held: 1 (ZB-V), 2 (V-Half) or 3 (V-Min), and never less than
    /// one micro-batch. A count.
    ///
    /// Source: Qi et al. 2024, arXiv 2405.15362, table 1.
    ///
    /// No published number: it is the larger count of one forward and one backward in turn.
    pub fn balanced_in_flight(m: u64, p: u64, v: u64) -> u64 {
        m.min(p).max(v)
    }

    /// Activations that a stage holds at once.
    ///
    /// `M = A·n/v`
    ///
    /// $$ M = \frac{A n}{v} $$
    ///
    /// where A bytes of one micro-batch in all layers of the stage, n chunks or micro-batches in flight, v chunks a stage or
    /// the part of them that is held. Bytes a rank.
    ///
    /// Source: Korthikanti et al. 2022, arXiv 2205.05198, section 4.2.3.
    ///
    /// ```
    /// # use slipstick_core::{formulas::training::activations::{chunks_in_flight, held_activations}, units::Bytes};
    /// // Interleaving holds 1 + (p - 1)/(p·v) as much as p micro-batches: 11.5 stages' worth for p = 8, v = 2.
    /// let held = held_activations(Bytes::gib(1), chunks_in_flight(64, 8, 0, 2), 2);
    /// assert!((held.as_gib() - 11.5).abs() < 1e-9);
    /// ```
    pub fn held_activations(A: Bytes, n: u64, v: u64) -> Bytes {
        Bytes::new(A.get().saturating_mul(n) / v.max(1))
    }
}
