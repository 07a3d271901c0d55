//! The page's table of closed loops that were left out, and the medians that the next fit is held to.

use std::{collections::BTreeSet, fmt::Write as _};

use crate::fit::figures::Figure;

use super::{
    bands::{Band, held},
    left_out::{CUTS, LeftOut},
    runs::{Kind, Question, Times},
    tally::{error, off, share},
};

/// Predicted over measured, of a time.
type Ratio = fn(&LeftOut<'_>, fn(&Times) -> f64) -> f64;

/// The table of closed loops.
pub(super) fn closed(runs: &[LeftOut<'_>], bands: &[Band]) -> String {
    let mut text = String::from(
        "| left out | engine | rows | TPOT, mean / median | TTFT, mean / median | in the band, TPOT / TTFT | pairs alone, TPOT | pairs alone, TTFT |\n|---|---|---|---|---|---|---|---|\n",
    );
    for cut in CUTS {
        let of_cut = |run: &&LeftOut<'_>| run.cut.distance == cut.distance && run.run.kind == Kind::Closed;
        let own: Vec<&LeftOut<'_>> = runs.iter().filter(of_cut).collect();
        let engines: BTreeSet<&str> = own.iter().map(|run| run.run.engine).collect();
        // Writing into a text cannot fail.
        let _ = write!(text, "{}", row(cut.name, "all", &own, bands));
        for engine in engines {
            let of: Vec<&LeftOut<'_>> = own.iter().copied().filter(|run| run.run.engine == engine).collect();
            let _ = write!(text, "{}", row(cut.name, engine, &of, bands));
        }
    }
    text
}

fn row(cut: &str, name: &str, of: &[&LeftOut<'_>], bands: &[Band]) -> String {
    let joint: Ratio = |run, of| of(&run.predicted) / of(&run.run.measured);
    let pairs: Ratio =
        |run, of| run.by_pairs.as_ref().map_or(f64::NAN, |times| of(times) / of(&run.run.measured));
    let errors = |ratio: Ratio, time: fn(&Times) -> f64| off(of.iter().map(|run| ratio(run, time)));
    format!(
        "| {cut} | {name} | {} | {} | {} | {} | {} | {} |\n",
        of.len(),
        errors(joint, |times| times.tpot),
        errors(joint, |times| times.ttft),
        ["tpot", "ttft"].map(|quantity| share(held(of, bands, (Question::Closed, quantity)))).join(" / "),
        errors(pairs, |times| times.tpot),
        errors(pairs, |times| times.ttft),
    )
}

/// The medians, for every cut and engine: of closed loops, and of all other runs under their regimes' names.
pub(super) fn figures(runs: &[LeftOut<'_>]) -> Vec<Figure> {
    let engines: BTreeSet<&str> = runs.iter().map(|run| run.run.engine).chain(["all"]).collect();
    let kinds = [
        (Kind::Closed, "serving"),
        (Kind::Burst, "serving at once"),
        (Kind::Open, "serving at a rate"),
        (Kind::Static, "serving a batch"),
    ];
    let mut found = Vec::new();
    for cut in CUTS {
        for (kind, fit) in kinds {
            for engine in &engines {
                let own = |run: &&LeftOut<'_>| {
                    run.cut.distance == cut.distance
                        && run.run.kind == kind
                        && ["all", run.run.engine].contains(engine)
                };
                for quantity in ["tpot", "rate", "ttft", "e2e"] {
                    let errors = runs.iter().filter(own).filter_map(|run| error(run, quantity));
                    found.extend(Figure::of(fit, cut.name, engine, quantity, errors));
                }
            }
        }
    }
    found
}
