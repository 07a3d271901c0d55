//! How well a number is known, and a number with the interval it is known to lie in.

use crate::units::Bytes;

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

/// A quantity, the interval it lies in, and how well it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known<T> {
    /// The best single value.
    pub value: T,
    /// The lower end.
    pub low: T,
    /// The upper end.
    pub high: T,
    /// How well it is known.
    pub basis: Basis,
}

impl<T: Copy> Known<T> {
    /// A value without spread.
    pub const fn exact(value: T) -> Self {
        Self { value, low: value, high: value, basis: Basis::Exact }
    }

    /// A value without spread on another basis.
    pub const fn of(value: T, basis: Basis) -> Self {
        Self { value, low: value, high: value, basis }
    }
}

impl Known<f64> {
    /// So much of `bytes`, at every end of the interval.
    pub fn of_bytes(self, bytes: Bytes) -> Known<Bytes> {
        Known {
            value: bytes.fraction(self.value),
            low: bytes.fraction(self.low),
            high: bytes.fraction(self.high),
            basis: self.basis,
        }
    }
}

impl Known<Bytes> {
    /// Nothing.
    pub const ZERO: Self = Self::exact(Bytes::ZERO);

    /// The larger of the two in every figure.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            value: self.value.max(other.value),
            low: self.low.max(other.low),
            high: self.high.max(other.high),
            // Only the larger one shapes the figure.
            basis: if self.value >= other.value { self.basis } else { other.basis },
        }
    }

    /// Another size worked out of it, at every end of the interval.
    #[must_use]
    pub fn map(self, size: impl Fn(Bytes) -> Bytes) -> Self {
        Self { value: size(self.value), low: size(self.low), high: size(self.high), basis: self.basis }
    }

    /// What is left of `whole` without it, at every end of the interval.
    #[must_use]
    pub fn left_of(self, whole: Self) -> Self {
        Self {
            value: whole.value.saturating_sub(self.value),
            low: whole.low.saturating_sub(self.high),
            high: whole.high.saturating_sub(self.low),
            basis: whole.basis.and(self.basis),
        }
    }

    /// Whether there is none of it for sure.
    pub fn is_zero(self) -> bool {
        self.high == Bytes::ZERO
    }
}

impl core::ops::Add for Known<Bytes> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        if other.is_zero() {
            return self;
        }
        if self.is_zero() {
            return other;
        }
        Self {
            value: self.value + other.value,
            low: self.low + other.low,
            high: self.high + other.high,
            basis: self.basis.and(other.basis),
        }
    }
}

impl core::iter::Sum for Known<Bytes> {
    fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
        items.fold(Self::ZERO, |total, item| total + item)
    }
}
