//! Whether the shipped bands hold the share of left-out runs that they are meant to hold: in every regime, of every quantity,
//! under every engine.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    io,
};

use slipstick_core::hardware::Distance;

use super::{
    bands::{ANY, Band, QUANTITIES, is_held, read, share},
    left_out::{CUTS, LeftOut},
    residuals::{Ends, Residual, nested, residuals},
    runs::Question,
    tally,
};

/// The share, in per cent, that a band of four of five must hold: as many as a fit's rounding moves it by.
const LEAST: f64 = 75.0;

/// What bands that were read without a run may hold, in per cent: a few models more or less move it by that.
const NESTED: std::ops::RangeInclusive<f64> = 70.0..=90.0;

/// Fewer runs, and of fewer kinds, tell no share.
const LEAST_ROWS: usize = 100;
const LEAST_KINDS: usize = 5;

/// Groups of fewer rows are not shown.
const LEAST_SHOWN: usize = 8;

/// A run that was left out, whether it lies in the band that is shipped, and in the one that is read without it.
type Held<'a> = (Residual<'a>, bool, Option<bool>);

/// The head of the table of what bands hold.
pub(super) fn head() -> String {
    let cuts = CUTS.map(|cut| cut.name).join(" / ");
    format!(
        "| regime | quantity | engine | rows | models | in the shipped band, left out: {cuts} | in the band that is read without them |\n|---|---|---|---|---|---|---|\n"
    )
}

/// The rows of all quantities of runs of one deployment.
pub(super) fn table(runs: &[LeftOut<'_>], bands: &[Band]) -> String {
    QUANTITIES.into_iter().map(|of| rows(of, &residuals(runs, of), bands)).collect()
}

/// The rows of a quantity: by regime, of every engine and of all.
pub(super) fn rows(of: (Question, &'static str), residuals: &[Residual<'_>], bands: &[Band]) -> String {
    let mut groups: BTreeMap<(String, &str), Vec<Held<'_>>> = BTreeMap::new();
    for (residual, without) in nested(residuals, read(of.0)) {
        let shipped = is_held(&residual, bands, of);
        for engine in ["all", residual.run.engine] {
            groups.entry((residual.run.regime(), engine)).or_default().push((residual, shipped, without));
        }
    }
    let mut text = String::new();
    for ((regime, engine), own) in groups {
        let rows = own.iter().filter(|(residual, ..)| residual.cut.name == CUTS[0].name).count();
        if rows < LEAST_SHOWN {
            continue;
        }
        let models: BTreeSet<&str> =
            own.iter().map(|(residual, ..)| residual.run.architecture.as_str()).collect();
        let [shipped, without] = [false, true].map(|nested| cells(&own, nested));
        let (quantity, models) = (of.1, models.len());
        // Writing into a text cannot fail.
        let _ = writeln!(
            text,
            "| {regime} | {quantity} | {engine} | {rows} | {models} | {shipped} | {without} |"
        );
    }
    text
}

/// What is held of a group, by cut.
fn cells(own: &[Held<'_>], nested: bool) -> String {
    let of_cut = |name: &str| {
        let of_cut = own.iter().filter(|(residual, ..)| residual.cut.name == name);
        tally::share(share(
            of_cut.filter_map(|(_, held, without)| if nested { *without } else { Some(*held) }),
        ))
    };
    CUTS.map(|cut| of_cut(cut.name)).join(" / ")
}

/// Holds shipped bands to what was left out.
///
/// # Errors
/// If some of them hold less, or bands that are read without a run hold more or less than chance explains.
pub(super) fn check(runs: &[LeftOut<'_>], spreads: &str) -> io::Result<()> {
    let wrong = wrong(runs, &shipped(spreads)?);
    if wrong.is_empty() {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "bands do not hold {LEAST} % of left-out runs, or {} to {} % of those that they were read without: {}; run cargo xtask fit serving, which reads them anew",
        NESTED.start(),
        NESTED.end(),
        wrong.join("; ")
    )))
}

/// What bands hold of runs that they should hold more or less of, by cut and engine.
fn wrong(runs: &[LeftOut<'_>], bands: &[Band]) -> Vec<String> {
    let mut found = Vec::new();
    for of in QUANTITIES.into_iter().filter(|of| of.0 != Question::Elsewhere) {
        let mut groups: BTreeMap<(&str, &str), Vec<Held<'_>>> = BTreeMap::new();
        for (residual, without) in nested(&residuals(runs, of), read(of.0)) {
            let shipped = is_held(&residual, bands, of);
            for engine in [ANY, residual.run.engine] {
                groups.entry((residual.cut.name, engine)).or_default().push((residual, shipped, without));
            }
        }
        for ((cut, engine), own) in groups {
            let kinds: BTreeSet<String> =
                own.iter().map(|(residual, ..)| (residual.cut.witness)(residual.run)).collect();
            if own.len() < LEAST_ROWS || kinds.len() < LEAST_KINDS {
                continue;
            }
            let held = share(own.iter().map(|(_, shipped, _)| *shipped)).unwrap_or_default();
            let Some(nested) = share(own.iter().filter_map(|(.., without)| *without)) else { continue };
            if held < LEAST || !NESTED.contains(&nested) {
                found.push(format!("{cut} {of:?} {engine} {held:.0} %, without them {nested:.0} %"));
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
            _ if cell(0) != ANY => continue,
            "benchmark" => Question::Closed,
            "burst" => Question::Burst,
            "open" => Question::Open,
            "static" => Question::Batch,
            "alone" => Question::Alone,
            _ => continue,
        };
        let distance = Distance::ALL.into_iter().find(|at| at.name() == cell(4));
        let (low, high) = (factor(5)?, factor(6)?);
        // The band of a loop's rate is that of the time to its last token, turned round.
        let (quantity, low, high) = match (question, cell(3)) {
            (Question::Closed, "rate") => ("e2e", 1.0 / high, 1.0 / low),
            (_, quantity) => (quantity, low, high),
        };
        let known = QUANTITIES.into_iter().find(|of| *of == (question, quantity));
        let Some((_, quantity)) = known else { continue };
        let points = cell(7).parse().unwrap_or_default();
        let ends = Ends { low, high, points };
        found.push(Band { engine: cell(1).to_owned(), question, distance, quantity, ends });
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
        assert!((band.ends.low - 0.8).abs() < 1e-12 && (band.ends.high - 2.0).abs() < 1e-12);
    }
}
