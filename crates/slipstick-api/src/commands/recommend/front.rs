//! Which choices no other beats in everything.

/// Whether each point is one that no other is at least as good as in every part and better in one; less is better.
pub(super) fn front<const N: usize>(points: &[[f64; N]]) -> Vec<bool> {
    let beats = |a: &[f64; N], b: &[f64; N]| {
        let parts = || a.iter().zip(b);
        parts().all(|(a, b)| a <= b) && parts().any(|(a, b)| a < b)
    };
    points.iter().map(|point| !points.iter().any(|other| beats(other, point))).collect()
}

#[cfg(test)]
mod tests {
    use super::front;

    /// Tokens a second for a reader and for an accelerator, more being better: two points lose by a tie in one of them.
    #[test]
    fn what_is_equalled_in_one_and_beaten_in_the_other_is_not_on_it() {
        let points = [(20, 100), (30, 90), (30, 95), (40, 60), (50, 60), (10, 100), (55, 10)];
        let less: Vec<[f64; 2]> =
            points.iter().map(|(user, chip)| [-f64::from(*user), -f64::from(*chip)]).collect();
        assert_eq!(front(&less), [true, false, true, false, true, false, true]);
        let reversed: Vec<[f64; 2]> = less.iter().rev().copied().collect();
        let mut again = front(&reversed);
        again.reverse();
        assert_eq!(again, front(&less), "the order of the points does not matter");
    }

    #[test]
    fn equal_points_are_both_on_it() {
        assert_eq!(front(&[[1.0, 2.0], [1.0, 2.0], [1.0, 3.0]]), [true, true, false]);
        assert!(front::<3>(&[]).is_empty());
    }
}
