//! Memory as exact bytes, memory traffic, and bandwidth.

use super::{Seconds, quantity::quantity};

/// An exact number of bytes: what a tensor, a cache or a device holds.
///
/// ```
/// # use slipstick_core::units::Bytes;
/// assert_eq!(Bytes::gib(80).get(), 85_899_345_920);
/// assert_eq!(Bytes::mib(81_559).as_gib(), 79.6474609375); // what the driver reports on an 80 GB H100
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(transparent)]
pub struct Bytes(u64);

impl Bytes {
    /// No bytes.
    pub const ZERO: Self = Self(0);

    /// From bytes.
    pub const fn new(bytes: u64) -> Self {
        Self(bytes)
    }

    /// From kibibytes (2^10 B).
    pub const fn kib(kib: u64) -> Self {
        Self(kib << 10)
    }

    /// From mebibytes (2^20 B).
    pub const fn mib(mib: u64) -> Self {
        Self(mib << 20)
    }

    /// From gibibytes (2^30 B).
    pub const fn gib(gib: u64) -> Self {
        Self(gib << 30)
    }

    /// From a fractional number of gibibytes, rounded down; negative and NaN give zero.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cast saturates, as documented"
    )]
    pub const fn gib_f64(gib: f64) -> Self {
        Self((gib * 1_073_741_824.0) as u64)
    }

    /// From a computed number of bytes, rounded up to whole bytes; negative and NaN give zero.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cast saturates, as documented"
    )]
    pub fn ceil(bytes: f64) -> Self {
        Self(libm::ceil(bytes) as u64)
    }

    /// In bytes.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// In bytes, as a float.
    pub const fn as_f64(self) -> f64 {
        self.0 as f64
    }

    /// In gibibytes.
    pub const fn as_gib(self) -> f64 {
        self.0 as f64 / 1_073_741_824.0
    }

    /// In mebibytes.
    pub const fn as_mib(self) -> f64 {
        self.0 as f64 / 1_048_576.0
    }

    /// In gigabytes (10^9 B), the unit of file pages.
    pub const fn as_gb(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// The difference, or zero if `other` is larger.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// The difference, or `None` if `other` is larger.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(difference) => Some(Self(difference)),
            None => None,
        }
    }

    /// A count of equal pieces; saturates at the largest representable size.
    #[must_use]
    pub const fn times(self, count: u64) -> Self {
        Self(self.0.saturating_mul(count))
    }

    /// One of `parts` equal parts, rounded up: no rank holds less than its share.
    #[must_use]
    pub const fn split(self, parts: u64) -> Self {
        Self(self.0.div_ceil(parts))
    }

    /// A fraction of it, rounded down.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
    pub fn fraction(self, share: f64) -> Self {
        Self((self.0 as f64 * share) as u64)
    }

    /// How many whole pieces of size `piece` fit into it; none if `piece` is empty.
    pub const fn pieces(self, piece: Self) -> Option<u64> {
        self.0.checked_div(piece.0)
    }

    /// The least whole multiple of `unit` that holds it.
    #[must_use]
    pub const fn round_up(self, unit: u64) -> Self {
        if unit == 0 { self } else { Self(self.0.div_ceil(unit).saturating_mul(unit)) }
    }

    /// As traffic: the bytes moved when all of it is read or written once.
    pub const fn traffic(self) -> Traffic {
        Traffic::bytes(self.0 as f64)
    }
}

impl core::ops::Add for Bytes {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl core::ops::AddAssign for Bytes {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl core::iter::Sum for Bytes {
    fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
        items.fold(Self::ZERO, |total, item| total + item)
    }
}

quantity! {
    /// Bytes moved to or from memory or over a link; an expectation, so it may be fractional.
    Traffic, bytes, "bytes"
}

quantity! {
    /// Bytes per second.
    Bandwidth, bytes_per_s, "bytes per second"
}

impl Bandwidth {
    /// From gigabytes per second (10^9 B/s), the unit of data sheets.
    pub const fn gb_per_s(gb: f64) -> Self {
        Self::bytes_per_s(gb * 1e9)
    }

    /// In gigabytes per second (10^9 B/s).
    pub const fn as_gb_per_s(self) -> f64 {
        self.get() / 1e9
    }
}

impl core::ops::Div<Bandwidth> for Traffic {
    type Output = Seconds;
    fn div(self, bandwidth: Bandwidth) -> Seconds {
        Seconds::s(self.get() / bandwidth.get())
    }
}

impl core::ops::Div<Seconds> for Traffic {
    type Output = Bandwidth;
    fn div(self, time: Seconds) -> Bandwidth {
        Bandwidth::bytes_per_s(self.get() / time.get())
    }
}
