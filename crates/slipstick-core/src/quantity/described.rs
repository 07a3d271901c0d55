//! What every quantity is, in a line, and its unit.

use super::Quantity;

impl Quantity {
    /// Its base unit; empty for a pure number.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Detail(detail) => detail.detail_unit(),
            Self::Measured(measured) => measured.measured_unit(),
            other => other.own_unit(),
        }
    }

    /// Every quantity; of those with a place among equals the first.
    pub fn all() -> Vec<Self> {
        Self::every()
    }

    /// What it is, in a line.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Detail(detail) => detail.detail_about(),
            Self::Measured(measured) => measured.measured_about(),
            other => other.own_about(),
        }
    }
}
