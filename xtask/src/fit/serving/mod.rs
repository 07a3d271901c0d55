//! One fit of serving for all engines and chips: constants with priors, by robust least squares on the time per output
//! token through the road that answers take; then what is left over, shrunk; then what requests wait for, by engine.
//!
//! The same rows give the same tables.

mod bands;
mod carry;
mod coverage;
mod factors;
mod fitted;
mod left_out;
mod levels;
mod parameters;
mod pools;
mod report;
mod residuals;
mod runs;
mod solve;
mod tables;
mod tally;

use std::{fs, io};

use slipstick_api::{
    Catalog,
    validate::inference::{self, MeasuredRun},
};
use slipstick_core::{hardware::Calibration, units::Seconds};
use slipstick_world::ClosedWorld;

use self::{
    factors::Bases,
    fitted::{Fitted, Given, Joint},
    left_out::{CUTS, ENGINES, LeftOut, left_out},
    parameters::ATTENTION,
    pools::{PoolLeftOut, PoolRun},
    runs::{Kind, Run},
    tally::Tally,
};

use super::figures::{self, Figure};

/// The measured rows that are kept, with their sources.
pub(super) const MEASURED: &str = "measured/inference.csv";

const PAGE: &str = "docs/accuracy.md";
/// Where spreads are written to.
const SPREADS: &str = "crates/slipstick-catalog/data/spreads.csv";

/// Where the factors of versions that were not measured are written to.
const CARRY: &str = "crates/slipstick-catalog/data/calibration_carry.csv";

/// The names of the page's tables.
const MARKS: [&str; 8] = [
    "all regimes",
    "separate pools",
    "what bands hold",
    "the worst clusters",
    "closed loops by cut",
    "all regimes by engine",
    "all regimes by chip",
    "all regimes by model",
];

/// Writes what is fitted.
pub(super) fn write() -> io::Result<()> {
    let measured = measured()?;
    let runs: Vec<Run<'_>> = measured.iter().filter_map(Run::new).collect();
    let catalog = Catalog::builtin();
    let (joint, mut given) = joint(&runs, &catalog)?;
    let renewed = tables::joint(&joint, &runs)?.put(&catalog)?;
    given.bases = bases(&runs, &renewed);
    let all: Vec<&Run<'_>> = runs.iter().collect();
    let fitted = Fitted::of(&all, &given, joint, None);
    tables::others(&fitted, &given, &runs, &renewed)?.put(&renewed)?;
    let of_pools: Vec<PoolRun<'_>> = measured.iter().filter_map(PoolRun::new).collect();
    pools::write(&of_pools, &fitted.joint)?;
    let (mut out, mut pools_out): (Vec<LeftOut<'_>>, Vec<PoolLeftOut<'_>>) = (Vec::new(), Vec::new());
    for cut in &CUTS {
        let (alike, pools) = left_out(&runs, &of_pools, &fitted, &given, cut, true);
        out.extend(alike);
        pools_out.extend(pools);
    }
    figures::keep(&report::figures(&out))?;
    let engines_out = left_out(&runs, &[], &fitted, &given, &ENGINES, false).0;
    let mut bands = bands::all(&out, &engines_out);
    bands.extend(pools::bands(&pools_out, &bands));
    fs::write(crate::root().join(SPREADS), bands::table(&bands))?;
    fs::write(crate::root().join(CARRY), carry::table(&runs, &fitted, &given))?;
    let inside = runs.iter().filter_map(|run| Some((run, fitted.predict(run, &given)?))).collect();
    let closed = report::closed(&out, &bands);
    let held = coverage::head() + &coverage::table(&out, &bands) + &pools::coverage(&pools_out, &bands);
    let tally = Tally { inside, out, bands };
    show(&[
        tally.table("of", |_| "all".to_owned()),
        pools::table(&pools_out),
        held,
        tally.worst(),
        closed,
        tally.table("engine", |run| run.engine.to_owned()),
        tally.table("chip", |run| run.chip.to_owned()),
        tally.table("model", Run::model),
    ])
}

/// How far left-out runs are off with the sources as they are, whose shipped bands must hold four of five of them.
///
/// # Errors
/// If bands hold another share.
pub(super) fn figures() -> io::Result<Vec<Figure>> {
    let measured = measured()?;
    let runs: Vec<Run<'_>> = measured.iter().filter_map(Run::new).collect();
    let catalog = Catalog::builtin();
    let (joint, mut given) = joint(&runs, &catalog)?;
    given.bases = bases(&runs, &catalog);
    let all: Vec<&Run<'_>> = runs.iter().collect();
    let fitted = Fitted::of(&all, &given, joint, None);
    let out: Vec<LeftOut<'_>> =
        CHECKED.iter().flat_map(|cut| left_out(&runs, &[], &fitted, &given, &CUTS[*cut], false).0).collect();
    coverage::check(&out, &fs::read_to_string(crate::root().join(SPREADS))?)?;
    Ok(report::figures(&out))
}

/// The kept measurements.
fn measured() -> io::Result<Vec<MeasuredRun>> {
    let text = fs::read_to_string(crate::root().join(MEASURED))?;
    let world = ClosedWorld::default();
    inference::runs(&text, &Catalog::builtin(), &world).map_err(io::Error::other)
}

/// What closed loops tell, and what stays as it is while the rest is fitted.
fn joint<'a>(runs: &[Run<'a>], catalog: &Catalog) -> io::Result<(Joint<'a>, Given<'a>)> {
    let closed: Vec<&Run<'a>> = runs.iter().filter(|run| run.kind == Kind::Closed).collect();
    let Some(first) = closed.first() else { return Err(io::Error::other("no run to fit on")) };
    let base = base(catalog, first);
    let joint = closed.iter().map(|run| run.pair()).collect();
    Ok((Joint::of(&closed, &base), Given { base, bases: Bases::new(), joint }))
}

/// What every pair is known by before static runs are looked at.
fn bases<'a>(runs: &[Run<'a>], catalog: &Catalog) -> Bases<'a> {
    let of = |run: &Run<'a>| {
        let chip = &run.of.resolved.cluster().accelerator;
        (run.pair(), catalog.unfitted_calibration(chip, run.engine))
    };
    runs.iter().map(of).collect()
}

/// The cuts that are held to what was kept: sweeps and models. All of them would take minutes.
const CHECKED: [usize; 2] = [0, 2];

/// What stays as it is while constants are fitted.
fn base(catalog: &Catalog, run: &Run<'_>) -> Calibration {
    let chip = &run.of.resolved.cluster().accelerator;
    Calibration {
        attention: ATTENTION,
        per_expert_layer: Seconds::ZERO,
        ..catalog.unfitted_calibration(chip, run.engine)
    }
}

/// Puts the tables of what was left out into the page.
fn show(tables: &[String; MARKS.len()]) -> io::Result<()> {
    let path = crate::root().join(PAGE);
    let mut text = fs::read_to_string(&path)?;
    for (table, mark) in tables.iter().zip(MARKS) {
        let start = format!("<!-- {mark}: made by cargo xtask fit. -->\n");
        let end = format!("<!-- End of {mark}. -->");
        let lost = || io::Error::other(format!("{PAGE} has lost the marks around {mark}"));
        let (before, rest) = text.split_once(&start).ok_or_else(lost)?;
        let (_, after) = rest.split_once(&end).ok_or_else(lost)?;
        text = format!("{before}{start}{table}{end}{after}");
    }
    fs::write(path, text)
}
