//! Which factors are taken: those that runs tell, and that predict left-out runs better.

use super::{Factor, Observation, Solution, solve::solve};

/// A factor whose posterior is wider than this share of its prior was not told by the runs.
const TOLD: f64 = 0.8;

/// One factor more must lower the error of left-out runs to this share.
const WORTH: f64 = 0.98;

/// Runs are left out one by one up to so many, and beyond that in so many parts.
const SINGLE: usize = 20;

/// A choice of factors, and what it predicts of runs.
#[derive(Debug, Clone, Default)]
pub(in crate::commands::calibrate) struct Chosen {
    pub(in crate::commands::calibrate) solution: Solution,
    /// What is predicted of each run by the others.
    pub(in crate::commands::calibrate) left_out: Vec<f64>,
}

/// The choice that predicts left-out runs best: nothing, and then the levels of deployments or a factor that holds for
/// every model, one more at a time for as long as left-out runs gain by it.
pub(in crate::commands::calibrate) fn choose(
    all: &[Observation<'_>],
    deployments: usize,
    common: &[Factor],
) -> Chosen {
    let observations: Vec<&Observation<'_>> = all.iter().collect();
    let levels: Vec<Factor> = (0..deployments).map(Factor::Level).collect();
    let mut best = Choice::of(&observations, Vec::new());
    if let [_] = observations[..] {
        // What one run says cannot be tried on another: it is shrunk, and taken.
        let alone = if levels.is_empty() { common } else { &levels };
        return Chosen { solution: solve(&observations, alone), ..best.chosen };
    }
    let common = told(&observations, &levels, common);
    let mut open: Vec<Vec<Factor>> =
        [levels].into_iter().chain(common.into_iter().map(|one| vec![one])).collect();
    loop {
        let tried = open
            .iter()
            .map(|more| Choice::of(&observations, best.factors.iter().chain(more).copied().collect()));
        let next = tried.min_by(|a, b| a.error.total_cmp(&b.error));
        let Some(next) = next.filter(|next| next.error < WORTH * best.error) else { return best.chosen };
        open.retain(|more| more.iter().all(|factor| !next.factors.contains(factor)));
        best = next;
    }
}

/// Factors that were tried, and how far off left-out runs are with them.
struct Choice {
    factors: Vec<Factor>,
    chosen: Chosen,
    error: f64,
}

impl Choice {
    fn of(observations: &[&Observation<'_>], factors: Vec<Factor>) -> Self {
        let left_out = left_out(observations, &factors);
        let error = off(observations, &left_out);
        Self { chosen: Chosen { solution: solve(observations, &factors), left_out }, error, factors }
    }
}

/// The common factors that runs tell beside the levels.
fn told(observations: &[&Observation<'_>], levels: &[Factor], common: &[Factor]) -> Vec<Factor> {
    let mut factors: Vec<Factor> = common.iter().chain(levels).copied().collect();
    loop {
        let solution = solve(observations, &factors);
        let untold = solution.told.iter().filter(|(factor, _, spread)| {
            !matches!(factor, Factor::Level(_)) && *spread > TOLD * factor.prior()
        });
        // The least told goes first: without it the runs may tell the others.
        let worst = untold.max_by(|a, b| (a.2 / a.0.prior()).total_cmp(&(b.2 / b.0.prior())));
        let Some((worst, ..)) = worst.copied() else { break };
        factors.retain(|factor| *factor != worst);
    }
    factors.retain(|factor| !matches!(factor, Factor::Level(_)));
    factors
}

/// What is predicted of each run by a fit on the others.
fn left_out(observations: &[&Observation<'_>], factors: &[Factor]) -> Vec<f64> {
    let parts = observations.len().min(SINGLE);
    let mut found = vec![f64::NAN; observations.len()];
    for part in 0..parts {
        let inside: Vec<&Observation<'_>> =
            observations.iter().enumerate().filter(|(at, _)| at % parts != part).map(|(_, of)| *of).collect();
        let solution = solve(&inside, factors);
        for (at, of) in observations.iter().enumerate().filter(|(at, _)| at % parts == part) {
            found[at] = (of.predict)(&solution.factors(of.deployment));
        }
    }
    found
}

/// The mean of how far predictions are off, in the logarithm and by what is expected.
fn off(observations: &[&Observation<'_>], predictions: &[f64]) -> f64 {
    let each = observations.iter().zip(predictions).map(|(of, predicted)| {
        let off = (of.measured / predicted).ln().abs() / of.noise;
        if off.is_finite() { off } else { 0.0 }
    });
    each.sum::<f64>() / observations.len().max(1) as f64
}
