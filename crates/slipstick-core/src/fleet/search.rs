//! Branch and bound over whole deployments.

use super::{
    Fleet,
    simplex::{Optimum, Row, Side, least},
};

/// How far a number may be from a whole one and still be it.
const WHOLE: f64 = 1e-6;

/// How many deployments of each type, and what is sent to them.
#[derive(Debug, Clone, PartialEq)]
pub struct Mix {
    /// Deployments of each type.
    pub counts: Vec<u32>,
    /// The share of each class (outer) that each type (inner) answers.
    pub shares: Vec<Vec<f64>>,
    /// What all of them cost an hour.
    pub price: f64,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The cheapest mix that was found.
    pub mix: Mix,
    /// What no mix is cheaper than.
    pub bound: f64,
    /// The least cost if deployments could be parted, where the search began.
    pub relaxed: f64,
    /// Programs that were solved.
    pub solved: u32,
}

impl Found {
    /// By how much of its cost the mix may be dearer than the cheapest; 0 where it is proven to be that.
    pub fn gap(&self) -> f64 {
        if self.mix.price > 0.0 { ((self.mix.price - self.bound) / self.mix.price).max(0.0) } else { 0.0 }
    }
}

/// The cheapest mix that serves everything; none where nothing does.
///
/// A depth-first search that takes the dearer branch of a fraction first, as rounding up stays feasible, and leaves
/// every branch whose relaxation costs as much as what is known. It is exact unless [`Fleet::effort`] runs out.
///
/// ```
/// # use slipstick_core::fleet::{Fleet, Kind, solve};
/// let kinds = vec![Kind { price: 1.0, rates: vec![2.0], most: None }, Kind { price: 3.0, rates: vec![8.0], most: None }];
/// let fleet = Fleet { demand: vec![9.0], kinds, least: 1, planned: 1.0, slices: None, effort: 1000 };
/// let found = solve(&fleet).unwrap();
/// assert_eq!((found.mix.counts, found.mix.price), (vec![1, 1], 4.0)); // one small beside one large
/// ```
pub fn solve(fleet: &Fleet) -> Option<Found> {
    let program = Program::of(fleet)?;
    let root = program.relaxed(&[])?;
    let mut search = Search { program: &program, best: None, solved: 1, open: f64::INFINITY };
    search.visit(&root, &mut Vec::new());
    let best = search.best?;
    let mix = program.mix(&best);
    Some(Found { bound: search.open.min(mix.price), relaxed: root.cost, solved: search.solved, mix })
}

/// A bound on one column, on the way down the tree.
type Bound = (usize, Side, f64);

/// The fleet as a program: shares (in slices, where those are whole), then counts.
struct Program<'a> {
    fleet: &'a Fleet,
    /// Class and type of each share that can be.
    shares: Vec<(usize, usize)>,
    costs: Vec<f64>,
    rows: Vec<Row>,
}

impl<'a> Program<'a> {
    fn of(fleet: &'a Fleet) -> Option<Self> {
        let can = |class: usize, kind: usize| {
            fleet.load(class, kind).is_some() && fleet.kinds[kind].most != Some(0)
        };
        let shares: Vec<(usize, usize)> = (0..fleet.demand.len())
            .flat_map(|class| (0..fleet.kinds.len()).map(move |kind| (class, kind)))
            .filter(|&(class, kind)| can(class, kind))
            .collect();
        let mut costs = vec![0.0; shares.len()];
        costs.extend(fleet.kinds.iter().map(|kind| kind.price));
        let mut program = Self { fleet, shares, costs, rows: Vec::new() };
        program.rows = program.served()?;
        let loads = program.loads();
        program.rows.extend(loads);
        program.rows.extend(program.limits());
        Some(program)
    }

    /// Pieces that a class is sent in.
    fn pieces(&self) -> f64 {
        self.fleet.slices.map_or(1.0, f64::from)
    }

    fn count(&self, kind: usize) -> usize {
        self.shares.len() + kind
    }

    /// All of each class is served; none where nothing serves one.
    fn served(&self) -> Option<Vec<Row>> {
        let of = |class: usize| {
            let terms: Vec<(usize, f64)> =
                self.columns(|share| share.0 == class).map(|column| (column, 1.0)).collect();
            (!terms.is_empty()).then(|| Row { terms, side: Side::Equal, bound: self.pieces() })
        };
        (0..self.fleet.demand.len()).map(of).collect()
    }

