//! What lies beside the weights themselves.

use crate::{formula, units::Bytes};

formula! {
    /// Bytes of the table of rotary angles that an engine computes once and keeps for every position.
    ///
    /// `M_rope = s_max·d_r·b`
    ///
    /// $$ M_{rope} = s_{max} d_r b $$
    ///
    /// where s_max positions the configuration allows, d_r rotary width (sine and cosine of half of it each), b bytes
    /// of an element. Engines that do so count it as part of the loaded model. Bytes.
    ///
    /// Source: vLLM, `RotaryEmbedding.cos_sin_cache`.
    ///
    /// ```
    /// # use slipstick_core::formulas::memory::weights::rotary_table_bytes;
    /// // Llama-3.1-8B: 8,030,261,248 parameters in bf16 load as 14.9888 GiB, 32 MiB more than they take.
    /// assert_eq!(rotary_table_bytes(131_072, 128, 2).as_mib(), 32.0);
    /// ```
    pub fn rotary_table_bytes(s_max: u64, d_r: u64, b: u64) -> Bytes {
        Bytes::new(s_max.saturating_mul(d_r).saturating_mul(b))
    }

    /// What kernels add by padding the inner width of experts.
    ///
    /// `M_pad = f·M_e·(w_p - w)/w`
    ///
    /// $$ M_{pad} = f\,M_e \frac{w_p - w}{w} $$
    ///
    /// where f the share of it that is seen, M_e bytes of the experts, w their inner width on the rank, w_p the same
    /// padded. Bytes.
    ///
    /// Source: vLLM 0.11, MXFP4 experts.
    ///
    /// No published number: logs give the loaded model as a whole; the tests of memory hold that.
    pub fn expert_padding(f: f64, M_e: Bytes, w: u64, w_p: u64) -> Bytes {
        if w == 0 { Bytes::ZERO } else { M_e.fraction((w_p - w) as f64 / w as f64).fraction(f) }
    }
}
