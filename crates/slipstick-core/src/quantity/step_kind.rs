//! The steps that times are of.

/// Which step a time is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StepKind {
    /// The prefill of one prompt alone.
    Prefill,
    /// A step that only decodes.
    Decode,
    /// A step that carries prefill too.
    Mixed,
    /// A step that carries a whole chunk of prompt.
    Chunk,
    /// A step that decodes and verifies drafts, without the drafting.
    Verify,
}

impl StepKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Prefill, Self::Decode, Self::Mixed, Self::Chunk, Self::Verify];
}
