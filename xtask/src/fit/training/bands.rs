//! Bands of what was left out: they are meant to hold four of five measurements of a name (a shape of layers, a chip family, a
//! software) that the fit had not seen.
//!
//! Many rows of one shape are one witness of how unlike the next shape is, so that every shape of a software counts alike in
//! the band, and the shapes of all other softwares together as two more. A band is then widened by what four of five rows of a
//! shape need that is itself left out of the band: of the software's own shapes where there are several, and else of
//! whichever need more, its own or everybody's. Few shapes say little of a tail: of n of them the share that is held is
//! raised by one in n, as ranks of a further one among them are spread.

use std::collections::BTreeMap;

/// The share of measurements that a band holds, and the shares that lie below and above it before it is widened.
const HELD: f64 = 0.8;
const TENTH: f64 = 0.1;

/// What the shapes of other softwares count together.
const OTHERS: f64 = 2.0;

/// From so many shapes on a software says by itself how unlike they are.
const SEVERAL: usize = 5;

/// A left-out measurement: its software, what was left out, and the logarithm of measured over predicted.
#[derive(Debug, Clone, Copy)]
pub(in crate::fit) struct Point<'a> {
    pub(in crate::fit) stack: &'a str,
    pub(in crate::fit) name: &'a str,
    pub(in crate::fit) log: f64,
}

/// A software and a name.
type Cluster<'a> = (&'a str, &'a str);

/// Left-out measurements of one kind of work.
pub(in crate::fit) struct Pool<'a> {
    points: Vec<Point<'a>>,
    /// How far each lies beside the band that all other names make.
    beside: Vec<f64>,
}

impl<'a> Pool<'a> {
    pub(in crate::fit) fn of(points: Vec<Point<'a>>) -> Self {
        let mut known: BTreeMap<Cluster<'a>, Option<(f64, f64)>> = BTreeMap::new();
        let mut beside = Vec::with_capacity(points.len());
        for point in &points {
            let band = *known.entry((point.stack, point.name)).or_insert_with(|| {
                let rest: Vec<Point<'_>> =
                    points.iter().copied().filter(|other| other.name != point.name).collect();
                inner(&rest, Some(point.stack))
            });
            beside.push(band.map_or(0.0, |(low, high)| (low - point.log).max(point.log - high).max(0.0)));
        }
        Self { points, beside }
    }

    /// Whether it has measurements of a software.
    pub(super) fn knows(&self, stack: &str) -> bool {
        self.points.iter().any(|point| point.stack == stack)
    }

    /// Measured over predicted of a software, or of any: low and high. None without a measurement.
    pub(in crate::fit) fn band(&self, stack: Option<&str>) -> Option<(f64, f64)> {
        let (low, high) = inner(&self.points, stack)?;
        let wider = self.wider(stack);
        Some(((low - wider).exp(), (high + wider).exp()))
    }

    fn wider(&self, stack: Option<&str>) -> f64 {
        let sizes = sizes(&self.points);
        let all = self.points.iter().zip(&self.beside);
        let each = all.clone().map(|(point, beside)| (*beside, 1.0 / sizes[&(point.stack, point.name)]));
        let everybody = percentile(each.collect(), held(sizes.len()));
        let names = sizes.keys().filter(|(own, _)| Some(*own) == stack).count();
        let own = all.filter(|(point, _)| Some(point.stack) == stack).map(|(_, beside)| (*beside, 1.0));
        let own = percentile(own.collect(), held(names));
        match names {
            0 | 1 => everybody,
            SEVERAL.. => own,
            _ => own.max(everybody),
        }
    }
}

/// The share of so many names' measurements that a band has to hold, so that it holds four of five of one more name.
fn held(names: usize) -> f64 {
    let names = names.max(1) as f64;
    (HELD * (names + 1.0) / names).min(1.0)
}

/// The tenths of measurements before they are widened; a prediction lies in its own band.
fn inner(points: &[Point<'_>], stack: Option<&str>) -> Option<(f64, f64)> {
    if points.is_empty() {
        return None;
    }
    let sizes = sizes(points);
    let is_own = |own: &str| stack.is_none_or(|stack| stack == own);
    let others = sizes.keys().filter(|(own, _)| !is_own(own)).count() as f64;
    let weighted: Vec<(f64, f64)> = points
        .iter()
        .map(|point| {
            let cluster = if is_own(point.stack) { 1.0 } else { OTHERS / others };
            (point.log, cluster / sizes[&(point.stack, point.name)])
        })
        .collect();
    Some((percentile(weighted.clone(), TENTH).min(0.0), percentile(weighted, 1.0 - TENTH).max(0.0)))
}

/// The measurements of each cluster.
fn sizes<'a>(points: &[Point<'a>]) -> BTreeMap<Cluster<'a>, f64> {
    points.iter().fold(BTreeMap::new(), |mut sizes, point| {
        *sizes.entry((point.stack, point.name)).or_default() += 1.0;
        sizes
    })
}

/// The least value at which so large a share of the weight is reached.
fn percentile(mut weighted: Vec<(f64, f64)>, share: f64) -> f64 {
    /// Sums of weights are off by roundings.
    const ROUNDING: f64 = 1e-9;
    weighted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let all: f64 = weighted.iter().map(|(_, weight)| weight).sum();
    let mut below = 0.0;
    let reached = weighted.iter().find(|(_, weight)| {
        below += weight;
        below >= share * all - ROUNDING
    });
    reached.or(weighted.last()).map_or(0.0, |(value, _)| *value)
}

#[cfg(test)]
mod tests {
    use super::{Point, Pool, held, percentile};

    #[test]
    fn a_share_of_weight_is_reached_at_its_value() {
        let weighted = vec![(3.0, 1.0), (1.0, 1.0), (2.0, 8.0)];
        assert!((percentile(weighted.clone(), 0.1) - 1.0).abs() < 1e-12);
        assert!((percentile(weighted, 0.9) - 2.0).abs() < 1e-12);
    }

    #[test]
    fn few_shapes_are_held_whole() {
        assert!((held(4) - 1.0).abs() < 1e-12 && (held(1) - 1.0).abs() < 1e-12);
        assert!((held(8) - 0.9).abs() < 1e-12);
    }

    #[test]
    fn a_software_of_one_shape_is_as_unsure_as_the_others_are_unlike() {
        let point = |stack, name, log| Point { stack, name, log };
        let mut points: Vec<Point<'_>> = (0..30).map(|_| point("one", "a", 0.01)).collect();
        let alone = Pool::of(points.clone()).band(Some("one")).expect("it has measurements");
        assert!(alone.0 <= 1.0 && alone.1 < 1.02, "{alone:?}");
        let names = ["a", "b", "c", "d", "e", "f"];
        points.extend(
            names.iter().zip([-0.3, -0.2, -0.1, 0.1, 0.2, 0.3]).map(|(name, log)| point("two", name, log)),
        );
        let beside = Pool::of(points).band(Some("one")).expect("it has measurements");
        assert!(beside.0 < 0.85 && beside.1 > 1.15, "{beside:?}");
    }
}
