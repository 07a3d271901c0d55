//! The search of pools beside brute force: every worker that reads beside every one that writes, and no bound.

use slipstick_catalog::Catalog;

use super::{
    super::{
        instances::{Draws, Nowhere, deployments, question, same, spaces, target},
        replicas::Deployed,
        search::Point,
        target::Target,
    },
    Kind, Searched, across, groups,
    points::Group,
};
use crate::{ApiError, commands::plan::PlanRequest, resolve::Resolver};

/// Deployments of a question, at most.
const MOST_DEPLOYMENTS: usize = 4;

/// All pools of any two workers.
fn every(
    request: &PlanRequest,
    (deployments, target): (&[Deployed], &Target),
    resolver: &Resolver<'_>,
) -> Result<Vec<Point>, ApiError> {
    let (mut found, mut kinds) = (Vec::new(), Vec::new());
    for of in groups(deployments) {
        let all: Vec<usize> = (0..of.len()).collect();
        let kind = Kind::new(Group::new(deployments, target, resolver, of));
        let can = |halves: &[super::Half]| -> Vec<usize> {
            all.iter().copied().filter(|at| halves[*at].rate > 0.0).collect()
        };
        let (readers, writers) = (can(&kind.halves[0]), can(&kind.halves[1]));
        let mut kind = Kind { readers, writers, ..kind };
        for read in kind.readers.clone() {
            for write in kind.writers.clone() {
                let of = [kind.group.of[read], kind.group.of[write]];
                kind.group.pair([kind.halves[0][read], kind.halves[1][write]], of, &mut found)?;
            }
        }
        kinds.push(kind);
    }
    found.extend(across::every(request, &kinds, target, resolver)?);
    Ok(found)
}

/// What the search of pools of one kind and of two finds is the best of all there are.
#[test]
fn the_best_pools_are_those_of_any_two_workers() {
    let (catalog, world) = (Catalog::builtin(), Nowhere);
    let resolver = Resolver::new(&catalog, &world);
    let spaces = spaces();
    let all = spaces.each_ref().map(|space| deployments(space, &resolver));
    let mut draws = Draws(2);
    let mut held = 0;
    for instance in 0..1000 {
        let of = usize::from(instance % 4 == 3);
        let asked = question(&spaces[of], &mut draws);
        let target = target(&asked, &catalog);
        let chosen = draws.some(&(0..all[of].len()).collect::<Vec<_>>(), MOST_DEPLOYMENTS);
        let own: Vec<Deployed> = chosen.iter().map(|at| all[of][*at].again(&target)).collect();
        let value = |points: &[Point]| {
            let kept = points.iter().filter(|point| point.keeps(&target));
            kept.map(|point| point.value(target.objective)).reduce(f64::min)
        };
        let anywhere = PlanRequest { on: Vec::new(), ..asked.clone() };
        let found = super::points(&anywhere, (&own, &target), Searched::Across, &resolver)
            .expect("it can be searched");
        let brute = every(&anywhere, (&own, &target), &resolver).expect("it can be searched");
        let (found, best) = (value(&found), value(&brute));
        assert!(same(found, best), "{instance}: {found:?} for {best:?} of {asked:?} on {chosen:?}");
        held += usize::from(found.is_some());
    }
    assert!(held > 100, "{held} are held");
}
