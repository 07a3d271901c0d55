//! llama.cpp's output buffer.

use crate::{formula, units::Bytes};

formula! {
    /// Logits of every output row, kept in fp32 in host memory.
    ///
    /// `M_out = 4·n·V`
    ///
    /// $$ M_{out} = 4 n V $$
    ///
    /// where n outputs (one a slot at start), V vocabulary. Bytes.
    ///
    /// Source: llama.cpp logs: 0.12 MiB at 32,000 and 0.58 MiB at 151,936 words.
    ///
    /// ```
    /// # use slipstick_core::formulas::memory::output_buffer::output_buffer;
    /// assert!((output_buffer(1, 151_936).as_mib() - 0.58).abs() < 0.005);
    /// ```
    pub fn output_buffer(n: u64, vocab: u64) -> Bytes {
        Bytes::new(4_u64.saturating_mul(n).saturating_mul(vocab))
    }
}
