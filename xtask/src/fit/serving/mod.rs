//! One fit of serving for all engines and chips: constants with priors, by robust least squares on the time per output
//! token through the road that answers take; then what is left over, shrunk; then what requests wait for, by engine.
//!
//! The same rows give the same tables.

mod bands;
mod fitted;
mod left_out;
mod levels;
mod parameters;
mod pools;
mod report;
mod runs;
mod solve;
mod tables;

use std::{fs, io};

use slipstick_api::{Catalog, validate::inference};
use slipstick_catalog::LayerName;
use slipstick_core::{hardware::Calibration, units::Seconds};
use slipstick_world::ClosedWorld;

use self::{
    fitted::Fitted,
    left_out::{CUTS, LeftOut, left_out},
    parameters::ATTENTION,
    pools::{PoolLeftOut, PoolRun},
    runs::Run,
};

use super::figures::{self, Figure};

/// The measured rows that are kept, with their sources.
pub(super) const MEASURED: &str = "measured/inference.csv";

const PAGE: &str = "docs/accuracy.md";
const START: &str = "<!-- What was left out: made by cargo xtask fit. -->\n";
const END: &str = "<!-- End of what was left out. -->";

/// Writes what is fitted, and gives the catalogue with it and the rows of its bands.
pub(super) fn write() -> io::Result<(Catalog, String)> {
    let text = fs::read_to_string(crate::root().join(MEASURED))?;
    let world = ClosedWorld { overlays: Vec::new(), today: None };
    let catalog = Catalog::builtin();
    let measured = inference::runs(&text, &catalog, &world).map_err(io::Error::other)?;
    let runs: Vec<Run<'_>> = measured.iter().filter_map(Run::new).collect();
    let Some(first) = runs.first() else { return Err(io::Error::other("no run to fit on")) };
    let base = base(&catalog, first);
    let all: Vec<&Run<'_>> = runs.iter().collect();
    let fitted = Fitted::of(&all, &base);
    let mut renewed = catalog.clone();
    for table in tables::renewed(&fitted, &runs)? {
        tables::write(&table)?;
        renewed = renewed.with_overlay(LayerName::User, table.file, &table.text).map_err(io::Error::other)?;
    }
    let of_pools: Vec<PoolRun<'_>> = measured.iter().filter_map(PoolRun::new).collect();
    pools::write(&of_pools, &fitted)?;
    let (mut out, mut pools_out): (Vec<LeftOut<'_>>, Vec<PoolLeftOut<'_>>) = (Vec::new(), Vec::new());
    for cut in &CUTS {
        let (alike, pools) = left_out(&runs, &of_pools, &base, cut, true);
        out.extend(alike);
        pools_out.extend(pools);
    }
    figures::keep(&report::figures(&out))?;
    let bands = bands::bands(&out);
    show(&format!("{}{}", report::table(&out, &bands), pools::table(&pools_out)))?;
    Ok((renewed, bands::rows(&bands) + &pools::bands(&pools_out)))
}

/// How far left-out runs are off with the sources as they are.
pub(super) fn figures() -> io::Result<Vec<Figure>> {
    let text = fs::read_to_string(crate::root().join(MEASURED))?;
    let world = ClosedWorld { overlays: Vec::new(), today: None };
    let catalog = Catalog::builtin();
    let measured = inference::runs(&text, &catalog, &world).map_err(io::Error::other)?;
    let runs: Vec<Run<'_>> = measured.iter().filter_map(Run::new).collect();
    let Some(first) = runs.first() else { return Err(io::Error::other("no run to fit on")) };
    let base = base(&catalog, first);
    let out: Vec<LeftOut<'_>> =
        CHECKED.iter().flat_map(|cut| left_out(&runs, &[], &base, &CUTS[*cut], false).0).collect();
    Ok(report::figures(&out))
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

/// Puts the table of what was left out into the page.
fn show(table: &str) -> io::Result<()> {
    let path = crate::root().join(PAGE);
    let text = fs::read_to_string(&path)?;
    let lost = || io::Error::other(format!("{PAGE} has lost the marks around what was left out"));
    let (before, rest) = text.split_once(START).ok_or_else(lost)?;
    let (_, after) = rest.split_once(END).ok_or_else(lost)?;
    fs::write(path, format!("{before}{START}{table}{END}{after}"))
}
