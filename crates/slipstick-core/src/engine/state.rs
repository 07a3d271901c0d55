//! What engines keep recurrent state in.

/// Bytes of an element of a recurrent layer's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateBytes {
    /// Of its convolution.
    pub conv: u64,
    /// Of the recurrent state itself.
    pub recurrent: u64,
}

impl StateBytes {
    /// Everything in 16 bits, as published figures count it.
    pub const SIXTEEN_BITS: Self = Self { conv: 2, recurrent: 2 };
}
