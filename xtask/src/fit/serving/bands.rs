//! Bands by distance: what was measured over what was predicted of runs that were left out.

use std::collections::BTreeSet;

use slipstick_core::hardware::Distance;

use super::{
    left_out::LeftOut,
    residuals::{Ends, Read, Residual, at_distance, ends, residuals},
    runs::Question,
};
use crate::fit::spreads::plain;

/// What stands for every engine.
pub(super) const ANY: &str = "any";

/// Fewer closed loops on chips of other classes than this say nothing of a tenth: half of what is asked of others, because
/// the bands of data-centre GPUs are known not to hold theirs.
const LEAST_ELSEWHERE: usize = 10;

/// Three digits behind the point.
const DIGITS: f64 = 1e3;

/// Classes of chips of which no closed loop is fitted.
const ELSEWHERE: [&str; 4] = ["class:consumer", "class:unified", "class:npu", "class:cpu"];

/// What bands are of, by how requests came.
pub(super) const QUANTITIES: [(Question, &str); 15] = [
    (Question::Closed, "tpot"),
    (Question::Closed, "ttft"),
    (Question::Closed, "e2e"),
    (Question::Burst, "rate"),
    (Question::Open, "tpot"),
    (Question::Open, "ttft"),
    (Question::Open, "rate"),
    (Question::Batch, "tpot"),
    (Question::Batch, "ttft"),
    (Question::Batch, "rate"),
    (Question::Alone, "tpot"),
    (Question::Alone, "ttft"),
    (Question::Alone, "rate"),
    (Question::Elsewhere, "ttft"),
    (Question::Elsewhere, "rate"),
];

/// The questions of the table of spreads. Nobody publishes runs of a steady state alone: a benchmark that starts from
/// nothing is answered with the same terms and its opening burst, so its band stands for the steady state too.
const fn questions(question: Question) -> &'static [&'static str] {
    match question {
        Question::Closed => &["benchmark", "steady"],
        Question::Burst => &["burst"],
        Question::Open => &["open"],
        Question::Batch => &["static"],
        Question::Alone => &["alone"],
        Question::Pools => &["pools"],
        Question::Elsewhere => &[],
    }
}

/// A band of an engine at a distance; of any engine at none for those that nobody measured with such a question.
#[derive(Debug, Clone)]
pub(super) struct Band {
    pub(super) engine: String,
    pub(super) question: Question,
    pub(super) distance: Option<Distance>,
    pub(super) quantity: &'static str,
    pub(super) ends: Ends,
}

