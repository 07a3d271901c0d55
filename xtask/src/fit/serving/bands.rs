//! Bands by distance: what was measured over what was predicted of runs that were left out.

use std::collections::BTreeSet;

use slipstick_core::hardware::Distance;

use super::{left_out::LeftOut, runs::Question};
use crate::fit::spreads::{plain, spread};

/// What stands for every engine.
pub(super) const ANY: &str = "any";

/// Fewer models than this do not say how unlike the next one is: for it, their percentiles are widened until they hold each
/// of them where it is left out.
pub(super) const ENOUGH_MODELS: usize = 5;

/// Fewer runs than this say nothing of a tenth.
const LEAST_POINTS: usize = 20;

/// The same of closed loops on chips of other classes: half of that, because the bands of data-centre GPUs are known not to hold
/// theirs.
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
        Question::Elsewhere => &[],
    }
}

/// Measured over predicted of a run, as the quantity is answered; none where it was not measured.
pub(super) fn ratio(run: &LeftOut<'_>, (question, quantity): (Question, &str)) -> Option<f64> {
    let (measured, predicted) = (run.run.measured, run.predicted);
    let ratio = match quantity {
        _ if run.run.question() != question => return None,
        "e2e" => measured.e2e / predicted.e2e,
        "ttft" => measured.ttft / predicted.ttft,
        "rate" if matches!(question, Question::Open | Question::Elsewhere) => predicted.run / measured.run,
        _ if run.run.read.name() != quantity => return None,
        "rate" => predicted.tpot / measured.tpot,
        _ => measured.tpot / predicted.tpot,
    };
    (ratio.is_finite() && ratio > 0.0).then_some(ratio)
}

/// A band of an engine at a distance.
pub(super) struct Band {
    pub(super) engine: String,
    pub(super) question: Question,
    pub(super) distance: Distance,
    pub(super) quantity: &'static str,
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) points: usize,
}

/// The bands of every engine, and of all; one model alone does not say how unlike others are, so an engine that was measured
/// with one has the bands of all.
pub(super) fn bands(runs: &[LeftOut<'_>]) -> Vec<Band> {
    let mut found = Vec::new();
    for of in QUANTITIES {
        let engines: BTreeSet<&str> =
            runs.iter().filter(|run| ratio(run, of).is_some()).map(|run| run.run.engine).collect();
        for engine in engines.into_iter().chain([ANY]) {
            // Nothing is fitted on chips of other classes: their engines differ less than they do.
            if of.0 == Question::Elsewhere && engine != ANY {
                continue;
            }
            for distance in Distance::ALL {
                let at = |run: &&LeftOut<'_>| run.distance == distance;
                let own = |run: &&LeftOut<'_>| engine == ANY || run.run.engine == engine;
                let of_run = |run: &LeftOut<'_>| Some((run.run.architecture.clone(), ratio(run, of)?));
                let ratios: Vec<(String, f64)> =
                    runs.iter().filter(at).filter(own).filter_map(of_run).collect();
                found.extend(band(engine, of, distance, &ratios));
            }
        }
    }
    found
}

/// A band of ratios with their models, where there are enough.
fn band(
    engine: &str,
    (question, quantity): (Question, &'static str),
    distance: Distance,
    ratios: &[(String, f64)],
) -> Option<Band> {
    let models: BTreeSet<&str> = ratios.iter().map(|(model, _)| model.as_str()).collect();
    let least = if question == Question::Elsewhere { LEAST_ELSEWHERE } else { LEAST_POINTS };
    if models.len() < 2 || ratios.len() < least {
        return None;
    }
    let ratios: Vec<(&str, f64)> = ratios.iter().map(|(model, ratio)| (model.as_str(), *ratio)).collect();
    let is_widened = distance == Distance::Model && models.len() < ENOUGH_MODELS;
    let (low, high) = if is_widened { spread(&ratios) } else { plain(&ratios) };
    Some(Band { engine: engine.to_owned(), question, distance, quantity, low, high, points: ratios.len() })
}

/// The share of runs that lie in the bands of their engines, or of all engines.
pub(super) fn held(runs: &[&LeftOut<'_>], bands: &[Band], of: (Question, &'static str)) -> Option<f64> {
    let of_engine = |run: &LeftOut<'_>, engine: &str| {
        bands.iter().find(|band| {
            (band.question, band.quantity) == of && band.distance == run.distance && band.engine == engine
        })
    };
    let mut all = 0_usize;
    let mut inside = 0_usize;
    for run in runs {
        let Some(ratio) = ratio(run, of) else { continue };
        all += 1;
        let band = of_engine(run, run.run.engine).or_else(|| of_engine(run, ANY));
        inside +=
            usize::from(band.is_some_and(|band| (band.low.min(1.0)..=band.high.max(1.0)).contains(&ratio)));
    }
    (all > 0).then(|| 100.0 * inside as f64 / all as f64)
}

/// The table of spreads.
pub(super) fn table(bands: &[Band]) -> String {
    let mut text = String::from("family,engine,arrival,quantity,distance,low,high,points,source,seen\n");
    for band in bands {
        for question in questions(band.question) {
            text += &row("any", band, question, band.distance.name());
        }
        if band.question == Question::Elsewhere && band.distance == Distance::Pair {
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
    let Band { engine, quantity, points, .. } = band;
    let (low, high) = (band.low.min(1.0), band.high.max(1.0));
    // Closed loops answer as often as the time to the last token says: the rate's band is its inverse.
    let (quantity, low, high) = match *quantity {
        "e2e" => ("rate", 1.0 / high, 1.0 / low),
        other => (other, low, high),
    };
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
