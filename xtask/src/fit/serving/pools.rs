//! Pools that read beside pools that write: what is left of a step where no prompt is ever read, and what handing a cache over
//! takes beside its bytes. All else is the fit of workers that do both.

use std::{fmt::Write as _, fs, io};

use slipstick_api::{resolve::ResolvedPools, validate::inference::MeasuredRun};
use slipstick_core::{
    basis::{Basis, Known},
    deployment::Deployment,
    estimate::{Prepared, pools::Pools},
    hardware::Calibration,
};

use super::{
    bands::{self, Band},
    coverage,
    fitted::Joint,
    left_out::{CUTS, Cut},
    residuals::Residual,
    runs::{Kind, Question, Run, Times},
    tally::off,
};

/// Where the two constants stand.
const ASSUMPTIONS: &str = "crates/slipstick-catalog/data/assumptions.toml";

/// Rounds in which both are read from what the other leaves.
const ROUNDS: usize = 4;

/// A measured run of two pools; as a run it is that of a worker that writes.
pub(super) struct PoolRun<'a> {
    pub(super) worker: Run<'a>,
    pools: &'a ResolvedPools,
}

/// What is fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Constants {
    /// Share of a step that is left.
    step: f64,
    /// Seconds of a hand-over beside its bytes.
    start: f64,
}

/// A run of pools under the constants of others.
struct Ready<'a> {
    run: &'a PoolRun<'a>,
    workers: [Prepared; 2],
}

/// A run that was left out, and what was predicted of it.
#[derive(Clone, Copy)]
pub(super) struct PoolLeftOut<'a> {
    run: &'a PoolRun<'a>,
    cut: &'a Cut,
    predicted: Times,
}

impl<'a> PoolRun<'a> {
    /// A run of two pools of which both times were measured.
    pub(super) fn new(of: &'a MeasuredRun) -> Option<Self> {
        Some(Self { worker: Run::of(of, Kind::Closed)?, pools: of.pools.as_deref()? })
    }

    /// The run under the constants of workers that do both.
    fn ready(&'a self, fitted: &Joint<'_>) -> Option<Ready<'a>> {
        let calibration = fitted.calibration(&self.worker);
        let worker = |deployment: &Deployment| {
            let calibration = calibration.clone().into();
            Prepared::new(Deployment { calibration, ..deployment.clone() }).ok()
        };
        let [prefill, decode] =
            [&self.pools.prefill, &self.pools.decode].map(|(of, _)| worker(of.deployment()));
        Some(Ready { run: self, workers: [prefill?, decode?] })
    }
}

impl Ready<'_> {
    fn predict(&self, with: Constants) -> Option<Times> {
        let mut pools: Pools<'_> = self.run.pools.pools();
        pools.prefill.worker = &self.workers[0];
        pools.decode.worker = &self.workers[1];
        pools.assumed.pool_step = Known::of(with.step, Basis::Fitted);
        pools.assumed.transfer_start = Known::of(with.start, Basis::Fitted);
        let service = pools.serve(&self.run.worker.of.workload)?.service;
        let (tpot, ttft, e2e) = (service.tpot.get(), service.ttft.get(), service.e2e.get());
        Some(Times { tpot, ttft, e2e, run: f64::NAN })
    }
}

impl Constants {
    /// What some runs tell: the step of the median run, and the hand-over that makes the mean error of the time to the first
    /// token least.
    fn fit(runs: &[Ready<'_>]) -> Self {
        let mut found = Self { step: 1.0, start: 0.0 };
        for _ in 0..ROUNDS {
            let off = |of: fn(&Times) -> f64| {
                let off = runs.iter().filter_map(move |ready| {
                    let (measured, predicted) = (ready.run.worker.measured, ready.predict(found)?);
                    Some((of(&measured), of(&predicted)))
                });
                off.filter(|(measured, _)| measured.is_finite()).collect::<Vec<_>>()
            };
            let steps =
                off(|times| times.tpot).into_iter().map(|(measured, predicted)| (measured / predicted, 1.0));
            let step = found.step * median(steps.collect()).unwrap_or(1.0);
            let starts = off(|times| times.ttft).into_iter();
            let starts =
                starts.map(|(measured, predicted)| (measured - predicted + found.start, measured.recip()));
            let start = median(starts.collect()).unwrap_or(found.start).max(0.0);
            found = Self { step, start };
        }
        found
    }
}

/// The weighted median.
fn median(mut values: Vec<(f64, f64)>) -> Option<f64> {
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let all: f64 = values.iter().map(|(_, weight)| weight).sum();
    let mut sum = 0.0;
    let reached = values.iter().find(|(_, weight)| {
        sum += weight;
        2.0 * sum >= all
    });
    reached.map(|(value, _)| *value)
}

/// What is predicted of the runs of a part by those outside of it.
pub(super) fn left_out<'a>(
    runs: &'a [PoolRun<'a>],
    fitted: &Joint<'_>,
    cut: &'a Cut,
    is_out: impl Fn(&Run<'_>) -> bool,
) -> Vec<PoolLeftOut<'a>> {
    let ready = |out: bool| {
        runs.iter()
            .filter(|run| is_out(&run.worker) == out)
            .filter_map(|run| run.ready(fitted))
            .collect::<Vec<_>>()
    };
    let (inside, out) = (ready(false), ready(true));
    if inside.is_empty() || out.is_empty() {
        return Vec::new();
    }
    let constants = Constants::fit(&inside);
    let one =
        |ready: &Ready<'a>| Some(PoolLeftOut { run: ready.run, cut, predicted: ready.predict(constants)? });
    out.iter().filter_map(one).collect()
}

