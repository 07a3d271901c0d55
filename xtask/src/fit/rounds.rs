//! What drawing the samples of a round takes against static batches of the same engine, and how far whole rounds are off
//! where their model, chip family or release was left out.
//!
//! All else of a round is predicted as anywhere: updates by the fit of training, batches by that of serving, what moves by
//! measured rates. The factor is the one whose rounds are least off, models counting alike; the band is made of models that
//! were left out. The same rows give the same table.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs, io,
};

use slipstick_api::{
    Catalog,
    validate::training::{RoundCase, round_cases},
};
use slipstick_world::ClosedWorld;

use super::{
    figures::{self, Figure},
    tables,
    training::{Point, Pool},
};

/// The measured rounds that are kept, with their sources.
const MEASURED: &str = "measured/reinforcement.csv";

/// Where the factor is written to.
const FIT: &str = "crates/slipstick-catalog/data/training_rounds.csv";

/// The factors that are tried: so many a doubling, from a half to four.
const A_DOUBLING: f64 = 200.0;
const TRIED: u32 = 600;

/// What is left out, and its name in a case.
type Left = (&'static str, fn(&RoundCase) -> &str);

const LEFT_OUT: [Left; 3] = [
    ("a model", |case| &case.model),
    ("a chip family", |case| &case.family),
    ("a release", |case| &case.version),
];

/// How far rounds are off, as logarithms of measured over predicted.
struct Scores {
    factor: f64,
    in_sample: Vec<f64>,
    /// With its model, chip family or release left out.
    left_out: [Vec<f64>; 3],
}

/// Writes the table anew, and what the page says of it.
pub(super) fn write() -> io::Result<()> {
    let cases = cases()?;
    let scores = Scores::of(&cases);
    figures::keep(&scores.figures())?;
    fs::write(crate::root().join(FIT), table(&cases, &scores)?)?;
    tables::renew("Rounds", &page(&cases, &scores))
}

/// How far left-out rounds are off with the sources as they are.
pub(super) fn figures() -> io::Result<Vec<Figure>> {
    Ok(Scores::of(&cases()?).figures())
}

fn cases() -> io::Result<Vec<RoundCase>> {
    let text = fs::read_to_string(crate::root().join(MEASURED))?;
    round_cases(&text, &[], &Catalog::builtin(), &ClosedWorld::default()).map_err(io::Error::other)
}

/// The logarithm of measured over predicted.
fn off(case: &RoundCase, factor: f64) -> f64 {
    (case.measured.get() / case.time(factor).get()).ln()
}

/// The factor by which rounds are least off, each model's on average.
fn factor(cases: &[&RoundCase]) -> f64 {
    let sizes = cases.iter().fold(BTreeMap::<&str, f64>::new(), |mut sizes, case| {
        *sizes.entry(&case.model).or_default() += 1.0;
        sizes
    });
    let loss = |factor: f64| {
        cases.iter().map(|case| off(case, factor).abs() / sizes[case.model.as_str()]).sum::<f64>()
    };
    let tried = (0..=TRIED).map(|step| 0.5 * (f64::from(step) / A_DOUBLING).exp2());
    let scored = tried.map(|factor| (loss(factor), factor));
    scored.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(1.0, |(_, factor)| factor)
}

impl Scores {
    fn of(cases: &[RoundCase]) -> Self {
        let whole = factor(&cases.iter().collect::<Vec<_>>());
        let left_out = LEFT_OUT.map(|(_, name)| {
            let names: BTreeSet<&str> = cases.iter().map(name).collect();
            let without = |own: &str| cases.iter().filter(|case| name(case) != own).collect::<Vec<_>>();
            let factors: BTreeMap<&str, f64> =
                names.iter().map(|own| (*own, factor(&without(own)))).collect();
            cases.iter().map(|case| off(case, factors[name(case)])).collect()
        });
        Self { factor: whole, in_sample: cases.iter().map(|case| off(case, whole)).collect(), left_out }
    }

    fn figures(&self) -> Vec<Figure> {
        let kinds = LEFT_OUT.iter().zip(&self.left_out);
        kinds
            .filter_map(|((name, _), logs)| Figure::of("rounds", name, "all", "round", errors(logs)))
            .collect()
    }
}

/// Absolute errors of predictions, in per cent.
fn errors(logs: &[f64]) -> impl Iterator<Item = f64> {
    logs.iter().map(|log| 100.0 * ((-log).exp() - 1.0).abs())
}

/// Left-out rounds by model.
fn points<'a>(cases: &'a [RoundCase], scores: &Scores) -> Vec<Point<'a>> {
    let logs = scores.left_out[0].iter();
    let point =
        |(case, log): (&'a RoundCase, &f64)| Point { stack: &case.stack, name: &case.model, log: *log };
    cases.iter().zip(logs).map(point).collect()
}

fn table(cases: &[RoundCase], scores: &Scores) -> io::Result<String> {
    let points = points(cases, scores);
    let models = points.iter().map(|point| point.name).collect::<BTreeSet<_>>().len();
    let (low, high) = Pool::of(points).band(None).ok_or_else(|| io::Error::other("no round was measured"))?;
    Ok(format!(
        "what,factor,low,high,points,models,source,seen\n\
         samples,{:.3},{low:.3},{high:.3},{},{models},nemo-rl-performance,2026-04\n",
        scores.factor,
        cases.len(),
    ))
}

/// The share of left-out rounds that lie in the band of the other models.
fn covered(cases: &[RoundCase], scores: &Scores, kind: usize) -> f64 {
    let points = points(cases, scores);
    let inside = |(case, log): &(&RoundCase, &f64)| {
        let others = points.iter().copied().filter(|point| point.name != case.model).collect();
        Pool::of(others).band(None).is_some_and(|(low, high)| (low..=high).contains(&log.exp()))
    };
    cases.iter().zip(&scores.left_out[kind]).filter(inside).count() as f64 / cases.len() as f64
}

/// What the page says.
fn page(cases: &[RoundCase], scores: &Scores) -> String {
    let mut text = String::from(
        "| left out | rows | median / mean | in the band of other models |\n|---|---|---|---|\n",
    );
    let line = |name: &str, logs: &[f64], covered: String| {
        let mut errors: Vec<f64> = errors(logs).collect();
        errors.sort_by(f64::total_cmp);
        let median = f64::midpoint(errors[errors.len() / 2], errors[(errors.len() - 1) / 2]);
        let mean = errors.iter().sum::<f64>() / errors.len() as f64;
        format!("| {name} | {} | {median:.1} / {mean:.1} % | {covered} |\n", errors.len())
    };
    text.push_str(&line("nothing (in sample)", &scores.in_sample, "-".to_owned()));
    for (kind, (name, _)) in LEFT_OUT.iter().enumerate() {
        let covered = format!("{:.0} %", 100.0 * covered(cases, scores, kind));
        text.push_str(&line(name, &scores.left_out[kind], covered));
    }
    // Writing into a text cannot fail.
    let _ = writeln!(text, "\nDrawing takes {:.2} times as long as static batches.", scores.factor);
    text
}
