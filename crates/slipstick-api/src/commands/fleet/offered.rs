//! The types that are tried where the file names none: of all that providers list, what serves some class cheapest.

use super::{
    capacity::{self, Known},
    spec::{Kind, Spec},
};
use crate::{
    ApiError,
    commands::supply,
    resolve::{Assumption, Resolver},
    steps::Steps,
};

/// Accelerators of a deployment that are tried.
const COUNTS: [u64; 4] = [1, 2, 4, 8];

/// As many types as branch and bound surely sees through.
const MOST: usize = 10;

/// What is offered and serves some class: of each accelerator the fewest that serve the most classes, of all of them those that
/// serve a class for the least money, class by class.
pub(super) fn offered(
    spec: &Spec,
    resolver: &Resolver<'_>,
    defaults: &mut Vec<Assumption>,
) -> Result<Vec<(Kind, Known)>, ApiError> {
    let ids = supply::listed(resolver.catalog());
    let mut steps = Steps::new(resolver.world(), "types", ids.len() as u64);
    let mut found = Vec::new();
    for id in &ids {
        steps.advance(1)?;
        found.extend(fewest(id, spec, resolver));
    }
    let taken = cheapest(&found.iter().map(|(_, known)| known).collect::<Vec<_>>(), spec.classes.len());
    let kept = found.into_iter().enumerate().filter(|(place, _)| taken.contains(place));
    let kept: Vec<(Kind, Known)> = kept.map(|(_, one)| one).collect();
    let names: Vec<&str> = kept.iter().map(|(kind, _)| kind.on.as_str()).collect();
    let why = format!("of what providers list, up to {MOST} types that serve a class for the least money");
    defaults.push(Assumption { flag: "[[type]]", value: names.join(","), why });
    Ok(kept)
}

/// The fewest of an accelerator that serve the most classes.
fn fewest(id: &str, spec: &Spec, resolver: &Resolver<'_>) -> Option<(Kind, Known)> {
    let tried = COUNTS.into_iter().filter_map(|count| {
        let kind = Kind { on: format!("{count}x{id}"), price: None, most: None, rates: None };
        let known = capacity::known(spec, &kind, resolver).ok()?;
        Some((kind, known))
    });
    let served = |known: &Known| known.rates.iter().filter(|rate| **rate > 0.0).count();
    let mut best: Option<(Kind, Known)> = None;
    for (kind, known) in tried {
        let so_far = best.as_ref().map_or(0, |(_, known)| served(known));
        if served(&known) > so_far {
            best = Some((kind, known));
        }
    }
    best
}

/// The places of those that serve a class for the least money: the first of each class, then the second, and so on.
fn cheapest(found: &[&Known], classes: usize) -> Vec<usize> {
    let price = |place: usize, class: usize| found[place].price.get() / found[place].rates[class];
    let orders: Vec<Vec<usize>> = (0..classes)
        .map(|class| {
            let mut order: Vec<usize> =
                (0..found.len()).filter(|place| found[*place].rates[class] > 0.0).collect();
            order.sort_by(|a, b| price(*a, class).total_cmp(&price(*b, class)).then(a.cmp(b)));
            order
        })
        .collect();
    let mut taken = Vec::new();
    for rank in 0..found.len() {
        for place in orders.iter().filter_map(|order| order.get(rank)) {
            if taken.len() < MOST && !taken.contains(place) {
                taken.push(*place);
            }
        }
    }
    taken
}
