//! The page's tables of errors by regime and by what runs share: in sample and left out, apart.

use std::{collections::BTreeMap, fmt::Write as _};

use slipstick_core::hardware::Distance;

use super::{
    bands::{Band, held},
    left_out::{CUTS, LeftOut},
    runs::{Question, Run, Times},
};

/// A time of a run.
type Time = fn(&Times) -> f64;

/// Groups of fewer rows are not shown.
const LEAST_ROWS: usize = 8;

/// Clusters that are shown, the worst first, and the rows that each has at least.
const WORST: usize = 12;
const LEAST_CLUSTER: usize = 4;

/// All runs with what is predicted of them.
pub(super) struct Tally<'a> {
    /// By the fit that was made on them too.
    pub(super) inside: Vec<(&'a Run<'a>, Times)>,
    /// By fits without them.
    pub(super) out: Vec<LeftOut<'a>>,
    pub(super) bands: Vec<Band>,
}

/// Regime, quantity and what is shared.
type Group = (String, &'static str, String);

impl<'a> Tally<'a> {
    /// A table of errors by regime, quantity and what `shared` says, under its name.
    pub(super) fn table(&self, name: &str, shared: impl Fn(&Run<'a>) -> String) -> String {
        let mut groups: BTreeMap<Group, Vec<f64>> = BTreeMap::new();
        for (run, predicted) in &self.inside {
            for (quantity, time) in times(run) {
                let ratio = ratio(quantity, time(predicted) / time(&run.measured));
                if ratio.is_finite() {
                    let group = (run.regime(), quantity, shared(run));
                    groups.entry(group).or_default().push(ratio);
                }
            }
        }
        let cuts = CUTS.map(|cut| cut.name).join(" left out | ");
        let mut text = format!(
            "| regime | quantity | {name} | rows | in sample | {cuts} left out | in the band, sweeps / models |\n|---|---|---|---|---|---|---|---|---|---|\n"
        );
        for (group, inside) in groups.iter().filter(|(_, inside)| inside.len() >= LEAST_ROWS) {
            let cells = CUTS.map(|cut| self.cell(group, cut.distance, &shared)).join(" | ");
            let held = [Distance::Near, Distance::Model].map(|at| share(self.held(group, at, &shared)));
            let (regime, quantity, of) = group;
            // Writing into a text cannot fail.
            let _ = writeln!(
                text,
                "| {regime} | {quantity} | {of} | {} | {} | {cells} | {} |",
                inside.len(),
                off(inside.iter().copied()),
                held.join(" / ")
            );
        }
        text
    }

    /// The runs of a group that were left out at a distance, with how they are read.
    fn of(
        &self,
        (regime, quantity, of): &Group,
        at: Distance,
        shared: impl Fn(&Run<'a>) -> String,
    ) -> Vec<(&LeftOut<'a>, Time)> {
        let own = self
            .out
            .iter()
            .filter(|run| run.cut.distance == at && run.run.regime() == *regime && shared(run.run) == *of);
        own.filter_map(|run| {
            let (_, time) = times(run.run).into_iter().find(|(name, _)| name == quantity)?;
            Some((run, time))
        })
        .collect()
    }

    fn cell(&self, group: &Group, at: Distance, shared: impl Fn(&Run<'a>) -> String) -> String {
        let own = self.of(group, at, shared);
        off(own.iter().map(|(run, time)| ratio(group.1, time(&run.predicted) / time(&run.run.measured))))
    }

    fn held(&self, group: &Group, at: Distance, shared: impl Fn(&Run<'a>) -> String) -> Option<f64> {
        let own: Vec<&LeftOut<'_>> = self.of(group, at, shared).into_iter().map(|(run, _)| run).collect();
        held(&own, &self.bands, (own.first()?.run.question(), group.1))
    }

    /// The clusters of one engine, model, chip and format whose tokens are furthest off where their model is left out.
    pub(super) fn worst(&self) -> String {
        let mut clusters: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for run in self.out.iter().filter(|run| run.cut.distance == Distance::Model) {
            let predicted = run.predicted.tpot / run.run.measured.tpot;
            if predicted.is_finite() {
                let Run { engine, chip, format, .. } = run.run;
                let name =
                    format!("{} | {engine} | {} | {chip} | {format}", run.run.regime(), run.run.model());
                clusters.entry(name).or_default().push(predicted);
            }
        }
        let mut worst: Vec<(f64, usize, String)> = clusters
            .into_iter()
            .filter(|(_, own)| own.len() >= LEAST_CLUSTER)
            .map(|(name, mut own)| {
                own.sort_by(f64::total_cmp);
                (own[own.len() / 2], own.len(), name)
            })
            .collect();
        worst.sort_by(|a, b| b.0.ln().abs().total_cmp(&a.0.ln().abs()));
        let mut text = String::from(
            "| regime | engine | model | chip | format | rows | time of a token, predicted over measured, median |\n|---|---|---|---|---|---|---|\n",
        );
        for (median, rows, name) in worst.into_iter().take(WORST) {
            // Writing into a text cannot fail.
            let _ = writeln!(text, "| {name} | {rows} | {median:.2} |");
        }
        text
    }
}

/// What was measured of a run, with how it is read.
fn times(run: &Run<'_>) -> Vec<(&'static str, Time)> {
    let token: (&'static str, Time) = match run.question() {
        Question::Elsewhere => ("rate", |times| times.run),
        _ => (run.read.name(), |times| times.tpot),
    };
    let mut all: Vec<(&'static str, Time)> = vec![token, ("ttft", |times| times.ttft)];
    match run.question() {
        Question::Closed => all.push(("e2e", |times| times.e2e)),
        Question::Open => all.push(("rate", |times| times.run)),
        Question::Burst | Question::Batch | Question::Alone | Question::Elsewhere | Question::Pools => {}
    }
    all
}

/// A ratio of times as that of what is answered: a rate is what its time divides.
fn ratio(quantity: &str, of_times: f64) -> f64 {
    if quantity == "rate" { 1.0 / of_times } else { of_times }
}

/// How far a prediction is off, in per cent of what was measured.
pub(super) fn error(run: &LeftOut<'_>, quantity: &str) -> Option<f64> {
    let (_, time) = times(run.run).into_iter().find(|(name, _)| *name == quantity)?;
    Some(100.0 * (ratio(quantity, time(&run.predicted) / time(&run.run.measured)) - 1.0).abs())
}

/// Mean and median of how far ratios are from 1.
pub(super) fn off(ratios: impl Iterator<Item = f64>) -> String {
    let mut errors: Vec<f64> =
        ratios.map(|ratio| 100.0 * (ratio - 1.0).abs()).filter(|error| error.is_finite()).collect();
    errors.sort_by(f64::total_cmp);
    let Some(median) = errors.get(errors.len() / 2) else { return "-".to_owned() };
    format!("{:.1} / {median:.1} %", errors.iter().sum::<f64>() / errors.len() as f64)
}

/// A share in per cent.
pub(super) fn share(percent: Option<f64>) -> String {
    percent.map_or_else(|| "-".to_owned(), |percent| format!("{percent:.0} %"))
}
