//! Where an axis is marked: at round values, 1, 2 and 5 times powers of ten.

/// Ticks of an axis from `low` to `high`, at most `most` and at least those that lie inside; on a logarithmic axis only
/// powers of ten where there are many of them.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the exponent of a finite number is a few hundred at most"
)]
pub(super) fn ticks((low, high): (f64, f64), log: bool, most: usize) -> Vec<f64> {
    let inside = |value: &f64| *value >= low * (1.0 - 1e-9) && *value <= high * (1.0 + 1e-9);
    if log && low > 0.0 {
        let decades = (low.log10().floor() as i32)..=(high.log10().ceil() as i32);
        let at = |steps: &[f64], each: i32| -> Vec<f64> {
            let marked = decades.clone().filter(|decade| decade.rem_euclid(each) == 0);
            marked
                .flat_map(|decade| steps.iter().map(move |step| step * 10_f64.powi(decade)))
                .filter(inside)
                .collect()
        };
        let tries = [(&[1.0, 2.0, 5.0][..], 1), (&[1.0], 1), (&[1.0], 2), (&[1.0], 3)];
        return tries
            .into_iter()
            .map(|(steps, each)| at(steps, each))
            .find(|all| all.len() <= most)
            .unwrap_or_default();
    }
    let step = step((high - low) / most.max(1) as f64);
    if !step.is_finite() || step <= 0.0 {
        return vec![low];
    }
    let first = (low / step).ceil();
    let last = (most + 1) as u32;
    (0..=last)
        .map(|count| (first + f64::from(count)) * step)
        .take_while(|value| *value <= high + step * 1e-9)
        .collect()
}

/// The least of 1, 2 and 5 times a power of ten that is no smaller.
fn step(wanted: f64) -> f64 {
    if !wanted.is_finite() || wanted <= 0.0 {
        return f64::NAN;
    }
    let power = 10_f64.powf(wanted.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|step| step * power)
        .find(|step| *step >= wanted * (1.0 - 1e-9))
        .unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::ticks;

    #[test]
    fn axes_are_marked_at_round_values() {
        assert_eq!(ticks((0.0, 10.0), false, 5), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(ticks((3.0, 47.0), false, 5), [10.0, 20.0, 30.0, 40.0]);
        assert_eq!(ticks((0.9, 60.0), true, 8), [1.0, 2.0, 5.0, 10.0, 20.0, 50.0]);
        assert_eq!(ticks((1.0, 1e6), true, 8).len(), 7);
        assert_eq!(ticks((1.0, 1.0), false, 5), [1.0]);
    }
}
