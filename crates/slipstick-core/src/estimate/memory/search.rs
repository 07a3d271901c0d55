//! How far context and concurrency can go: a search over the same function that answers for one workload.

/// The largest count that fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Not even one.
    None,
    /// So many.
    UpTo(u64),
    /// More than anyone asks for: memory does not bound it.
    Unbounded,
}

impl Reach {
    /// As a count, with `cap` where memory does not bound it.
    pub const fn count(self, cap: u64) -> u64 {
        match self {
            Self::None => 0,
            Self::UpTo(count) => count,
            Self::Unbounded => cap,
        }
    }
}

/// The largest count up to `cap` for which `fits` holds, where it never holds again after the first count that fails.
pub(super) fn largest(cap: u64, fits: impl Fn(u64) -> bool) -> Reach {
    if !fits(1) {
        return Reach::None;
    }
    let mut low = 1;
    let mut high = 2;
    while fits(high.min(cap)) {
        if high >= cap {
            return Reach::Unbounded;
        }
        low = high;
        high = high.saturating_mul(2);
    }
    // It holds at `low` and fails at `high`.
    high = high.min(cap);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if fits(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    Reach::UpTo(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edge_is_found() {
        for edge in [1, 2, 3, 7, 64, 1000, 1001] {
            assert_eq!(largest(1 << 20, |n| n <= edge), Reach::UpTo(edge));
        }
        assert_eq!(largest(1 << 20, |_| false), Reach::None);
        assert_eq!(largest(1000, |_| true), Reach::Unbounded);
        assert_eq!(largest(1000, |n| n < 1000), Reach::UpTo(999));
    }
}
