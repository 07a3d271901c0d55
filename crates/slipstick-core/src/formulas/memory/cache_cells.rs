//! How many cells llama.cpp's caches have.

use crate::formula;

formula! {
    /// Cells of the cache of one sequence: the context, padded.
    ///
    /// `s = pad·ceil(n_ctx / pad)`
    ///
    /// $$ s = p \lceil n_{ctx} / p \rceil $$
    ///
    /// where n_ctx tokens asked for, pad the granularity (256). Cells.
    ///
    /// Source: llama.cpp, `llama_context`.
    ///
    /// ```
    /// # use slipstick_core::{formulas::memory::cache_cells::padded_context};
    /// // A server asked for 150,000 tokens logs 150,016 cells.
    /// assert_eq!(padded_context(150_000, 256), 150_016);
    /// ```
    pub fn padded_context(n_ctx: u64, pad: u64) -> u64 {
        n_ctx.div_ceil(pad.max(1)).saturating_mul(pad.max(1))
    }

    /// Cells of the cache of a windowed layer, per stream.
    ///
    /// `s_w = pad(min(s, w·m + u))`
    ///
    /// $$ s_w = \mathrm{pad}(\min(s, w m + u)) $$
    ///
    /// where s cells of a full layer, w window, m sequences that share the stream, u tokens of a micro-batch. Cells.
    ///
    /// Source: llama.cpp, `llama_kv_cache_iswa`.
    ///
    /// ```
    /// # use slipstick_core::formulas::memory::cache_cells::window_cells;
    /// assert_eq!(window_cells(262_144, 1024, 1, 512, 256), 1536);
    /// assert_eq!(window_cells(8192, 512, 1, 512, 256), 1024);
    /// ```
    pub fn window_cells(s: u64, w: u64, m: u64, u: u64, pad: u64) -> u64 {
        padded_context(s.min(w.saturating_mul(m).saturating_add(u)), pad)
    }
}
