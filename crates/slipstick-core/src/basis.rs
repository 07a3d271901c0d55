//! How well a number is known.

/// The basis of a number, from the strongest to the weakest; of several inputs the weakest decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// Arithmetic on integers that were read.
    Exact,
    /// A maker or an engine's source states it.
    Specified,
    /// Somebody measured it.
    Measured,
    /// It was fitted to measurements.
    Fitted,
    /// Nobody said so; it is our assumption.
    Assumed,
}

impl Basis {
    /// The weaker of the two.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.max(other)
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Specified => "specified",
            Self::Measured => "measured",
            Self::Fitted => "fitted",
            Self::Assumed => "assumed",
        }
    }
}

impl core::fmt::Display for Basis {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(self.name())
    }
}
