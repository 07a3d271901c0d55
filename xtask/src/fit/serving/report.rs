//! The page's table of errors of runs that were left out.

use std::{collections::BTreeSet, fmt::Write as _};

use crate::fit::figures::Figure;

use super::{
    bands::{Band, QUANTITIES},
    left_out::{CUTS, LeftOut},
    runs::Times,
};

/// Predicted over measured, of a time.
type Ratio = fn(&LeftOut<'_>, fn(&Times) -> f64) -> f64;

/// The table.
pub(super) fn table(runs: &[LeftOut<'_>], bands: &[Band]) -> String {
    let mut text = String::from(
        "| left out | engine | rows | TPOT, mean / median | TTFT, mean / median | in the band, TPOT / TTFT | pairs alone, TPOT | pairs alone, TTFT |\n|---|---|---|---|---|---|---|---|\n",
    );
    for cut in CUTS {
        let own: Vec<&LeftOut<'_>> = runs.iter().filter(|run| run.distance == cut.distance).collect();
        let engines: BTreeSet<&str> = own.iter().map(|run| run.engine).collect();
        let row = |name: &str, of: &[&LeftOut<'_>]| {
            let joint: Ratio = |run, of| of(&run.predicted) / of(&run.measured);
            let pairs: Ratio = |run, of| of(&run.by_pairs) / of(&run.measured);
            let errors = |ratio: Ratio, time: fn(&Times) -> f64| off(of.iter().map(|run| ratio(run, time)));
            format!(
                "| {} | {name} | {} | {} | {} | {} | {} | {} |\n",
                cut.name,
                of.len(),
                errors(joint, |times| times.tpot),
                errors(joint, |times| times.ttft),
                QUANTITIES.map(|(quantity, of_run)| held(of, bands, quantity, of_run)).join(" / "),
                errors(pairs, |times| times.tpot),
                errors(pairs, |times| times.ttft),
            )
        };
        // Writing into a text cannot fail.
        let _ = write!(text, "{}", row("all", &own));
        for engine in engines {
            let of: Vec<&LeftOut<'_>> = own.iter().copied().filter(|run| run.engine == engine).collect();
            let _ = write!(text, "{}", row(engine, &of));
        }
    }
    text
}

/// The medians, for every cut and engine.
pub(super) fn figures(runs: &[LeftOut<'_>]) -> Vec<Figure> {
    let times: [(&str, fn(&Times) -> f64); 2] = [("tpot", |times| times.tpot), ("ttft", |times| times.ttft)];
    let engines: BTreeSet<&str> = runs.iter().map(|run| run.engine).chain(["all"]).collect();
    let mut found = Vec::new();
    for cut in CUTS {
        for engine in &engines {
            let own =
                |run: &&LeftOut<'_>| run.distance == cut.distance && ["all", run.engine].contains(engine);
            for (quantity, time) in times {
                let errors = runs
                    .iter()
                    .filter(own)
                    .map(|run| 100.0 * (time(&run.predicted) / time(&run.measured) - 1.0).abs());
                found.extend(Figure::of("serving", cut.name, engine, quantity, errors));
            }
        }
    }
    found
}

/// Mean and median of how far ratios are from 1.
pub(super) fn off(ratios: impl Iterator<Item = f64>) -> String {
    let mut errors: Vec<f64> =
        ratios.map(|ratio| 100.0 * (ratio - 1.0).abs()).filter(|error| error.is_finite()).collect();
    errors.sort_by(f64::total_cmp);
    let Some(median) = errors.get(errors.len() / 2) else { return "-".to_owned() };
    format!("{:.1} / {median:.1} %", errors.iter().sum::<f64>() / errors.len() as f64)
}

/// The share of runs that lie in the bands of their engines.
fn held(runs: &[&LeftOut<'_>], bands: &[Band], quantity: &str, of: fn(&LeftOut<'_>) -> f64) -> String {
    let band = |run: &LeftOut<'_>| {
        let own = |band: &&Band| (band.engine.as_str(), band.distance) == (run.engine, run.distance);
        bands.iter().filter(own).find(|band| band.quantity == quantity)
    };
    let known: Vec<&&LeftOut<'_>> = runs.iter().filter(|run| of(run).is_finite()).collect();
    let inside = |run: &&&&LeftOut<'_>| {
        band(run).is_some_and(|band| (band.low.min(1.0)..=band.high.max(1.0)).contains(&of(run)))
    };
    let count = known.iter().filter(inside).count();
    format!("{:.0} %", 100.0 * count as f64 / known.len().max(1) as f64)
}
