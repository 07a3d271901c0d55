//! Why the plans next to the best lose.

use super::{
    search::{Point, Tried},
    target::{Limit, Objective, Target},
};

/// Neighbours that are shown.
const MOST: usize = 8;

/// A ratio nearer to 1 than this reads as no difference.
const LEAST_TOLD: f64 = 0.005;

/// Another deployment on the same accelerator, at its best.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Neighbour {
    pub(super) point: Point,
    pub(super) why: String,
}

/// Other deployments on the accelerator of the best plan, the nearest first, each with why it loses.
pub(super) fn of(winner: &Point, tried: &Tried, target: &Target) -> Vec<Neighbour> {
    let id = |of: usize| tried.deployments[of].resolved.cluster().accelerator.id.as_str();
    let mut best: Vec<(bool, Point)> = Vec::new();
    for point in tried.points.iter().filter(|point| point.of != winner.of && id(point.of) == id(winner.of)) {
        let found = (point.keeps(target), *point);
        match best.iter_mut().find(|(_, known)| known.of == point.of) {
            Some(known) => {
                if better(&found, known, target) {
                    *known = found;
                }
            }
            None => best.push(found),
        }
    }
    best.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| by_excess(&a.1, &b.1, target)));
    best.truncate(MOST);
    best.into_iter()
        .map(|(keeps, point)| Neighbour { why: why(winner, &point, keeps, target), point })
        .collect()
}

/// Whether one point of a deployment stands for it rather than another: it keeps the limits, else misses them by less.
fn better(new: &(bool, Point), known: &(bool, Point), target: &Target) -> bool {
    match (new.0, known.0) {
        (true, true) => new.1.order(&known.1, target.objective).is_lt(),
        (true, false) => true,
        (false, true) => false,
        (false, false) => by_excess(&new.1, &known.1, target).is_lt(),
    }
}

/// The one first that misses the limits by less.
pub(super) fn by_excess(a: &Point, b: &Point, target: &Target) -> core::cmp::Ordering {
    excess(a, target).1.total_cmp(&excess(b, target).1).then_with(|| a.order(b, target.objective))
}

/// The limit that is missed by most, and by what factor; at most 1 where none is.
fn excess(point: &Point, target: &Target) -> (Option<Limit>, f64) {
    let missed = Limit::ALL
        .into_iter()
        .filter_map(|limit| Some((limit, point.of_limit(limit) / target.allows(limit)?)));
    missed.fold(
        (None, 1.0),
        |worst, (limit, factor)| if factor > worst.1 { (Some(limit), factor) } else { worst },
    )
}

fn why(winner: &Point, point: &Point, keeps: bool, target: &Target) -> String {
    if let (false, (Some(limit), factor)) = (keeps, excess(point, target)) {
        return format!("misses {} {factor:.2} times over", limit.flag());
    }
    let own = match target.objective {
        Objective::UsdPerToken => Some((point.token / winner.token, "the price of a token")),
        Objective::Energy => Some((point.joules / winner.joules, "the energy of a token")),
        Objective::Latency => Some((point.e2e / winner.e2e, "the time to the last token")),
        Objective::UsdPerHour | Objective::Accelerators | Objective::TokensPerAccelerator => None,
    };
    let ratios = [
        (point.hourly / winner.hourly, "the price an hour"),
        (point.accelerators / winner.accelerators, "the accelerators"),
        (point.each / winner.each, "the output of each"),
    ];
    let told: Vec<String> = own
        .into_iter()
        .chain(ratios)
        .filter(|(ratio, _)| (ratio - 1.0).abs() >= LEAST_TOLD)
        .map(|(ratio, what)| format!("{ratio:.2} times {what}"))
        .collect();
    if told.is_empty() {
        let slower = point.tpot / winner.tpot;
        return format!("as good, {slower:.2} times the time per token");
    }
    told.join(", ")
}