/// Fits the constants on all runs and writes them, with what requests wait for whatever the engine; their number of runs is said in the source.
pub(super) fn write(runs: &[PoolRun<'_>], fitted: &Joint<'_>) -> io::Result<()> {
    let ready: Vec<Ready<'_>> = runs.iter().filter_map(|run| run.ready(fitted)).collect();
    if ready.is_empty() {
        return Ok(());
    }
    let Constants { step, start } = Constants::fit(&ready);
    let frontend = fitted.all.assumed.frontend.value;
    let eager = fitted.all.assumed.eager_launch.value;
    let values = [
        ("pool_step = ", step),
        ("transfer_start = ", start),
        ("frontend = ", frontend),
        ("eager_launch = ", eager),
    ];
    let path = crate::root().join(ASSUMPTIONS);
    let text = fs::read_to_string(&path)?;
    let lines = text.lines().map(|line| {
        let value = values.iter().find_map(|(field, value)| line.starts_with(field).then_some(*value));
        value.map_or_else(|| line.to_owned(), |value| with_value(line, value))
    });
    fs::write(path, lines.fold(String::new(), |text, line| text + &line + "\n"))
}

/// A line of the assumptions with another value, between the ends that it states.
fn with_value(line: &str, value: f64) -> String {
    let Some((before, rest)) = line.split_once("value = ") else { return line.to_owned() };
    let Some((_, after)) = rest.split_once(',') else { return line.to_owned() };
    format!("{before}value = {value:.3},{after}")
}

/// What was measured over what was predicted of a time.
fn residuals<'a>(runs: &[PoolLeftOut<'a>], of: fn(&Times) -> f64) -> Vec<Residual<'a>> {
    let one = |out: &PoolLeftOut<'a>| {
        let (run, ratio) = (&out.run.worker, of(&out.run.worker.measured) / of(&out.predicted));
        let residual = Residual { run, cut: out.cut, distance: out.cut.distance, ratio, unlike: ratio };
        ratio.is_finite().then_some(residual)
    };
    runs.iter().filter_map(one).collect()
}

/// The times that bands are of.
type OfTimes = fn(&Times) -> f64;
const QUANTITIES: [(&str, OfTimes); 3] =
    [("tpot", |times| times.tpot), ("ttft", |times| times.ttft), ("e2e", |times| times.e2e)];

/// The bands of pools. Two architectures were measured with them: they say little of how unlike a third is.
pub(super) fn bands(runs: &[PoolLeftOut<'_>], closed: &[Band]) -> Vec<Band> {
    let of = |(quantity, times): (&'static str, OfTimes)| {
        bands::bands(
            (Question::Pools, quantity),
            &residuals(runs, times),
            &[],
            &bands::of_closed(closed, quantity),
        )
    };
    QUANTITIES.into_iter().flat_map(of).collect()
}

/// The rows of pools in the table of what bands hold.
pub(super) fn coverage(runs: &[PoolLeftOut<'_>], bands: &[Band]) -> String {
    let of = |(quantity, times): (&'static str, OfTimes)| {
        coverage::rows((Question::Pools, quantity), &residuals(runs, times), bands)
    };
    QUANTITIES.into_iter().map(of).collect()
}

/// The rows of the page.
pub(super) fn table(runs: &[PoolLeftOut<'_>]) -> String {
    let mut text = String::from(
        "\n| pools left out | rows | TPOT, mean / median | TTFT, mean / median | end to end, mean / median |\n|---|---|---|---|---|\n",
    );
    for cut in CUTS {
        let own: Vec<&PoolLeftOut<'_>> = runs.iter().filter(|run| run.cut.name == cut.name).collect();
        let errors = |of: fn(&Times) -> f64| {
            off(own.iter().map(|run| of(&run.predicted) / of(&run.run.worker.measured)))
        };
        // Writing into a text cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            cut.name,
            own.len(),
            errors(|times| times.tpot),
            errors(|times| times.ttft),
            errors(|times| times.e2e)
        );
    }
    text
}

/// The calibration of a run in a fit of workers that do both.
impl Joint<'_> {
    fn calibration(&self, run: &Run<'_>) -> Calibration {
        let mut calibration = self.engines.get(run.engine).unwrap_or(&self.all).clone();
        calibration.level = self.levels.of(run);
        calibration
    }
}

#[cfg(test)]
mod tests {
    use super::{median, with_value};

    #[test]
    fn heavier_values_shift_the_median() {
        assert_eq!(median(vec![(3.0, 1.0), (1.0, 1.0), (2.0, 1.0)]), Some(2.0));
        assert_eq!(median(vec![(3.0, 5.0), (1.0, 1.0), (2.0, 1.0)]), Some(3.0));
        assert_eq!(median(Vec::new()), None);
    }

    #[test]
    fn only_the_value_of_a_line_changes() {
        let line = "pool_step = { value = 1, low = 0.8, source = \"a, b\" }";
        assert_eq!(with_value(line, 0.87654), "pool_step = { value = 0.877, low = 0.8, source = \"a, b\" }");
    }
}
