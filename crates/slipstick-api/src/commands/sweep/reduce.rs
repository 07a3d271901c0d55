//! What is kept of a sweep while its rows go by: counts, the best, the best of each group, a front, a histogram.

use core::cmp::Ordering;
use std::collections::BTreeMap;

use slipstick_core::estimate::Verdict;

use super::{
    figures,
    rows::Row,
    space::{Place, Space},
};

/// What to keep.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Wanted {
    /// The figure that makes a row the best, and how many of the best.
    pub(super) best: Option<(usize, usize)>,
    /// Axes of whose values the best is kept each.
    pub(super) groups: Vec<Place>,
    /// Two figures whose front is kept.
    pub(super) front: Option<(usize, usize)>,
    /// A figure whose distribution is kept.
    pub(super) histogram: Option<usize>,
}

impl Wanted {
    /// The figures that are read.
    pub(super) fn figures(&self) -> Vec<usize> {
        let best = self.best.map(|(figure, _)| figure);
        let front = self.front.map(|(x, y)| [x, y]);
        best.into_iter().chain(front.into_iter().flatten()).chain(self.histogram).collect()
    }
}

/// A row that is kept: its figure and its number.
type Kept = (f64, u64);

/// What was kept.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Reduced {
    /// Rows by verdict.
    pub(super) verdicts: BTreeMap<&'static str, u64>,
    /// Why the first of those that are refused is.
    pub(super) refusal: Option<String>,
    /// Rows that the filter keeps.
    pub(super) kept: u64,
    pub(super) best: Vec<Kept>,
    /// The best of each group: the axis, the place of the value, the row.
    pub(super) groups: BTreeMap<(usize, usize), Kept>,
    /// Rows of the front, from the best first figure.
    pub(super) front: Vec<(f64, f64, u64)>,
    /// Rows by the decade-third of a figure: 1, 2 and 5 times a power of ten.
    pub(super) histogram: BTreeMap<i32, u64>,
}

impl Reduced {
    /// Sees a row that the filter keeps.
    pub(super) fn see(&mut self, row: &Row<'_>, wanted: &Wanted, space: &Space) {
        self.kept += 1;
        if let Some(figure) = wanted.histogram
            && row.figures[figure] > 0.0
        {
            *self.histogram.entry(bin(row.figures[figure])).or_default() += 1;
        }
        // What queues or does not start is nobody's best.
        if row.verdict != Verdict::Holds.name() {
            return;
        }
        if let Some((figure, most)) = wanted.best
            && !row.figures[figure].is_nan()
        {
            let kept = (row.figures[figure], row.id);
            insert(&mut self.best, kept, (figure, most));
            for (group, axis) in wanted.groups.iter().enumerate() {
                let best = self.groups.entry((group, space.value_at(row.id, *axis))).or_insert(kept);
                if before(figure, &kept, best) {
                    *best = kept;
                }
            }
        }
        if let Some((x, y)) = wanted.front {
            self.meets_front((row.figures[x], row.figures[y], row.id), (x, y));
        }
    }

    /// Adds what later rows left.
    pub(super) fn join(&mut self, later: Self, wanted: &Wanted) {
        for (verdict, count) in later.verdicts {
            *self.verdicts.entry(verdict).or_default() += count;
        }
        self.refusal = self.refusal.take().or(later.refusal);
        self.kept += later.kept;
        for (bin, count) in later.histogram {
            *self.histogram.entry(bin).or_default() += count;
        }
        if let Some((figure, most)) = wanted.best {
            for kept in later.best {
                insert(&mut self.best, kept, (figure, most));
            }
            for (group, kept) in later.groups {
                let best = self.groups.entry(group).or_insert(kept);
                if before(figure, &kept, best) {
                    *best = kept;
                }
            }
        }
        if let Some(axes) = wanted.front {
            for point in later.front {
                self.meets_front(point, axes);
            }
        }
    }

