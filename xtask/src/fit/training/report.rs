//! How far the fit is off in sample, with whole models, accelerators and softwares left out, and the bands of these.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    io,
};

use super::{
    SOURCE, TrainingCase,
    bands::{Point, Pool},
    solve::{Fit, Solution},
};
use crate::fit::figures::Figure;

/// The marks around the table of the page.
const START: &str = "<!-- The table is made by cargo xtask fit. -->\n";
const END: &str = "<!-- End of the table of training. -->";

/// What stands for every name.
const ANY: &str = "any";

/// Fewer points than this say nothing of a tenth.
const LEAST_POINTS: usize = 5;

/// A kind of thing that is left out, and its name in a case.
type Left = (&'static str, fn(&TrainingCase) -> &str);

/// What is left out.
const LEFT_OUT: [Left; 3] =
    [("model", |case| &case.model), ("accelerator", |case| &case.family), ("stack", |case| &case.stack)];

/// Measured over predicted steps of one case, as logarithms.
pub(super) struct Score {
    pub(super) id: String,
    pub(super) stack: String,
    pub(super) work: &'static str,
    pub(super) model: String,
    pub(super) family: String,
    in_sample: f64,
    /// With its model, accelerator or software left out.
    left_out: [f64; 3],
}

/// The scores of all cases.
pub(super) fn scores(fit: &Fit<'_>) -> Vec<Score> {
    let off = |at: usize, solution: &Solution| fit.cases[at].measured.get().ln() - fit.log_time(at, solution);
    let mut found: Vec<Score> = fit
        .cases
        .iter()
        .enumerate()
        .map(|(at, case)| Score {
            id: case.id.clone(),
            stack: case.stack.clone(),
            work: case.work,
            model: case.model.clone(),
            family: case.family.clone(),
            in_sample: off(at, &fit.solution),
            left_out: [f64::NAN; 3],
        })
        .collect();
    for (kind, (_, name)) in LEFT_OUT.into_iter().enumerate() {
        let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, case) in fit.cases.iter().enumerate() {
            groups.entry(name(case)).or_default().push(at);
        }
        for (own, members) in groups {
            let others = fit.without(|case| name(case) == own);
            for at in members {
                found[at].left_out[kind] = off(at, &others);
            }
        }
    }
    found
}

impl Score {
    /// What was left out of a kind, and measured over predicted without it.
    fn point(&self, kind: usize) -> Point<'_> {
        let name = [&self.model, &self.family, &self.stack][kind];
        Point { stack: &self.stack, name, log: self.left_out[kind] }
    }
}

/// The table of bands.
pub(super) fn bands(scores: &[Score]) -> String {
    let mut text = String::from("stack,work,left_out,low,high,points,source,seen\n");
    let mut works: BTreeMap<&str, Vec<&Score>> = BTreeMap::new();
    for score in scores {
        works.entry(score.work).or_default().push(score);
        works.entry(ANY).or_default().push(score);
    }
    for (work, all) in &works {
        let mut stacks: BTreeMap<&str, usize> = BTreeMap::from([(ANY, all.len())]);
        for score in all.iter().filter(|_| *work != ANY) {
            *stacks.entry(&score.stack).or_default() += 1;
        }
        for (kind, (left_out, _)) in LEFT_OUT.iter().enumerate() {
            let pool = Pool::of(all.iter().map(|score| score.point(kind)).collect());
            for (stack, points) in &stacks {
                // A software of its own cannot be unseen, and few points say nothing of a tenth.
                if *points < LEAST_POINTS || (kind == 2 && *stack != ANY) {
                    continue;
                }
                let Some((low, high)) = pool.band((*stack != ANY).then_some(*stack)) else { continue };
                // Writing into a text cannot fail.
                let _ = writeln!(text, "{stack},{work},{left_out},{low:.3},{high:.3},{points},{SOURCE}");
            }
        }
    }
    text
}

/// Bands of one shape that was left out: of its work, made of all other shapes, as shapes and as softwares that were left
/// out of them.
type Unseen<'a> = BTreeMap<(&'a str, &'a str), [Pool<'a>; 2]>;

