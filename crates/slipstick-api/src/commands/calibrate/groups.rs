//! The runs of each accelerator under each engine, and what is fitted on them.

use std::collections::{BTreeMap, BTreeSet};

use slipstick_catalog::calibrations::{AdjustedBand, AdjustedLevel, Adjustment, Factors};
use slipstick_core::estimate::serving::Service;

use super::{
    fit::{Chosen, Factor, Observation, Predict, choose},
    report::FittedFactor,
};
use crate::validate::inference::{MeasuredRun, question};

/// What the logarithm of a quantity is expected to be off by between runs that differ in nothing that is known: first
/// tokens depend on the benchmark as much as on the engine.
const NOISE_OF_STEPS: f64 = 0.1;
const NOISE_OF_FIRST_TOKENS: f64 = 0.3;

/// Fewer left-out runs than this say nothing of a tenth.
const LEAST_OF_A_BAND: usize = 10;

/// A deployment that levels are kept for: model, format, ranks.
type Deployment = (String, String, u64, u64);

/// One fitted quantity of a run.
struct Fitted<'a> {
    run: &'a MeasuredRun,
    quantity: &'static str,
}

/// What was fitted on the runs of one accelerator under one engine.
pub(super) struct Group<'a> {
    engine: String,
    accelerator: String,
    deployments: Vec<Deployment>,
    names: Vec<String>,
    fitted: Vec<Fitted<'a>>,
    counts: Vec<usize>,
    measured: Vec<f64>,
    chosen: Chosen,
}

/// Reads a quantity of what is answered.
type Read = fn(&Service) -> f64;

/// The quantities of a run that are fitted on: times where they were measured, else a rate, which says the same again.
fn quantities(run: &MeasuredRun) -> Vec<(&'static str, f64, Read, f64)> {
    let measured = &run.measured;
    let ttft = measured.ttft_s.map(|time| time.0.get());
    let tpot = measured.tpot_s.map(|time| time.0.get());
    let output = measured.output_tokens_per_s.map(|rate| rate.0.get());
    let total = measured.total_tokens_per_s.map(|rate| rate.0.get());
    let mut found: Vec<(&'static str, f64, Read, f64)> = Vec::new();
    if let Some(time) = ttft {
        found.push(("ttft_s", time, |service| service.ttft.get(), NOISE_OF_FIRST_TOKENS));
    }
    match (tpot, output, total) {
        (Some(time), ..) => found.push(("tpot_s", time, |service| service.tpot.get(), NOISE_OF_STEPS)),
        (None, Some(rate), _) => {
            found.push(("output_tokens_per_s", rate, |service| service.output_rate, NOISE_OF_STEPS));
        }
        (None, None, Some(rate)) => {
            found.push(("total_tokens_per_s", rate, |service| service.total_rate, NOISE_OF_STEPS));
        }
        (None, None, None) => {}
    }
    found
}

/// Fits the runs of each accelerator under each engine.
pub(super) fn fit(runs: &[MeasuredRun]) -> Vec<Group<'_>> {
    let mut by_pair: BTreeMap<(String, String), Vec<&MeasuredRun>> = BTreeMap::new();
    for run in runs {
        let accelerator = run.resolved.cluster().accelerator.id.clone();
        by_pair.entry((run.resolved.engine_name().to_owned(), accelerator)).or_default().push(run);
    }
    by_pair.into_iter().map(|((engine, accelerator), runs)| Group::of(engine, accelerator, &runs)).collect()
}

/// A quantity of a run, as it is predicted with some factors.
fn predicted(run: &MeasuredRun, read: Read) -> Predict<'_> {
    let (requests, base) = (run.resolved.prepared.requests(&run.workload), run.resolved.calibration());
    Box::new(move |factors| {
        let mut calibration = base.clone();
        factors.apply(&mut calibration);
        requests.serve_under(&calibration).map_or(f64::NAN, |service| read(&service))
    })
}

fn deployment(run: &MeasuredRun) -> Deployment {
    let resolved = &run.resolved;
    let plan = resolved.plan();
    (resolved.model.fingerprint.clone(), resolved.formats_name.clone(), plan.tp(), plan.ep())
}

