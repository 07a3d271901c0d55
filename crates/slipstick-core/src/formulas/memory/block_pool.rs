//! vLLM's pool of cache blocks.

use crate::{formula, units::Bytes};

formula! {
    /// Blocks that fit the memory left for the cache.
    ///
    /// `N = floor(M / (g·P))`
    ///
    /// $$ N = \lfloor M / (g P) \rfloor $$
    ///
    /// where M bytes left, g layers of a group, P bytes of a page, which is one block of one layer. Blocks.
    ///
    /// Source: vLLM 0.33, `kv_cache_utils.get_num_blocks`.
    ///
    /// ```
    /// # use slipstick_core::{formulas::memory::block_pool::blocks, units::Bytes};
    /// // Qwen3-8B: 6.37 GiB over 36 layers of 4096 bytes a token, 46,368 tokens printed in blocks of 16.
    /// let printed = blocks(Bytes::gib_f64(6.37), 36, Bytes::new(16 * 4096)) * 16;
    /// assert!(printed.abs_diff(46_368) < 40);
    /// ```
    pub fn blocks(available: Bytes, group: u64, page: Bytes) -> u64 {
        available.pieces(page.times(group)).unwrap_or(0)
    }

    /// Layers of a group: every kind of layer is divided into groups of this many, so that all take equal blocks.
    ///
    /// `g = hi if hi < c·lo else lo`
    ///
    /// $$ g = hi \text{ if } hi < c\, lo \text{ else } lo $$
    ///
    /// where lo and hi are the layers of the rarest and the commonest kind, c the ratio up to which padding the rarer
    /// one wastes less (1.5; 1.25 in earlier versions). Layers.
    ///
    /// Source: vLLM 0.33, `_get_kv_cache_groups_uniform_page_size`.
    ///
    /// No published number: a rule of the planner, held by the logs of mixed models in the tests of memory.
    pub fn group_size(lo: u64, hi: u64, c: f64) -> u64 {
        if (hi as f64) < c * lo as f64 { hi.max(1) } else { lo.max(1) }
    }

    /// Blocks one request takes in a group of layers with full attention.
    ///
    /// `n_full = ceil(s / B)`
    ///
    /// $$ n_{full} = \lceil s / B \rceil $$
    ///
    /// where s tokens of the request, B tokens of a block. Blocks.
    ///
    /// Source: vLLM 0.33, `FullAttentionSpec.max_memory_usage_bytes`.
    ///
    /// No published number: a rounding.
    pub fn full_blocks(s: u64, block: u64) -> u64 {
        s.div_ceil(block.max(1))
    }

    /// Blocks one request takes in a group of windowed layers.
    ///
    /// `n_window = ceil(min(w - 1 + T, s) / B) + 1`
    ///
    /// $$ n_{window} = \lceil \min(w - 1 + T, s) / B \rceil + 1 $$
    ///
    /// where w window, T tokens in flight (the most batched at once), s tokens of the request, B tokens of a block; one
    /// more because the window need not start on a block's edge. Blocks.
    ///
    /// Source: vLLM 0.33, `SlidingWindowSpec.max_memory_usage_bytes`.
    ///
    /// ```
    /// # use slipstick_core::{formulas::memory::block_pool::window_blocks};
    /// // The one more: a window of 128 beside 8192 tokens in flight takes 520 blocks of 16 and one.
    /// assert_eq!(window_blocks(131_072, 128, 8192, 16), 521);
    /// ```
    pub fn window_blocks(s: u64, w: u64, in_flight: u64, block: u64) -> u64 {
        s.min(w.saturating_sub(1).saturating_add(in_flight)).div_ceil(block.max(1)) + 1
    }

    /// Blocks one request takes in a group of chunked layers.
    ///
    /// `n_chunk = ceil(min(c + T, s) / B)`
    ///
    /// $$ n_{chunk} = \lceil \min(c + T, s) / B \rceil $$
    ///
    /// where c chunk, T tokens in flight, s tokens of the request, B tokens of a block. Blocks.
    ///
    /// Source: vLLM 0.33, `ChunkedLocalAttentionSpec.max_memory_usage_bytes`.
    ///
    /// No published number: no log of a model with chunked attention states its blocks.
    pub fn chunk_blocks(s: u64, c: u64, in_flight: u64, block: u64) -> u64 {
        s.min(c.saturating_add(in_flight)).div_ceil(block.max(1))
    }

    /// Blocks a running request keeps in a group of windowed layers: those behind the window are given back.
    ///
    /// `n_kept = min(ceil(min(w, s) / B) + 1, ceil(s / B))`
    ///
    /// $$ n_{kept} = \min(\lceil \min(w, s) / B \rceil + 1, \lceil s / B \rceil) $$
    ///
    /// where w window, s tokens of the request, B tokens of a block; one more because the window need not start on a
    /// block's edge, but never more than the whole request takes. Blocks.
    ///
    /// Source: vLLM, `SlidingWindowManager.remove_skipped_blocks`.
    ///
    /// ```
    /// # use slipstick_core::formulas::memory::block_pool::kept_window_blocks;
    /// assert_eq!([kept_window_blocks(2500, 128, 16), kept_window_blocks(100, 128, 16)], [9, 7]);
    /// ```
    pub fn kept_window_blocks(s: u64, w: u64, block: u64) -> u64 {
        (s.min(w).div_ceil(block.max(1)) + 1).min(s.div_ceil(block.max(1)))
    }

    /// Blocks that requests of one length take while they run.
    ///
    /// `N = (n - 1)·n_kept + n_admit`
    ///
    /// $$ N = (n - 1) n_{kept} + n_{admit} $$
    ///
    /// where n requests, n_kept blocks one keeps while it decodes, n_admit blocks one takes while its prompt passes (the
    /// planner's worst case). The tokens of a step are shared, so one request at a time is at its worst. Blocks.
    ///
    /// Source: vLLM, `KVCacheManager.allocate_slots`: a request is admitted if its worst case is free.
    ///
    /// ```
    /// # use slipstick_core::formulas::memory::block_pool::running_blocks;
    /// assert_eq!(running_blocks(1, 166, 315), 315);
    /// assert_eq!(running_blocks(51, 166, 315), 50 * 166 + 315);
    /// ```
    pub fn running_blocks(n: u64, kept: u64, admitted: u64) -> u64 {
        kept.saturating_mul(n.saturating_sub(1)).saturating_add(admitted)
    }

    /// Tokens of a block that make an attention page at least as large as a page of recurrent state.
    ///
    /// `B = 16·ceil(S / (16·m))`
    ///
    /// $$ B = u \lceil S / (u m) \rceil $$
    ///
    /// where S bytes of one layer's state, m bytes a token takes in one attention layer, u the unit (16). Tokens.
    ///
    /// Source: vLLM 0.33, `HybridAttentionMambaModelConfig`.
    ///
    /// ```
    /// # use slipstick_core::{formulas::memory::block_pool::block_tokens_for_state, units::Bytes};
    /// // Qwen3.6-27B over two cards, fp8 cache: 1568 tokens printed.
    /// let state = Bytes::new(5120 * 3 * 2 + 24 * 128 * 128 * 4);
    /// assert_eq!(block_tokens_for_state(state, Bytes::new(1024), 16), 1568);
    /// ```
    pub fn block_tokens_for_state(state: Bytes, per_token: Bytes, unit: u64) -> u64 {
        let unit = unit.max(1);
        let step = per_token.times(unit).get();
        if step == 0 { unit } else { state.get().div_ceil(step).max(1) * unit }
    }

    /// The token count that the engine prints as the size of its cache.
    ///
    /// `floor(N / n·s)`
    ///
    /// $$ \lfloor (N / n) s \rfloor $$
    ///
    /// where N blocks of the pool, n blocks one request of s tokens takes. Tokens.
    ///
    /// Source: vLLM 0.33, `_report_kv_cache_config`.
    ///
    /// ```
    /// # use slipstick_core::formulas::memory::block_pool::printed_tokens;
    /// assert_eq!(printed_tokens(411, 174, 262_144), 619_202);
    /// ```
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the engine truncates, and both factors are positive")]
    pub fn printed_tokens(pool: u64, per_request: u64, s: u64) -> u64 {
        if per_request == 0 { 0 } else { (pool as f64 / per_request as f64 * s as f64) as u64 }
    }

    /// Bytes of so many whole blocks.
    ///
    /// `M = N·g·P`
    ///
    /// $$ M = N\,g\,P $$
    ///
    /// where N blocks, g layers of a group, P bytes of a page, which is one block of one layer. Bytes.
    ///
    /// Source: vLLM 0.33, `kv_cache_utils`: blocks are whole.
    ///
    /// No published number: a product.
    pub fn block_room(N: u64, g: u64, P: Bytes) -> Bytes {
        P.times(g).times(N)
    }

    /// Bytes of the blocks that several sequences take.
    ///
    /// `M = n·b·M_b`
    ///
    /// $$ M = n\,b\,M_b $$
    ///
    /// where n sequences, b blocks of each, M_b bytes of a block in all layers of a group. Bytes.
    ///
    /// Source: vLLM 0.33, `kv_cache_utils`: blocks are whole.
    ///
    /// No published number: engines print pools, not what they hold.
    pub fn blocks_of_sequences(n: u64, b: u64, M_b: Bytes) -> Bytes {
        M_b.times(b.saturating_mul(n))
    }

    /// The token count that earlier versions print: as if every group took the same blocks.
    ///
    /// `floor(N / n_g)·B`
    ///
    /// $$ \lfloor N / n_g \rfloor B $$
    ///
    /// where N blocks of the pool, n_g groups, B the fewest tokens of a block in any of them. Tokens.
    ///
    /// Source: vLLM 0.11, `_report_kv_cache_config`.
    ///
    /// No published number: the tests of memory hold it against logs.
    pub fn printed_by_group(N: u64, n_g: u64, B: u64) -> u64 {
        N.checked_div(n_g).unwrap_or(0).saturating_mul(B)
    }

    /// Requests that a pool holds.
    ///
    /// `N / n`
    ///
    /// $$ N / n $$
    ///
    /// where N blocks of the pool, n blocks one request takes. Requests.
    ///
    /// Source: vLLM 0.33, `get_max_concurrency_for_kv_cache_config`.
    ///
    /// ```
    /// # use slipstick_core::formulas::memory::block_pool::pool_requests;
    /// assert!((pool_requests(411, 174) - 2.36).abs() < 0.01);
    /// ```
    pub fn pool_requests(N: u64, n: u64) -> f64 {
        if n == 0 { 0.0 } else { N as f64 / n as f64 }
    }

    /// Blocks one request takes in all groups of one kind of layer.
    ///
    /// `b = n_g·n`
    ///
    /// $$ b = n_g\,n $$
    ///
    /// where n_g groups of the kind, n blocks in one of them. Blocks.
    ///
    /// Source: vLLM 0.33, `kv_cache_utils`: all groups take from one pool.
    ///
    /// No published number: a product.
    pub fn kind_blocks(n_g: u64, n: u64) -> u64 {
        n * n_g
    }
}