fn unseen(scores: &[Score]) -> Unseen<'_> {
    let mut pools = Unseen::new();
    for score in scores {
        pools.entry((score.work, &score.model)).or_insert_with(|| {
            let others = || scores.iter().filter(|one| one.work == score.work && one.model != score.model);
            [0, 2].map(|kind| Pool::of(others().map(|one| one.point(kind)).collect()))
        });
    }
    pools
}

/// The share of rows that lie in the bands of other shapes. A software that has no other is one that nobody measured.
fn covered(own: &[&Score], unseen: &Unseen<'_>) -> f64 {
    let inside = |score: &&&Score| {
        let [shapes, softwares] = &unseen[&(score.work, score.model.as_str())];
        let known = shapes.knows(&score.stack);
        let band = if known { shapes.band(Some(&score.stack)) } else { softwares.band(None) };
        band.is_some_and(|(low, high)| (low..=high).contains(&score.left_out[0].exp()))
    };
    own.iter().filter(inside).count() as f64 / own.len() as f64
}

/// Absolute percentage errors of predicted against measured: their median and mean.
fn errors(logs: impl Iterator<Item = f64>) -> (f64, f64) {
    let mut errors: Vec<f64> = logs.map(|log| 100.0 * ((-log).exp() - 1.0).abs()).collect();
    errors.sort_by(f64::total_cmp);
    let upper = errors[errors.len() / 2];
    let median =
        if errors.len() % 2 == 1 { upper } else { f64::midpoint(upper, errors[errors.len() / 2 - 1]) };
    (median, errors.iter().sum::<f64>() / errors.len() as f64)
}

/// The medians, by what is left out and kind of work.
pub(super) fn figures(scores: &[Score]) -> Vec<Figure> {
    let works: BTreeSet<&str> = scores.iter().map(|score| score.work).chain([ANY]).collect();
    let mut found = Vec::new();
    for (kind, (left_out, _)) in LEFT_OUT.into_iter().enumerate() {
        for work in &works {
            let own = scores.iter().filter(|score| [ANY, score.work].contains(work));
            let errors = own.map(|score| 100.0 * ((-score.left_out[kind]).exp() - 1.0).abs());
            found.extend(Figure::of("training", left_out, work, "step", errors));
        }
    }
    found
}

/// The table of errors, by software and kind of work.
fn table(scores: &[Score]) -> String {
    let mut text = String::from(
        "| table | software | work | rows | shapes | in sample | shape left out | family left out | in the band |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    let unseen = unseen(scores);
    let mut tables: BTreeMap<(&str, &str, &str), Vec<&Score>> = BTreeMap::new();
    for score in scores {
        let table = score.id.split('-').next().unwrap_or_default();
        tables.entry((table, &score.stack, score.work)).or_default().push(score);
    }
    for ((table, stack, work), own) in &tables {
        let pair = |(median, mean): (f64, f64)| format!("{median:.1} / {mean:.1} %");
        let models: std::collections::BTreeSet<&str> = own.iter().map(|score| score.model.as_str()).collect();
        // Writing into a text cannot fail.
        let _ = writeln!(
            text,
            "| {table} | {stack} | {work} | {} | {} | {} | {} | {} | {:.0} % |",
            own.len(),
            models.len(),
            pair(errors(own.iter().map(|score| score.in_sample))),
            pair(errors(own.iter().map(|score| score.left_out[0]))),
            pair(errors(own.iter().map(|score| score.left_out[1]))),
            100.0 * covered(own, &unseen),
        );
    }
    text
}

/// The page with the table as it should be.
pub(super) fn renewed(text: &str, scores: &[Score]) -> io::Result<String> {
    let lost = || io::Error::other("docs/accuracy.md has lost the marks around its table of training");
    let (before, rest) = text.split_once(START).ok_or_else(lost)?;
    let (_, after) = rest.split_once(END).ok_or_else(lost)?;
    Ok(format!("{before}{START}{}{END}{after}", table(scores)))
}

/// Says how far the fit is off.
#[expect(clippy::print_stdout, reason = "a task's result goes to standard output")]
pub(super) fn print(scores: &[Score]) {
    print!("{}", table(scores));
}
