//! The search beside brute force: every number of replicas, and every number of requests in flight, of each deployment.

use slipstick_catalog::Catalog;

use super::{
    super::{
        instances::{Draws, Nowhere, deployments, question, same, spaces, target},
        search::{Point, Tried, front},
        target::{Demand, Target},
    },
    Deployed, Load, lower, shared_out, whole,
};
use crate::{commands::supply, resolve::Resolver};

/// Deployments of a question, at most.
const MOST_DEPLOYMENTS: usize = 3;

impl Deployed {
    /// The same deployment for another load.
    pub(in super::super) fn again(&self, target: &Target) -> Self {
        Self::new(self.resolved.clone(), self.asked.clone(), self.paid, (self.shape, target.demand))
    }

    /// Each way in which it holds the load, with no more replicas than `most`.
    fn every(&self, of: usize, target: &Target, most: f64) -> Vec<Point> {
        let requests = self.resolved.prepared.requests(&self.shape);
        let Demand::Rate { rate, planned } = target.demand else {
            let held =
                requests.reach().count(supply::MOST_IN_FLIGHT).min(self.resolved.prepared.most_sequences());
            let busy = |count: u64| self.busy(of, count, &requests.serve(count)?, target);
            return match target.demand {
                Demand::InFlight(all) => {
                    (1..=held.min(all)).filter_map(|most| busy(shared_out(target.demand, most))).collect()
                }
                _ => (1..=held).filter_map(busy).collect(),
            };
        };
        let (rate, served) = (rate.get(), self.paid.served);
        let full = || Some(requests.serve_at(rate)?.at_rate?.sustained * served);
        let Some(full) = full() else { return Vec::new() };
        let least = rate / (lower(self.sure.rate(full), target).get() * planned);
        let mut found = Vec::new();
        let mut needed = least.ceil().max(1.0);
        while needed <= most {
            let each = rate / (needed * served);
            if let Some(service) = requests.serve_at(each) {
                let in_flight = service.at_rate.map_or(1, |at| whole(at.in_flight));
                let load = Load { needed, in_flight, requests: rate, full };
                found.push(self.at_percentiles(
                    self.point(of, &load, &service, target),
                    &requests,
                    each,
                    target,
                ));
            }
            needed += 1.0;
        }
        found
    }
}

/// The least that the objective comes to of points that keep all limits.
fn best(points: &[Point], target: &Target) -> Option<f64> {
    let kept = points.iter().filter(|point| point.keeps(target));
    kept.map(|point| point.value(target.objective)).reduce(f64::min)
}

/// What is found of some deployments, and the best of all there is of them.
fn found_and_best(search: &Tried, target: &Target) -> [Option<f64>; 2] {
    let most = |of| {
        let own = search.points.iter().filter(|point| point.of == of);
        own.map(|point| point.replicas - target.spare as f64).fold(0.0, f64::max)
    };
    let deployments = search.deployments.iter().enumerate();
    let brute: Vec<Point> =
        deployments.flat_map(|(of, deployed)| deployed.every(of, target, most(of))).collect();
    [best(&search.points, target), best(&brute, target)]
}

/// The search finds the best of all there are, in whatever order the deployments come; and its front is what comparing each pair
/// of its points leaves.
#[test]
fn the_best_is_that_of_every_number_of_replicas_and_of_requests_in_flight() {
    let (catalog, world) = (Catalog::builtin(), Nowhere);
    let resolver = Resolver::new(&catalog, &world);
    let spaces = spaces();
    let all = spaces.each_ref().map(|space| deployments(space, &resolver));
    let mut draws = Draws(1);
    let (mut held, mut open) = (0, 0);
    for instance in 0..1000 {
        let of = usize::from(instance % 4 == 3);
        let asked = question(&spaces[of], &mut draws);
        let target = target(&asked, &catalog);
        let chosen = draws.some(&(0..all[of].len()).collect::<Vec<_>>(), MOST_DEPLOYMENTS);
        let tried = |order: &mut dyn Iterator<Item = &usize>| {
            let mut tried = Tried::default();
            order.for_each(|at| tried.add(all[of][*at].again(&target), &target));
            tried
        };
        let search = tried(&mut chosen.iter());
        let [found, brute] = found_and_best(&search, &target);
        assert!(same(found, brute), "{instance}: {found:?} for {brute:?} of {asked:?} on {chosen:?}");
        let backwards = best(&tried(&mut chosen.iter().rev()).points, &target);
        assert!(same(backwards, found), "{instance}: in another order");
        let kept = search.kept(&target);
        let on_front = front(&kept, |point| (point.user, point.each)).len();
        assert_eq!(on_front, undominated(&kept), "{instance}");
        held += usize::from(found.is_some());
        open += usize::from(target.demand == Demand::Open);
    }
    assert!(held > 200 && open > 100, "{held} are held, {open} without a load");
}

/// Different places of the points that no other beats in speed for a user and output of an accelerator.
fn undominated(points: &[Point]) -> usize {
    let beats =
        |a: &Point, b: &Point| a.user >= b.user && a.each >= b.each && (a.user > b.user || a.each > b.each);
    let best = points.iter().filter(|point| !points.iter().any(|other| beats(other, point)));
    let mut places: Vec<[u64; 2]> = best.map(|point| [point.user.to_bits(), point.each.to_bits()]).collect();
    places.sort_unstable();
    places.dedup();
    places.len()
}
