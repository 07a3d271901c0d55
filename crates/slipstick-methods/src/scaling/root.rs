//! The one equation of the scaling laws that has no closed solution.

/// Where a falling function of a count of tokens crosses zero: halving what is between 1 and 10^30 on a scale of
/// logarithms, until nothing is between. Not a number if it does not cross there.
pub(super) fn falling(value: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (1.0_f64, 1e30_f64);
    if value(low).is_nan() || value(low) < 0.0 || value(high) > 0.0 {
        return f64::NAN;
    }
    loop {
        let middle = libm::sqrt(low * high);
        if middle <= low || middle >= high {
            return middle;
        }
        if value(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
}
