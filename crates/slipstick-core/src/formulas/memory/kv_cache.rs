//! The cache of keys and values.

use crate::{formula, numeric::Format, units::Bytes};

formula! {
    /// Bytes one token adds to the cache of one attention layer, on one rank.
    ///
    /// `M_token = row(n_kv·d_k) + row(n_kv·d_v)`
    ///
    /// $$ M_{token} = \mathrm{row}(n_{kv} d_k) + \mathrm{row}(n_{kv} d_v) $$
    ///
    /// where n_kv key-value heads on the rank, d_k and d_v widths of a key and a value head, and row(n) the bytes of n
    /// values in the format, scales included. Bytes.
    ///
    /// Source: Shazeer 2019, section 2.4; Ainslie et al. 2023 (grouped heads).
    ///
    /// ```
    /// # use slipstick_core::{formulas::memory::kv_cache::attention_bytes_per_token, numeric::Format};
    /// // Qwen3-8B: an engine printed 46,368 tokens in 6.37 GiB over 36 layers.
    /// let pool = attention_bytes_per_token(8, 128, 128, Format::BF16).times(36 * 46_368);
    /// assert_eq!((pool.as_gib() * 100.0).round(), 637.0);
    /// ```
    pub fn attention_bytes_per_token(n_kv: u64, d_k: u64, d_v: u64, format: Format) -> Bytes {
        row_bytes(n_kv * d_k, format) + row_bytes(n_kv * d_v, format)
    }

    /// Bytes one token adds to the cache of one latent-attention layer: one vector for all heads' keys and values.
    ///
    /// `M_token = row(r_kv + d_r)`
    ///
    /// $$ M_{token} = \mathrm{row}(r_{kv} + d_r) $$
    ///
    /// where r_kv width of the latent, d_r width of the rotary key. Every tensor-parallel rank keeps it whole. Bytes.
    ///
    /// Source: DeepSeek-V2, arXiv 2405.04434, section 2.1.2.
    ///
    /// ```
    /// # use slipstick_core::{formulas::memory::kv_cache::latent_bytes_per_token, numeric::{Format, GgmlType}};
    /// // A log of 61 layers at 32,768 tokens: 2196.00 MiB in f16, 1166.62 MiB in q8_0.
    /// let all = |format| latent_bytes_per_token(512, 64, format).times(61 * 32_768).as_mib();
    /// assert_eq!(all(Format::FP16), 2196.0);
    /// assert_eq!(all(Format::Ggml(GgmlType::Q8_0)), 1166.625);
    /// ```
    pub fn latent_bytes_per_token(r_kv: u64, d_r: u64, format: Format) -> Bytes {
        row_bytes(r_kv + d_r, format)
    }

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

    /// Bytes of an index key in 8 bits with an fp32 scale for every 128 values.
    ///
    /// `M_index = d_i + 4·ceil(d_i/128)`
    ///
    /// $$ M_{index} = d_i + 4 \lceil d_i/128 \rceil $$
    ///
    /// where d_i width of the index key. Bytes.
    ///
    /// Source: vLLM 0.33, indexer cache of sparse attention.
    pub fn index_bytes_per_token(d_i: u64) -> Bytes {
        Bytes::new(d_i + 4 * d_i.div_ceil(128))
    }

    /// Bytes of one cached row of `n` values.
    ///
    /// `row(n) = ceil(n / block)·block_bytes`
    ///
    /// $$ \mathrm{row}(n) = \lceil n / B \rceil M_B $$
    ///
    /// where B values in a block of the format and M_B its bytes. A row of no values takes nothing. Bytes.
    ///
    /// Source: block layouts of the numeric formats.
    pub fn row_bytes(n: u64, format: Format) -> Bytes {
        if n == 0 { Bytes::ZERO } else { format.row(n) }
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
    pub fn head_scale_bytes(n_kv: u64, b_s: u64) -> Bytes {
        Bytes::new(2 * n_kv * b_s)
    }
}
