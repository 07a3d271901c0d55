//! llama.cpp's compute buffer on a device.

use crate::{formula, units::Bytes};

formula! {
    /// Compute buffer without flash attention, for blocks like Llama's: scores over the whole cache, or the logits of a
    /// micro-batch.
    ///
    /// `M = max(4·u·(1 + 4·h + s·(1 + a)), 4·u·(h + V))`
    ///
    /// $$ M = \max(4 u (1 + 4 h + s (1 + a)), 4 u (h + V)) $$
    ///
    /// where u tokens of a micro-batch, h hidden size, s cells of the cache, a query heads, V vocabulary. Bytes.
    ///
    /// Source: llama.cpp logs of Mistral-7B (164.00 MiB at 2048, 2144.00 MiB at 32768) and Qwen2.5-3B (300.75 MiB).
    ///
    /// ```
    /// # use slipstick_core::formulas::memory::compute_buffer::compute_buffer_plain;
    /// let mib = |s, h, a, v| (compute_buffer_plain(512, h, s, a, v).as_mib() * 100.0).round() / 100.0;
    /// assert_eq!([mib(2048, 4096, 32, 32_000), mib(32_768, 4096, 32, 32_000)], [164.0, 2144.0]);
    /// assert_eq!(mib(4096, 2048, 16, 151_936), 300.75);
    /// ```
    pub fn compute_buffer_plain(u: u64, h: u64, s: u64, a: u64, vocab: u64) -> Bytes {
        let scores = s.saturating_mul(1 + a).saturating_add(1 + 4 * h);
        Bytes::new((4 * u).saturating_mul(scores.max(h + vocab)))
    }

    /// Compute buffer with flash attention where the graph keeps logits of a whole micro-batch: a layer with its mask, or
    /// those logits.
    ///
    /// `M = max(16·h·u + c·s, 4·u·(h + V))`
    ///
    /// $$ M = \max(16 h u + c s, 4 u (h + V)) $$
    ///
    /// where u tokens of a micro-batch, h hidden size, V vocabulary, s cells of the cache, c bytes of attention mask and
    /// dequantised cache a cell. Bytes.
    ///
    /// Source: llama.cpp before outputs were capped (issue 23527 of ggml-org/llama.cpp: 3976 MiB logged).
    ///
    /// ```
    /// # use slipstick_core::formulas::memory::compute_buffer::compute_buffer_flash_full;
    /// // Qwen3.6-35B-A3B, 150,000 tokens, micro-batches of 4096.
    /// let mib = compute_buffer_flash_full(4096, 2048, 150_016, 248_320, 8192.0).as_mib();
    /// assert!((mib / 3976.0 - 1.0).abs() < 0.02);
    /// ```
    pub fn compute_buffer_flash_full(u: u64, h: u64, s: u64, vocab: u64, c: f64) -> Bytes {
        let layer = 16.0 * (h * u) as f64 + c * s as f64;
        Bytes::ceil(layer).max(Bytes::new((4 * u).saturating_mul(h + vocab)))
    }

    /// Compute buffer with flash attention where the graph keeps logits of one token a slot: a fit, since the true
    /// figure is the peak of a graph allocator.
    ///
    /// `M = (16·h·u + 4·V·u·(n - 1))·f + (c + q)·s`
    ///
    /// $$ M = (16 h u + 4 V u (n - 1)) f + (c + q) s $$
    ///
    /// where h hidden size, u tokens of a micro-batch, V vocabulary, n slots, f allocator margin, c bytes of attention
    /// mask a cell, q bytes of dequantised cache a cell, s cells of the cache. Bytes.
    ///
    /// Source: fit over llama.cpp logs by Unsloth Studio (f = 1.15, c = 2·u).
    ///
    /// No published number: its constants are the fit itself; the tests of memory hold it against logs that the fit has
    /// not seen.
    pub fn compute_buffer_flash(u: u64, h: u64, s: u64, vocab: u64, n: u64, f: f64, c: f64) -> Bytes {
        let step = 16.0 * (h * u) as f64;
        let logits = 4.0 * vocab as f64 * u as f64 * n.saturating_sub(1) as f64;
        Bytes::ceil((step + logits) * f + c * s as f64)
    }
}