    /// What is sent to a type is no more than its deployments take.
    fn loads(&self) -> Vec<Row> {
        let of = |kind: usize| {
            let load = |column: usize| self.fleet.load(self.shares[column].0, kind).unwrap_or(0.0);
            let mut terms: Vec<(usize, f64)> = self
                .columns(|share| share.1 == kind)
                .map(|column| (column, load(column) / self.pieces()))
                .collect();
            terms.push((self.count(kind), -1.0));
            Row { terms, side: Side::Most, bound: 0.0 }
        };
        (0..self.fleet.kinds.len()).map(of).collect()
    }

    fn limits(&self) -> Vec<Row> {
        let kinds = self.fleet.kinds.iter().enumerate();
        let mut rows: Vec<Row> = kinds
            .filter_map(|(kind, of)| {
                let bound = f64::from(of.most?);
                Some(Row { terms: vec![(self.count(kind), 1.0)], side: Side::Most, bound })
            })
            .collect();
        let all = (0..self.fleet.kinds.len()).map(|kind| (self.count(kind), 1.0)).collect();
        rows.push(Row { terms: all, side: Side::Least, bound: f64::from(self.fleet.least) });
        rows
    }

    fn columns(&self, of: impl Fn(&(usize, usize)) -> bool) -> impl Iterator<Item = usize> {
        let found = self.shares.iter().enumerate().filter(move |(_, share)| of(share));
        found.map(|(column, _)| column)
    }

    fn relaxed(&self, bounds: &[Bound]) -> Option<Optimum> {
        let bounds =
            bounds.iter().map(|&(column, side, bound)| Row { terms: vec![(column, 1.0)], side, bound });
        let rows: Vec<Row> = self.rows.iter().cloned().chain(bounds).collect();
        least(&self.costs, &rows)
    }

    /// The column that is to be whole and is farthest from it: counts before shares.
    fn parted(&self, at: &[f64]) -> Option<usize> {
        let farthest = |columns: core::ops::Range<usize>| {
            let off = |column: &usize| (at[*column] - at[*column].round()).abs();
            let parted = columns.filter(|column| off(column) > WHOLE);
            parted.max_by(|a, b| off(a).total_cmp(&off(b)))
        };
        let counts = farthest(self.shares.len()..at.len());
        counts.or_else(|| self.fleet.slices.and_then(|_| farthest(0..self.shares.len())))
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts are small and not negative"
    )]
    fn mix(&self, at: &[f64]) -> Mix {
        let fleet = self.fleet;
        let mut shares = vec![vec![0.0; fleet.kinds.len()]; fleet.demand.len()];
        for (column, &(class, kind)) in self.shares.iter().enumerate() {
            shares[class][kind] = at[column] / self.pieces();
        }
        let counts: Vec<u32> = at[self.shares.len()..].iter().map(|count| count.round() as u32).collect();
        let price = counts.iter().zip(&fleet.kinds).map(|(count, kind)| f64::from(*count) * kind.price).sum();
        Mix { counts, shares, price }
    }
}

struct Search<'a> {
    program: &'a Program<'a>,
    best: Option<Vec<f64>>,
    solved: u32,
    /// The least that a branch may cost which was left for want of effort.
    open: f64,
}

