//! Whether the shipped bands hold the share of left-out runs that they are meant to hold: in every regime, of every quantity,
//! under every engine.

use std::{collections::BTreeSet, io};

use slipstick_core::hardware::Distance;

use super::{
    bands::{ANY, Band, ENOUGH_MODELS, QUANTITIES, held, ratio},
    left_out::LeftOut,
    runs::Question,
};

/// The share, in per cent, that a band of four of five may hold: as many as a fit's rounding moves it by.
const LEAST: f64 = 75.0;
const MOST: f64 = 85.0;

/// Fewer runs tell no share.
const LEAST_ROWS: usize = 50;

/// Holds shipped bands to what was left out.
///
/// # Errors
/// If some of them hold less or more.
pub(super) fn check(runs: &[LeftOut<'_>], spreads: &str) -> io::Result<()> {
    let wrong = wrong(runs, &shipped(spreads)?);
    if wrong.is_empty() {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "bands do not hold {LEAST} to {MOST} % of left-out runs: {}; run cargo xtask fit serving, which reads them anew",
        wrong.join("; ")
    )))
}

/// What bands hold of runs that they should hold more or less of. An engine of few models has a wider band for another one.
fn wrong(runs: &[LeftOut<'_>], bands: &[Band]) -> Vec<String> {
    let mut found = Vec::new();
    for of in QUANTITIES {
        let engines: BTreeSet<&str> = runs.iter().map(|run| run.run.engine).chain([ANY]).collect();
        for engine in engines {
            for distance in [Distance::Near, Distance::Model] {
                let own = |run: &&LeftOut<'_>| {
                    run.distance == distance
                        && [ANY, run.run.engine].contains(&engine)
                        && ratio(run, of).is_some()
                };
                let own: Vec<&LeftOut<'_>> = runs.iter().filter(own).collect();
                let models: BTreeSet<&str> = own.iter().map(|run| run.run.architecture.as_str()).collect();
                let is_widened = engine == ANY || models.len() < ENOUGH_MODELS;
                let share = if own.len() < LEAST_ROWS { None } else { held(&own, bands, of) };
                let fits = share.is_none_or(|share| share >= LEAST && (share <= MOST || is_widened));
                let share = share.unwrap_or_default();
                found.extend((!fits).then(|| format!("{} {of:?} {engine} {share:.0} %", distance.name())));
            }
        }
    }
    found
}

/// The bands of a table of spreads, of questions that runs are left out of.
fn shipped(text: &str) -> io::Result<Vec<Band>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut found = Vec::new();
    for record in reader.records() {
        let record = record?;
        let cell = |at: usize| record.get(at).unwrap_or_default();
        let factor = |at: usize| cell(at).parse::<f64>().map_err(io::Error::other);
        let question = match cell(2) {
            "benchmark" => Question::Closed,
            "burst" => Question::Burst,
            "open" => Question::Open,
            "static" => Question::Batch,
            "alone" => Question::Alone,
            _ => continue,
        };
        let Some(distance) = Distance::ALL.into_iter().find(|at| at.name() == cell(4)) else { continue };
        let (low, high) = (factor(5)?, factor(6)?);
        // The band of a loop's rate is that of the time to its last token, turned round.
        let (quantity, low, high) = match (question, cell(3)) {
            (Question::Closed, "rate") => ("e2e", 1.0 / high, 1.0 / low),
            (_, quantity) => (quantity, low, high),
        };
        let known = QUANTITIES.into_iter().find(|of| *of == (question, quantity));
        let Some((_, quantity)) = known else { continue };
        let points = cell(7).parse().unwrap_or_default();
        found.push(Band { engine: cell(1).to_owned(), question, distance, quantity, low, high, points });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::{Question, shipped};

    #[test]
    fn a_rate_of_a_loop_is_the_time_to_the_last_token() {
        let table = "family,engine,arrival,quantity,distance,low,high,points,source,seen\n\
                     any,vllm,benchmark,rate,near,0.5,1.25,30,s,2026-11\n\
                     any,vllm,steady,rate,near,0.5,1.25,30,s,2026-11\n\
                     class:npu,any,benchmark,rate,,0.5,1.25,30,s,2026-11\n";
        let bands = shipped(table).expect("a table");
        let [band] = bands.as_slice() else { panic!("{} bands", bands.len()) };
        assert_eq!((band.question, band.quantity), (Question::Closed, "e2e"));
        assert!((band.low - 0.8).abs() < 1e-12 && (band.high - 2.0).abs() < 1e-12);
    }
}