formula! {
    /// Layers that stand side by side in a block where groups of several widths are overlaid: the padding of all groups
    /// together is least, and no group of full length is divided.
    ///
    /// `d = argmin sum_i (ceil(x_i / d)·d - x_i), d >= x_0`
    ///
    /// $$ d = \arg\min_{d \ge x_0} \sum_i (\lceil x_i / d \rceil d - x_i) $$
    ///
    /// where x_0, the first, is the layers of the kind that keeps every token, x_i those of all kinds; of equal ones the largest. Layers.
    ///
    /// Source: vLLM, `_approximate_gcd`.
    ///
    /// ```
    /// # use slipstick_core::formulas::memory::block_pool::overlaid_layers;
    /// assert_eq!([overlaid_layers(&[31, 61]), overlaid_layers(&[30, 61])], [31, 31]);
    /// ```
    pub fn overlaid_layers(layers: &[u64]) -> u64 {
        let full = layers.first().copied().unwrap_or(0);
        let most = layers.iter().copied().max().unwrap_or(0);
        let padding = |d: u64| -> u64 { layers.iter().map(|x| x.div_ceil(d) * d - x).sum() };
        (full.max(1)..=most.max(1)).rev().min_by_key(|d| padding(*d)).unwrap_or(1)
    }
}
