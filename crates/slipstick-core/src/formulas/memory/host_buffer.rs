//! llama.cpp's compute buffer in host memory.

use crate::{formula, units::Bytes};

formula! {
    /// Inputs of a micro-batch that wait in host memory: embeddings and the attention mask.
    ///
    /// `M_host = u·(4·h + b_mask·s)`
    ///
    /// $$ M_{host} = u (4 h + b_{mask} s) $$
    ///
    /// where u tokens of a micro-batch, h hidden size, b_mask bytes of mask a cell (4 plain, 2 with flash attention),
    /// s cells of the cache. Bytes.
    ///
    /// Source: llama.cpp logs: 12.01, 72.01 and 12.01 MiB.
    ///
    /// ```
    /// # use slipstick_core::formulas::memory::host_buffer::host_buffer;
    /// assert_eq!(host_buffer(512, 2048, 4096, 4).as_mib(), 12.0);
    /// assert_eq!(host_buffer(512, 4096, 32_768, 4).as_mib(), 72.0);
    /// ```
    pub fn host_buffer(u: u64, h: u64, s: u64, b_mask: u64) -> Bytes {
        Bytes::new(u.saturating_mul((4 * h).saturating_add(b_mask.saturating_mul(s))))
    }
}
