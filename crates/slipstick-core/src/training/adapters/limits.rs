//! The largest count that fits.

/// The largest count from 1 to `most` that fits, if 1 does. What fits must go on fitting as the count falls.
pub fn largest(most: u64, fits: impl Fn(u64) -> bool) -> Option<u64> {
    if most == 0 || !fits(1) {
        return None;
    }
    let (mut fit, mut not) = (1, 2);
    while not <= most && fits(not) {
        fit = not;
        not = not.saturating_mul(2);
    }
    not = not.min(most.saturating_add(1));
    while not - fit > 1 {
        let middle = fit + (not - fit) / 2;
        if fits(middle) {
            fit = middle;
        } else {
            not = middle;
        }
    }
    Some(fit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_more_does_not_fit() {
        for limit in [1, 2, 3, 7, 8, 1000, 1023] {
            assert_eq!(largest(1023, |count| count <= limit), Some(limit));
        }
        assert_eq!(largest(1000, |_| true), Some(1000));
        assert_eq!(largest(1000, |_| false), None);
        assert_eq!(largest(0, |_| true), None);
    }
}