/// The bands of a quantity: of every engine that it was measured under at every distance; of every engine of closed loops
/// that it was not measured under, which is no nearer than in those; and of any other, which is off as engines are that
/// were left out.
pub(super) fn bands(
    of: (Question, &'static str),
    residuals: &[Residual<'_>],
    engines_left_out: &[Residual<'_>],
    closed: &[Band],
) -> Vec<Band> {
    let (question, quantity) = of;
    let band =
        |engine: &str, distance, ends| Band { engine: engine.to_owned(), question, distance, quantity, ends };
    if question == Question::Elsewhere {
        // Nothing is fitted on chips of other classes: their engines differ less than they do.
        let ends = elsewhere(residuals, ANY, Distance::Pair);
        return ends.map(|ends| band(ANY, Some(Distance::Pair), ends)).into_iter().collect();
    }
    let engines: BTreeSet<&str> = residuals.iter().map(|residual| residual.run.engine).collect();
    let measured = engines.iter().flat_map(|engine| Distance::ALL.map(|distance| (*engine, distance)));
    let ends = read(question);
    let mut found: Vec<Band> = measured
        .filter_map(|(engine, distance)| {
            Some(band(engine, Some(distance), ends(residuals, engine, distance)?))
        })
        .collect();
    let strangers = at_distance(engines_left_out, Distance::Pair, |_| true);
    found.extend(strangers.map(|ends| band(ANY, None, ends)));
    if strangers.is_none() {
        let farthest = || Distance::ALL.into_iter().rev().find_map(|at| at_distance(residuals, at, |_| true));
        let others = closed.iter().filter(|closed| !engines.contains(closed.engine.as_str()));
        found.extend(others.filter_map(|closed| {
            let near = closed.distance.and_then(|distance| ends(residuals, ANY, distance));
            Some(band(&closed.engine, closed.distance, near.or_else(farthest)?.and(closed.ends)))
        }));
    }
    found
}

/// How the spread of a question is read.
pub(super) fn read(question: Question) -> Read {
    match question {
        Question::Elsewhere => elsewhere,
        Question::Pools => of_pools,
        _ => ends,
    }
}

/// The spread of pools. How far an answer is says which chips closed loops were measured on, and most chips without any
/// were measured with pools.
fn of_pools(residuals: &[Residual<'_>], engine: &str, distance: Distance) -> Option<Ends> {
    ends(residuals, engine, if distance == Distance::Chip { Distance::Near } else { distance })
}

/// The spread of runs on chips of other classes, whatever the engine and however they were left out.
fn elsewhere(residuals: &[Residual<'_>], _: &str, _: Distance) -> Option<Ends> {
    let own = residuals.iter().filter(|residual| residual.cut.distance == Distance::Pair);
    let ratios: Vec<(&str, f64)> = own.map(|residual| (residual.run.engine, residual.ratio)).collect();
    let (low, high) = (ratios.len() >= LEAST_ELSEWHERE).then(|| plain(&ratios))?;
    Some(Ends { low, high, points: ratios.len() })
}

/// The bands of all quantities of runs of one deployment.
pub(super) fn all(runs: &[LeftOut<'_>], engines_left_out: &[LeftOut<'_>]) -> Vec<Band> {
    let mut found: Vec<Band> = Vec::new();
    for of in QUANTITIES {
        let mut closed = of_closed(&found, of.1);
        if of == (Question::Open, "rate") {
            // A rate that arrives is answered however fast an engine is.
            for band in &mut closed {
                (band.ends.low, band.ends.high) = (1.0, 1.0);
            }
        }
        found.extend(bands(of, &residuals(runs, of), &residuals(engines_left_out, of), &closed));
    }
    found
}

/// The bands of a quantity of closed loops; of a rate those of the time to the last token, turned round.
pub(super) fn of_closed(bands: &[Band], quantity: &str) -> Vec<Band> {
    let named = if quantity == "rate" { "e2e" } else { quantity };
    let own = bands.iter().filter(|band| band.question == Question::Closed && band.quantity == named);
    let inverse = |ends: Ends| Ends { low: 1.0 / ends.high, high: 1.0 / ends.low, ..ends };
    let turned = |band: &Band| Band {
        ends: if named == quantity { band.ends } else { inverse(band.ends) },
        ..band.clone()
    };
    own.map(turned).collect()
}

/// The share of runs that lie in the bands of their engines, or of all engines.
pub(super) fn held(runs: &[&LeftOut<'_>], bands: &[Band], of: (Question, &'static str)) -> Option<f64> {
    let runs: Vec<LeftOut<'_>> = runs.iter().copied().copied().collect();
    share(residuals(&runs, of).iter().map(|residual| is_held(residual, bands, of)))
}

/// Whether a run lies in the band of its engine, or of all engines.
pub(super) fn is_held(residual: &Residual<'_>, bands: &[Band], of: (Question, &'static str)) -> bool {
    let mut own = bands.iter().filter(|band| (band.question, band.quantity) == of);
    let band = own.find(|band| {
        (of.0 == Question::Elsewhere || band.distance == Some(residual.distance))
            && [ANY, residual.run.engine].contains(&band.engine.as_str())
    });
    band.is_some_and(|band| band.ends.hold(residual.ratio))
}

/// The share of what is so, in per cent.
pub(super) fn share(all: impl Iterator<Item = bool>) -> Option<f64> {
    let (count, so) = all.fold((0_usize, 0_usize), |(count, so), is| (count + 1, so + usize::from(is)));
    (count > 0).then(|| 100.0 * so as f64 / count as f64)
}

/// The table of spreads.
pub(super) fn table(bands: &[Band]) -> String {
    let mut text = String::from("family,engine,arrival,quantity,distance,low,high,points,source,seen\n");
    for band in bands {
        let distance = band.distance.map_or("", Distance::name);
        for question in questions(band.question) {
            text += &row("any", band, question, distance);
        }
        if band.question == Question::Elsewhere {
            for class in ELSEWHERE {
                for question in questions(Question::Closed) {
                    text += &row(class, band, question, "");
                }
            }
        }
    }
    text
}

/// A row of it.
fn row(family: &str, band: &Band, question: &str, distance: &str) -> String {
    let Band { engine, quantity, ends, .. } = band;
    let (low, high) = (ends.low.min(1.0), ends.high.max(1.0));
    // Closed loops answer as often as the time to the last token says: the rate's band is its inverse.
    let (quantity, low, high) = match *quantity {
        "e2e" => ("rate", 1.0 / high, 1.0 / low),
        other => (other, low, high),
    };
    let points = ends.points;
    // Ends are rounded outwards, so that the runs that they were read from stay inside.
    let line = |quantity: &str, low: f64, high: f64| {
        let (low, high) = ((low * DIGITS).floor() / DIGITS, (high * DIGITS).ceil() / DIGITS);
        format!(
            "{family},{engine},{question},{quantity},{distance},{low:.3},{high:.3},{points},measured-inference,2026-11\n"
        )
    };
    match (band.question, quantity) {
        // Few state the time of a token apart.
        (Question::Elsewhere, "rate") => line("rate", low, high) + &line("tpot", 1.0 / high, 1.0 / low),
        _ => line(quantity, low, high),
    }
}
