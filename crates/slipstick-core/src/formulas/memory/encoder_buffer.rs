//! The compute buffer of an image encoder.

use crate::{formula, units::Bytes};

formula! {
    /// Stream of an image encoder in fp32 while all patches of an image pass; its buffer is a multiple of that.
    ///
    /// `M = 4·n·h`
    ///
    /// $$ M = 4 n h $$
    ///
    /// where n patches of the image, h width of the encoder. Bytes.
    ///
    /// Source: llama.cpp logs: 372 MiB for 1472 x 1472 pixels under Qwen3-VL-8B, ten times the stream.
    ///
    /// ```
    /// # use slipstick_core::formulas::memory::encoder_buffer::encoder_stream;
    /// assert_eq!((encoder_stream(92 * 92, 1152).as_mib() * 10.0).round(), 372.0);
    /// ```
    pub fn encoder_stream(n: u64, h: u64) -> Bytes {
        Bytes::new(4_u64.saturating_mul(n).saturating_mul(h))
    }
}