impl<'a> Group<'a> {
    fn of(engine: String, accelerator: String, runs: &[&'a MeasuredRun]) -> Self {
        let mut deployments: Vec<Deployment> = Vec::new();
        let (mut names, mut counts) = (Vec::new(), Vec::new());
        let (mut fitted, mut observations) = (Vec::new(), Vec::new());
        for run in runs {
            let own = deployment(run);
            let place = deployments.iter().position(|known| *known == own).unwrap_or_else(|| {
                names.push(format!("{} {}, tp {}", run.resolved.model.name, own.1, own.2));
                counts.push(0);
                deployments.push(own);
                deployments.len() - 1
            });
            for (quantity, measured, read, noise) in quantities(run) {
                counts[place] += 1;
                fitted.push(Fitted { run, quantity });
                let predict = predicted(run, read);
                observations.push(Observation { predict, measured, noise, deployment: place });
            }
        }
        let chosen = choose(&observations, deployments.len(), &Factor::SPEED);
        let measured = observations.iter().map(|of| of.measured).collect();
        Self { engine, accelerator, deployments, names, fitted, counts, measured, chosen }
    }

    /// What is predicted of each fitted quantity by a fit without its run.
    pub(super) fn left_out(&self) -> impl Iterator<Item = (&str, &'static str, f64)> {
        let all = self.fitted.iter().zip(&self.chosen.left_out);
        all.map(|(fitted, predicted)| (fitted.run.id.as_str(), fitted.quantity, *predicted))
    }

    /// The factors that were taken.
    pub(super) fn factors(&self) -> impl Iterator<Item = FittedFactor> {
        self.chosen.solution.told.iter().map(|(factor, value, spread)| {
            let place = if let Factor::Level(place) = factor { Some(*place) } else { None };
            FittedFactor {
                engine: self.engine.clone(),
                accelerator: self.accelerator.clone(),
                factor: factor.name(),
                deployment: place.map(|place| self.names[place].clone()),
                value: *value,
                log_deviation: *spread,
                prior_log_deviation: factor.prior(),
                points: place.map_or(self.fitted.len(), |place| self.counts[place]),
            }
        })
    }

    /// What to keep of it; nothing where the runs tell nothing.
    pub(super) fn adjustment(
        &self,
        tools: &BTreeMap<String, &'static str>,
        seen: &str,
    ) -> Option<Adjustment> {
        if self.chosen.solution.told.is_empty() {
            return None;
        }
        let versions: BTreeSet<&str> =
            self.fitted.iter().filter_map(|fitted| fitted.run.version.as_deref()).collect();
        let own: BTreeSet<&str> =
            self.fitted.iter().filter_map(|fitted| tools.get(&fitted.run.id).copied()).collect();
        let own = own.into_iter().collect::<Vec<&str>>().join(", ");
        let factors = self.common();
        let points = small(self.fitted.len());
        let level = self.deployments.iter().enumerate().map(|(place, (architecture, format, tp, ep))| {
            AdjustedLevel {
                architecture: architecture.clone(),
                format: format.clone(),
                tp: *tp,
                ep: *ep,
                factor: rounded(self.chosen.solution.factors(place).level),
                points: small(self.counts[place]),
                bands: self.bands(place),
            }
        });
        Some(Adjustment {
            engine: self.engine.clone(),
            accelerator: self.accelerator.clone(),
            versions: versions.into_iter().map(str::to_owned).collect(),
            points,
            source: format!("fitted on your {points} points of {own}"),
            memory_points: 0,
            memory_source: String::new(),
            seen: seen.to_owned(),
            factors,
            level: level.collect(),
        })
    }

    /// The factors that hold for every model.
    fn common(&self) -> Factors {
        let mut factors = self.chosen.solution.factors(usize::MAX);
        let Factors { bandwidth, compute, overheads, waits, .. } = &mut factors;
        for factor in [bandwidth, compute, overheads, waits] {
            *factor = rounded(*factor);
        }
        factors
    }

    /// The bands of a deployment, from its runs as the others predict them.
    fn bands(&self, place: usize) -> Vec<AdjustedBand> {
        let mut ratios: BTreeMap<(&'static str, &'static str), Vec<f64>> = BTreeMap::new();
        let all = self.fitted.iter().zip(&self.measured).zip(&self.chosen.left_out);
        for ((fitted, measured), predicted) in all {
            let (quantity, ratio) = match fitted.quantity {
                "ttft_s" => ("ttft", measured / predicted),
                "tpot_s" => ("tpot", measured / predicted),
                _ => ("rate", measured / predicted),
            };
            let asked = question(&fitted.run.workload);
            // A rate's band is that of the loop which it comes to.
            if asked != "open" && deployment(fitted.run) == self.deployments[place] && ratio.is_finite() {
                ratios.entry((asked, quantity)).or_default().push(ratio);
            }
        }
        let enough = ratios.into_iter().filter(|(_, ratios)| ratios.len() >= LEAST_OF_A_BAND);
        enough
            .map(|((question, quantity), mut ratios)| {
                ratios.sort_by(f64::total_cmp);
                let last = ratios.len() - 1;
                AdjustedBand {
                    question: question.to_owned(),
                    quantity: quantity.to_owned(),
                    low: rounded(ratios[last / 10]),
                    high: rounded(ratios[last - last / 10]),
                    points: small(ratios.len()),
                }
            })
            .collect()
    }
}

/// Four digits: more would be noise.
pub(super) fn rounded(factor: f64) -> f64 {
    (factor * 1e4).round() / 1e4
}

pub(super) fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