    /// Takes a point into the front unless one of it is as good in both figures.
    fn meets_front(&mut self, point: (f64, f64, u64), (x, y): (usize, usize)) {
        if point.0.is_nan() || point.1.is_nan() {
            return;
        }
        let beaten = |by: &(f64, f64, u64), point: &(f64, f64, u64)| {
            let orders = [figures::order(x, by.0, point.0), figures::order(y, by.1, point.1)];
            !orders.contains(&Ordering::Greater)
        };
        // The front is sorted from the best first figure, and its second figures get better on the way: what beats a
        // point stands right before its place.
        let place = self.front.partition_point(|one| figures::order(x, one.0, point.0) != Ordering::Greater);
        if place.checked_sub(1).is_some_and(|at| beaten(&self.front[at], &point)) {
            return;
        }
        let same = self.front[..place].iter().rev().take_while(|one| beaten(&point, one)).count();
        let after = self.front[place..].iter().take_while(|one| beaten(&point, one)).count();
        self.front.splice(place - same..place + after, [point]);
    }
}

/// Whether a row stands before another: the better figure, then the smaller number.
fn before(figure: usize, a: &Kept, b: &Kept) -> bool {
    figures::order(figure, a.0, b.0).then(a.1.cmp(&b.1)) == Ordering::Less
}

/// Puts a row among the best.
fn insert(best: &mut Vec<Kept>, kept: Kept, (figure, most): (usize, usize)) {
    if best.len() >= most && best.last().is_none_or(|last| !before(figure, &kept, last)) {
        return;
    }
    let place = best.partition_point(|one| before(figure, one, &kept));
    best.insert(place, kept);
    best.truncate(most);
}

/// Which third of a decade a number lies in.
fn bin(value: f64) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "a decade is a small number")]
    let decade = value.log10().floor() as i32;
    let mantissa = value / 10_f64.powi(decade);
    3 * decade + i32::from(mantissa >= 2.0) + i32::from(mantissa >= 5.0)
}

/// The low end of a third of a decade.
pub(super) fn edge(bin: i32) -> f64 {
    let low = [1.0, 2.0, 5.0][usize::try_from(bin.rem_euclid(3)).unwrap_or_default()];
    low * 10_f64.powi(bin.div_euclid(3))
}

#[cfg(test)]
mod tests {
    use super::{Reduced, bin, edge, figures::at, insert};

    #[test]
    fn thirds_of_decades_begin_at_1_2_and_5() {
        for (value, low) in [(0.03, 0.02), (1.0, 1.0), (1.99, 1.0), (7.0, 5.0), (250.0, 200.0)] {
            assert!((edge(bin(value)) - low).abs() < 1e-12, "{value}");
        }
    }

    #[test]
    fn the_best_are_the_best_in_any_order_and_the_earlier_of_equals() {
        let rows = [(3.0, 4), (1.0, 9), (1.0, 2), (2.0, 7)];
        let mut forwards = Vec::new();
        let mut backwards = Vec::new();
        for row in rows {
            insert(&mut forwards, row, (at::TPOT, 3));
        }
        rows.iter().rev().for_each(|row| insert(&mut backwards, *row, (at::TPOT, 3)));
        assert_eq!(forwards, [(1.0, 2), (1.0, 9), (2.0, 7)]);
        assert_eq!(forwards, backwards);
    }

    /// The front of points in any order is what comparing all pairs leaves: more tokens for a user, fewer dollars.
    #[test]
    fn a_front_is_what_comparing_all_pairs_leaves() {
        let mut state = 1_u64;
        let mut draw = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            f64::from(u32::try_from(state >> 60).unwrap())
        };
        for _ in 0..1000 {
            let points: Vec<(f64, f64, u64)> = (0..15).map(|id| (draw(), draw(), id)).collect();
            let beats = |a: &(f64, f64, u64), b: &(f64, f64, u64)| {
                a.0 >= b.0 && a.1 <= b.1 && (a.0 > b.0 || a.1 < b.1)
            };
            let mut all: Vec<(u64, u64)> = points
                .iter()
                .filter(|point| !points.iter().any(|other| beats(other, point)))
                .map(|point| (point.0.to_bits(), point.1.to_bits()))
                .collect();
            all.sort_unstable();
            all.dedup();
            let mut reduced = Reduced::default();
            for point in &points {
                reduced.meets_front(*point, (at::USER, at::TOKEN));
            }
            let mut found: Vec<(u64, u64)> =
                reduced.front.iter().map(|point| (point.0.to_bits(), point.1.to_bits())).collect();
            found.sort_unstable();
            assert_eq!(found, all);
        }
    }
}
