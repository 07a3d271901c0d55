//! What was measured over what was predicted of runs that were left out, and the spread of it for an engine at a distance.

use std::collections::{BTreeMap, BTreeSet};

use slipstick_core::hardware::Distance;

use super::{
    left_out::{CUTS, Cut, LeftOut},
    runs::{self, Question, Run, Times},
};
use crate::fit::spreads::{LEAST_POINTS, plain, spread};

/// One kind alone does not say how unlike another one is.
const LEAST_KINDS: usize = 2;

/// Measured over predicted of a run that was left out.
#[derive(Clone, Copy)]
pub(super) struct Residual<'a> {
    pub(super) run: &'a Run<'a>,
    pub(super) cut: &'a Cut,
    /// How far it is from what is left, as an answer would say it.
    pub(super) distance: Distance,
    pub(super) ratio: f64,
    /// The same as if its engine had not been measured with its architecture.
    pub(super) unlike: f64,
}

/// A spread, and the points that it was read from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ends {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) points: usize,
}

impl Ends {
    /// Whether an answer with this spread holds a measurement: its band always holds what is predicted.
    pub(super) fn hold(&self, ratio: f64) -> bool {
        (self.low.min(1.0)..=self.high.max(1.0)).contains(&ratio)
    }

    /// The spread that holds both.
    pub(super) fn and(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high), points: self.points }
    }
}

/// Those of a quantity, of the runs that it was measured of.
pub(super) fn residuals<'a>(runs: &[LeftOut<'a>], of: (Question, &'static str)) -> Vec<Residual<'a>> {
    let one = |out: &LeftOut<'a>| {
        let LeftOut { run, cut, distance, predicted, unlike, .. } = *out;
        let ratio = ratio(run, &predicted, of)?;
        Some(Residual { run, cut, distance, ratio, unlike: self::ratio(run, &unlike, of).unwrap_or(ratio) })
    };
    runs.iter().filter_map(one).collect()
}

/// Measured over predicted of a run, as the quantity is answered; none where it was not measured.
fn ratio(run: &Run<'_>, predicted: &Times, (question, quantity): (Question, &str)) -> Option<f64> {
    let measured = run.measured;
    let is_static = matches!(question, Question::Batch | Question::Alone);
    let ratio = match quantity {
        _ if run.question() != question => return None,
        "e2e" => measured.e2e / predicted.e2e,
        "ttft" => measured.ttft / predicted.ttft,
        "rate" if matches!(question, Question::Open | Question::Elsewhere) => predicted.run / measured.run,
        // Both times of a batch say its rate.
        "rate" if is_static && run.read == runs::Read::Tpot => predicted.e2e / measured.e2e,
        _ if run.read.name() != quantity => return None,
        "rate" => predicted.tpot / measured.tpot,
        _ => measured.tpot / predicted.tpot,
    };
    (ratio.is_finite() && ratio > 0.0).then_some(ratio)
}

/// The spread of an engine at a distance: its own where it was measured enough, else that of all engines, else what they are
/// off by farther away.
pub(super) fn ends(residuals: &[Residual<'_>], engine: &str, distance: Distance) -> Option<Ends> {
    let farther = Distance::ALL.into_iter().filter(|at| *at >= distance);
    let own = reached(residuals, distance, |run| run.engine == engine);
    own.or_else(|| farther.into_iter().find_map(|at| reached(residuals, at, |_| true)))
}

/// The spread at a distance, which is no narrower than that of what is near. A model that was not measured is no farther
/// than a chip that was not, where an engine differs more between chips.
fn reached(
    residuals: &[Residual<'_>],
    distance: Distance,
    is_own: impl Fn(&Run<'_>) -> bool,
) -> Option<Ends> {
    let at = |distance: Distance| at_distance(residuals, distance, &is_own);
    let found = at(distance)?;
    Some(at(Distance::Near).map_or(found, |near| found.and(near)))
}

/// The spread at a distance of the runs that are asked for, if they are enough.
pub(super) fn at_distance(
    residuals: &[Residual<'_>],
    distance: Distance,
    is_own: impl Fn(&Run<'_>) -> bool,
) -> Option<Ends> {
    let is_as_far = |residual: &&Residual<'_>| {
        residual.cut.distance == distance && (distance == Distance::Pair || residual.distance == distance)
    };
    let own: Vec<&Residual<'_>> =
        residuals.iter().filter(is_as_far).filter(|residual| is_own(residual.run)).collect();
    let kinds: Vec<String> = own.iter().map(|residual| (residual.cut.witness)(residual.run)).collect();
    if own.len() < LEAST_POINTS || kinds.iter().collect::<BTreeSet<_>>().len() < LEAST_KINDS {
        return None;
    }
    let value = |residual: &Residual<'_>| {
        if distance == Distance::Pair { residual.unlike } else { residual.ratio }
    };
    let ratios: Vec<(&str, f64)> =
        kinds.iter().map(String::as_str).zip(own.iter().map(|residual| value(residual))).collect();
    let (low, high) = if distance == Distance::Near { plain(&ratios) } else { spread(&ratios) };
    Some(Ends { low, high, points: own.len() })
}

/// A way to read the spread of an engine at a distance.
pub(super) type Read = fn(&[Residual<'_>], &str, Distance) -> Option<Ends>;

/// Whether each residual lies in the spread that is read without it and without all that shares its kind, wherever enough
/// kinds are left to read one.
pub(super) fn nested<'a>(residuals: &[Residual<'a>], read: Read) -> Vec<(Residual<'a>, Option<bool>)> {
    CUTS.iter().flat_map(|cut| nested_of(residuals, cut, read)).collect()
}

fn nested_of<'a>(residuals: &[Residual<'a>], cut: &Cut, read: Read) -> Vec<(Residual<'a>, Option<bool>)> {
    let mut kinds: BTreeMap<String, Vec<Residual<'a>>> = BTreeMap::new();
    for residual in residuals.iter().filter(|residual| residual.cut.name == cut.name) {
        kinds.entry((cut.witness)(residual.run)).or_default().push(*residual);
    }
    let is_enough = kinds.len() > LEAST_KINDS;
    let mut found = Vec::new();
    for (kind, own) in kinds {
        let is_other = |residual: &&Residual<'_>| (cut.witness)(residual.run) != kind;
        let others: Vec<Residual<'_>> = residuals.iter().filter(is_other).copied().collect();
        let mut known: BTreeMap<(&str, Distance), Option<Ends>> = BTreeMap::new();
        for residual in own {
            let (engine, distance) = (residual.run.engine, residual.distance);
            let ends = known.entry((engine, distance)).or_insert_with(|| read(&others, engine, distance));
            found.push((residual, ends.filter(|_| is_enough).map(|ends| ends.hold(residual.ratio))));
        }
    }
    found
}
