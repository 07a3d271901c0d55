//! The state of recurrent layers.

use crate::{formula, units::Bytes};

formula! {
    /// Elements of a convolution state that keeps the columns before the current one.
    ///
    /// `R = C/k·(k - 1 + s)`
    ///
    /// $$ R = \frac{C}{k} (k - 1 + s) $$
    ///
    /// where C elements of all k kernel columns, s tokens drafted beyond the current one. Elements.
    ///
    /// Source: llama.cpp, `llama_hparams::n_embd_r` (s = 0); vLLM 0.33, `MambaStateShapeCalculator`.
    ///
    /// ```
    /// # use slipstick_core::formulas::memory::state::{conv_state_elements, state_bytes};
    /// // Qwen3.5-27B: 48 delta nets, logged as 448.88 MiB for three sequences in fp32.
    /// let conv = conv_state_elements(10_240 * 4, 4, 0);
    /// let layer = state_bytes(conv, 4, 48 * 128 * 128, 4);
    /// assert_eq!(layer.times(48 * 3).as_mib(), 448.875);
    /// ```
    pub fn conv_state_elements(conv: u64, k: u64, s: u64) -> u64 {
        match conv.checked_div(k) {
            Some(column) => column.saturating_mul((k - 1).saturating_add(s)),
            None => conv,
        }
    }

    /// Bytes of the state that one recurrent layer keeps of one sequence.
    ///
    /// `M_state = R·b_R + S·b_S`
    ///
    /// $$ M_{state} = R b_R + S b_S $$
    ///
    /// where R and S elements of the convolution and the recurrent state on the rank, b_R and b_S bytes of each. Bytes.
    ///
    /// Source: llama.cpp keeps both in fp32; vLLM 0.33 keeps delta nets' recurrent state in fp32 and the rest in 16 bits.
    ///
    /// ```
    /// # use slipstick_core::{formulas::memory::state::state_bytes};
    /// // Qwen3.5-27B: 48 delta nets, logged as 448.88 MiB for three sequences in fp32.
    /// assert_eq!(state_bytes(10_240 * 3, 4, 48 * 128 * 128, 4).times(48 * 3).as_mib(), 448.875);
    /// ```
    pub fn state_bytes(conv: u64, b_conv: u64, state: u64, b_state: u64) -> Bytes {
        Bytes::new(conv.saturating_mul(b_conv).saturating_add(state.saturating_mul(b_state)))
    }

    /// State of several sequences.
    ///
    /// `M = n·M_state`
    ///
    /// $$ M = n\,M_{state} $$
    ///
    /// where n sequences or layers, M_state the state of one. Bytes.
    ///
    /// Source: nothing of a state is shared.
    ///
    /// No published number: a product.
    pub fn state_of_all(n: u64, M_state: Bytes) -> Bytes {
        M_state.times(n)
    }
}