impl Search<'_> {
    fn known(&self) -> f64 {
        self.best.as_ref().map_or(f64::INFINITY, |at| self.program.mix(at).price)
    }

    fn visit(&mut self, node: &Optimum, bounds: &mut Vec<Bound>) {
        if node.cost >= self.known() - 1e-9 {
            return;
        }
        let Some(column) = self.program.parted(&node.at) else {
            self.best = Some(node.at.clone());
            return;
        };
        let value = node.at[column];
        for bound in [(column, Side::Least, value.ceil()), (column, Side::Most, value.floor())] {
            if self.solved >= self.program.fleet.effort {
                self.open = self.open.min(node.cost);
                return;
            }
            self.solved += 1;
            bounds.push(bound);
            if let Some(below) = self.program.relaxed(bounds) {
                self.visit(&below, bounds);
            }
            bounds.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Fleet, solve};
    use crate::fleet::Kind;

    fn fleet(demand: &[f64], kinds: &[(f64, &[f64], Option<u32>)], slices: Option<u32>) -> Fleet {
        let kinds = kinds
            .iter()
            .map(|(price, rates, most)| Kind { price: *price, rates: rates.to_vec(), most: *most })
            .collect();
        Fleet { demand: demand.to_vec(), kinds, least: 0, planned: 1.0, slices, effort: 100_000 }
    }

    /// The example of the authors' repository: a cheap and a dear accelerator, four buckets.
    fn melange(slices: Option<u32>) -> Fleet {
        let kinds: [(f64, &[f64], _); 2] =
            [(1.01, &[2.0, 1.0, 5.0, 2.0], None), (3.67, &[20.0, 20.0, 40.0, 20.0], None)];
        fleet(&[6.0, 3.0, 15.0, 6.0], &kinds, slices)
    }

    fn three(slices: Option<u32>) -> Fleet {
        let kinds: [(f64, &[f64], _); 3] = [
            (0.7, &[2.4, 1.2, 0.6, 0.25, 0.0, 0.0], None),
            (2.5, &[9.0, 6.0, 3.2, 1.9, 0.9, 0.3], Some(2)),
            (4.0, &[20.0, 14.0, 8.0, 5.0, 2.6, 1.0], None),
        ];
        fleet(&[6.0, 9.0, 5.0, 4.0, 1.5, 0.5], &kinds, slices)
    }

    /// Costs, counts and the bound of the relaxation, as others' solvers gave them.
    #[track_caller]
    fn costs(fleet: &Fleet, price: f64, counts: &[u32], relaxed: f64) {
        let found = solve(fleet).expect("it can be served");
        assert!((found.mix.price - price).abs() < 1e-9, "{found:?}");
        assert_eq!(found.mix.counts, counts);
        assert!((found.relaxed / relaxed - 1.0).abs() < 1e-5, "{found:?}");
        assert!(found.gap() < 1e-12, "{found:?}");
        holds(fleet, &found.mix);
    }

    /// Every class is served whole, and no deployment holds more than it takes.
    #[track_caller]
    fn holds(fleet: &Fleet, mix: &super::Mix) {
        for shares in &mix.shares {
            assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-6, "{mix:?}");
        }
        for (kind, count) in mix.counts.iter().enumerate() {
            let load =
                |(class, shares): (usize, &Vec<f64>)| shares[kind] * fleet.load(class, kind).unwrap_or(0.0);
            let load: f64 = mix.shares.iter().enumerate().map(load).sum();
            assert!(load <= f64::from(*count) + 1e-6, "{load} on {count}: {mix:?}");
        }
    }

    #[test]
    fn the_authors_example_costs_what_they_print() {
        costs(&melange(Some(1)), 6.70, &[3, 1], 4.12875);
        for slices in [2, 4, 8] {
            costs(&melange(Some(slices)), 5.69, &[2, 1], 4.12875);
        }
        // A third of the third bucket fills the cheap one, and what is left of everything fills the dear one.
        for slices in [Some(3), None] {
            costs(&melange(slices), 4.68, &[1, 1], 4.12875);
        }
        costs(&melange(None).of_one(0), 12.12, &[12, 0], 12.12);
        costs(&melange(None).of_one(1), 7.34, &[0, 2], 4.12875);
    }

    #[test]
    fn three_types_of_which_one_is_scarce() {
        costs(&three(Some(1)), 16.0, &[0, 0, 4], 13.7791);
        costs(&three(Some(4)), 15.2, &[1, 1, 3], 13.7791);
        costs(&three(None), 15.2, &[1, 1, 3], 13.7791);
        costs(&three(None).of_one(2), 16.0, &[0, 0, 4], 4.0 * 3.44478);
    }

    #[test]
    fn what_cannot_be_served_is_none() {
        assert!(solve(&three(None).of_one(0)).is_none(), "two classes miss their targets there");
        assert!(solve(&three(None).of_one(1)).is_none(), "two of them are too few");
        let least = Fleet { least: 7, ..three(None).of_one(1) };
        assert!(solve(&least).is_none());
    }

    #[test]
    fn a_floor_and_spare_room_cost_more() {
        for (least, most) in [(6, 15.21), (12, 20.0)] {
            let fleet = Fleet { least, ..three(None) };
            let floor = solve(&fleet).expect("it can be served");
            assert!(floor.mix.counts.iter().sum::<u32>() >= least, "{floor:?}");
            assert!((every(&fleet, most) - floor.mix.price).abs() < 1e-9, "{floor:?}");
        }
        let planned = Fleet { planned: 0.8, ..three(None) };
        let spare = solve(&planned).expect("it can be served");
        assert!(spare.mix.price > 15.2 && (spare.relaxed - 13.7791).abs() > 1.0, "{spare:?}");
        holds(&planned, &spare.mix);
    }

    /// The cheapest of all counts that cost no more than `most`, each asked by itself whether it holds everything.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts are small and not negative"
    )]
    fn every(fleet: &Fleet, most: f64) -> f64 {
        let [a, b, c] = [0, 1, 2].map(|kind| fleet.kinds[kind].price);
        let up_to = |price: f64| 0..=((most / price) as u32);
        let mut best = f64::INFINITY;
        for counts in up_to(a).flat_map(|x| up_to(b).flat_map(move |y| up_to(c).map(move |z| [x, y, z]))) {
            let price: f64 =
                counts.iter().zip([a, b, c]).map(|(count, price)| f64::from(*count) * price).sum();
            let allowed = counts
                .iter()
                .zip(&fleet.kinds)
                .all(|(count, kind)| kind.most.is_none_or(|most| *count <= most));
            if price < best && allowed && counts.iter().sum::<u32>() >= fleet.least {
                let mut capped = Fleet { least: 0, ..fleet.clone() };
                for (kind, count) in capped.kinds.iter_mut().zip(counts) {
                    kind.most = Some(count);
                }
                if solve(&capped).is_some() {
                    best = price;
                }
            }
        }
        best
    }

    #[test]
    fn no_other_counts_are_cheaper() {
        for demand in
            [[6.0, 9.0, 5.0, 4.0, 1.5, 0.5], [1.0, 0.2, 3.0, 2.0, 0.1, 0.9], [0.3, 8.0, 0.1, 0.1, 0.1, 0.1]]
        {
            let fleet = Fleet { demand: demand.to_vec(), ..three(None) };
            let found = solve(&fleet).expect("it can be served");
            assert!((every(&fleet, found.mix.price + 0.01) - found.mix.price).abs() < 1e-9, "{found:?}");
        }
    }

    /// A search that is cut short says by how much it may be off, and is never below what it proves.
    #[test]
    fn a_search_that_ends_early_knows_its_gap() {
        for effort in 3..40 {
            let Some(found) = solve(&Fleet { effort, ..three(Some(4)) }) else { continue };
            assert!(found.bound <= 15.2 + 1e-9 && found.mix.price >= 15.2 - 1e-9, "{found:?}");
            assert!((0.0..0.5).contains(&found.gap()), "{found:?}");
        }
    }

    /// Ten types and twelve classes, against every mix of the three cheapest counts that could do.
    #[test]
    fn ten_types_are_searched_to_the_end() {
        let rates: Vec<Vec<f64>> = (0..10)
            .map(|kind| {
                (0..12)
                    .map(|class| 1.0 + f64::from((kind * 7 + class * 5) % 11) * (1.0 + 0.3 * f64::from(kind)))
                    .collect()
            })
            .collect();
        let kinds: Vec<(f64, &[f64], Option<u32>)> = (0..10_u32)
            .zip(&rates)
            .map(|(kind, rates)| (0.5 + 0.45 * f64::from(kind), rates.as_slice(), None))
            .collect();
        let demand: Vec<f64> = (0..12).map(|class| 1.0 + f64::from(class % 5)).collect();
        let fleet = fleet(&demand, &kinds, None);
        let found = solve(&fleet).expect("it can be served");
        assert!(found.gap() < 1e-12 && found.relaxed <= found.mix.price + 1e-9, "{found:?}");
        holds(&fleet, &found.mix);
    }
}
