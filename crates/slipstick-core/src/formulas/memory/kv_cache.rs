//! The cache of keys and values.

use crate::{formula, units::Bytes};

formula! {
    /// Bytes one token adds to the 8-bit cache of a latent layer under sparse attention: 8-bit latent, an fp32 scale for
    /// every 128 of it, and the rotary key in 16 bits.
    ///
    /// `M_token = r_kv + 4·ceil(r_kv/128) + 2·d_r`
    ///
    /// $$ M_{token} = r_{kv} + 4 \lceil r_{kv}/128 \rceil + 2 d_r $$
    ///
    /// where r_kv width of the latent, d_r width of the rotary key. Bytes.
    ///
    /// Source: vLLM 0.33, cache format `fp8_ds_mla`: 656 bytes.
    ///
    /// ```
    /// # use slipstick_core::formulas::memory::kv_cache::sparse_latent_bytes_per_token;
    /// assert_eq!(sparse_latent_bytes_per_token(512, 64).get(), 656);
    /// ```
    pub fn sparse_latent_bytes_per_token(r_kv: u64, d_r: u64) -> Bytes {
        Bytes::new(r_kv + 4 * r_kv.div_ceil(128) + 2 * d_r)
    }

    /// Bytes of an entry of a compressed cache in 8 bits: the rotary part in 16, a byte of scale for every 64 of the other
    /// values, and one more of padding.
    ///
    /// `M_entry = (d - d_r) + 2·d_r + ceil((d - d_r)/64) + 1`
    ///
    /// $$ M_{entry} = (d - d_r) + 2 d_r + \lceil (d - d_r)/64 \rceil + 1 $$
    ///
    /// where d width of an entry, d_r width of its rotary part. Bytes.
    ///
    /// Source: vLLM, `deepseek_v4/compressor.py`, cache format `fp8_ds_mla`: 584 bytes.
    ///
    /// ```
    /// # use slipstick_core::formulas::memory::kv_cache::compressed_entry_bytes;
    /// assert_eq!(compressed_entry_bytes(512, 64).get(), 584);
    /// ```
    pub fn compressed_entry_bytes(d: u64, d_r: u64) -> Bytes {
        let plain = d.saturating_sub(d_r);
        Bytes::new(plain + 2 * d_r + plain.div_ceil(64) + 1)
    }

    /// Bytes that a compressor keeps of a token whose entry is not finished: a value and a score for each series, in fp32.
    ///
    /// `M_state = 2·n_s·d·4`
    ///
    /// $$ M_{state} = 2\,n_s\,d \cdot 4 $$
    ///
    /// where n_s series, d width of an entry. Bytes.
    ///
    /// Source: vLLM, `deepseek_v4/compressor.py`: blocks of 4 x 8,192 and of 8 x 4,096 bytes.
    ///
    /// ```
    /// # use slipstick_core::formulas::memory::kv_cache::compressor_state_bytes;
    /// assert_eq!([compressor_state_bytes(2, 512).get(), compressor_state_bytes(1, 512).get()], [8192, 4096]);
    /// ```
    pub fn compressor_state_bytes(n_s: u64, d: u64) -> Bytes {
        Bytes::new(8 * n_s * d)
    }

    /// Bytes of an index key in 8 bits with an fp32 scale for every 128 values.
    ///
    /// `M_index = d_i + 4·ceil(d_i/128)`
    ///
    /// $$ M_{index} = d_i + 4 \lceil d_i/128 \rceil $$
    ///
    /// where d_i width of the index key. Bytes.
    ///
    /// Source: vLLM 0.33, indexer cache of sparse attention.
    ///
    /// ```
    /// # use slipstick_core::{formulas::memory::kv_cache::index_bytes_per_token};
    /// // DeepSeek-V3.2: 128 values and one scale.
    /// assert_eq!(index_bytes_per_token(128).get(), 132);
    /// ```
    pub fn index_bytes_per_token(d_i: u64) -> Bytes {
        Bytes::new(d_i + 4 * d_i.div_ceil(128))
    }

    /// Bytes one token adds to the cache of one layer: a key and a value of every head, or one latent for all of them with
    /// its rotary key, and what is kept beside them.
    ///
    /// `M_token = ceil(n_k/B_k)·M_k + ceil(n_v/B_v)·M_v + x`
    ///
    /// $$ M_{token} = \lceil n_k/B_k \rceil M_k + \lceil n_v/B_v \rceil M_v + x $$
    ///
    /// where n_k and n_v widths of the key and the value of all heads on the rank (of a latent, n_k is the latent with its
    /// rotary key, and n_v nothing), B values and M bytes of a block of their formats, x bytes of scales and of an index
    /// key. Bytes.
    ///
    /// Source: Shazeer 2019, section 2.4; Ainslie et al. 2023 (grouped heads); DeepSeek-V2, arXiv 2405.04434, section
    /// 2.1.2 (latent).
    ///
    /// ```
    /// # use slipstick_core::{formulas::memory::kv_cache::bytes_per_token, units::Bytes};
    /// let token = |n_k, n_v, block, bytes| {
    ///     bytes_per_token(n_k, block, Bytes::new(bytes), n_v, block, Bytes::new(bytes), Bytes::ZERO)
    /// };
    /// // Qwen3-8B: an engine printed 46,368 tokens in 6.37 GiB over 36 layers.
    /// let pool = token(8 * 128, 8 * 128, 1, 2).times(36 * 46_368);
    /// assert_eq!((pool.as_gib() * 100.0).round(), 637.0);
    /// // A log of 61 layers of latent attention at 32,768 tokens: 2196.00 MiB in f16, 1166.62 MiB in q8_0.
    /// assert_eq!(token(512 + 64, 0, 1, 2).times(61 * 32_768).as_mib(), 2196.0);
    /// assert_eq!(token(512 + 64, 0, 32, 34).times(61 * 32_768).as_mib(), 1166.625);
    /// ```
    pub fn bytes_per_token(n_k: u64, B_k: u64, M_k: Bytes, n_v: u64, B_v: u64, M_v: Bytes, x: Bytes) -> Bytes {
        M_k.times(n_k.div_ceil(B_k.max(1))) + M_v.times(n_v.div_ceil(B_v.max(1))) + x
    }

    /// Cache of one sequence in all layers of one kind.
    ///
    /// `M = g·s·M_token`
    ///
    /// $$ M = g\,s\,M_{token} $$
    ///
    /// where g layers of the kind, s rows that each keeps (all tokens, or those of a window), M_token bytes of a row. Bytes.
    ///
    /// Source: every layer keeps its own.
    ///
    /// ```
    /// # use slipstick_core::{formulas::memory::kv_cache::layer_cache, units::Bytes};
    /// // Llama-2-7B at 4096 tokens: 2 GiB, as often published.
    /// assert_eq!(layer_cache(32, 4096, Bytes::new(2 * 4096 * 2)), Bytes::gib(2));
    /// ```
    pub fn layer_cache(g: u64, s: u64, M_token: Bytes) -> Bytes {
        M_token.times(s).times(g)
    }

    /// Cache of one sequence in all layers that keep a row for every so many tokens, and exact rows of a window.
    ///
    /// `M = g·(floor(s/r)·M_token + w·M_w)`
    ///
    /// $$ M = g (\lfloor s/r \rfloor M_{token} + w M_w) $$
    ///
    /// where g layers of the kind, s tokens, r tokens a row stands for, M_token bytes of a row, w rows of the window, M_w
    /// bytes of one. Bytes.
    ///
    /// Source: configurations and code of models with compressed attention.
    ///
    /// No published number: no engine's log of such a model is known.
    pub fn compressed_cache(g: u64, s: u64, r: u64, M_token: Bytes, w: u64, M_w: Bytes) -> Bytes {
        (M_token.times(s / r.max(1)) + M_w.times(w)).times(g)
    }

    /// Cache of several sequences that share a prefix.
    ///
    /// `M = n·(M_1 - M_p) + M_p`
    ///
    /// $$ M = n (M_1 - M_p) + M_p $$
    ///
    /// where n sequences, M_1 the cache of one, M_p that of the prefix, which is kept once. Bytes.
    ///
    /// Source: Kwon et al. 2023 (arXiv 2309.06180), section 4.4: shared prefix.
    ///
    /// No published number: a sum; engines print pools, not what they hold.
    pub fn shared_cache(n: u64, M_1: Bytes, M_p: Bytes) -> Bytes {
        M_1.saturating_sub(M_p).times(n) + M_p.min(M_1)
    }

    /// Bytes of the scales that a cache quantised by token and head keeps beside its values.
    ///
    /// `M_scales = 2·n_kv·b_s`
    ///
    /// $$ M_{scales} = 2 n_{kv} b_s $$
    ///
    /// where n_kv key-value heads on the rank, b_s bytes of a scale; one for the key, one for the value. Bytes.
    ///
    /// Source: vLLM 0.33, per-token-head cache formats.
    ///
    /// No published number: a count of scales.
    pub fn head_scale_bytes(n_kv: u64, b_s: u64) -> Bytes {
        Bytes::new(2 * n_kv * b_s)
    }
}
