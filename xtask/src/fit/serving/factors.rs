//! Runs of one batch, or of one request alone: factors on what is known of a chip family and an engine, shrunk from the
//! engine to each pair.
//!
//! An engine of 2024 is an engine of its own here. What was measured tells the pair of a family and an engine by less than
//! a constant alone would need, so that each has a factor that is drawn towards that of the engine, and that towards 1.

use std::collections::{BTreeMap, BTreeSet};

use nalgebra::DVector;
use slipstick_core::hardware::Calibration;

use super::{
    runs::{Kind, Run, weights},
    solve::{SPREAD, minimum, residual},
};

/// What a pair of chip family and engine is known by before these runs are looked at.
pub(super) type Bases<'a> = BTreeMap<(&'a str, &'a str), Calibration>;

/// How much the logarithm of a factor is believed to vary between engines: of the peaks, the bandwidth, that of packed
/// weights and of the cache, the host's times of steps and of sequences, links, and what a request waits for.
const BELIEVED: [f64; 8] = [0.5, 0.25, 0.25, 0.5, 0.8, 0.8, 0.7, 1.0];

/// Logarithms of factors.
type Logs = [f64; BELIEVED.len()];

/// How much of that between the chip families of an engine.
const WITHIN: Logs = [0.5; BELIEVED.len()];

/// The same where the families are of several makers: kernels, and what launches them, are then ports.
const PORTED: Logs = [2.0, 0.5, 0.5, 0.5, 1.0, 0.5, 0.5, 0.5];

/// Which of both it is for the engine of some runs.
fn within(runs: &[&Run<'_>]) -> &'static Logs {
    let makers: BTreeSet<&str> =
        runs.iter().map(|run| run.of.resolved.cluster().accelerator.vendor.as_str()).collect();
    if makers.len() > 1 { &PORTED } else { &WITHIN }
}

/// The factors that some runs tell.
#[derive(Debug, Clone, Default)]
pub(super) struct Factors<'a> {
    engines: BTreeMap<&'a str, Logs>,
    pairs: BTreeMap<(&'a str, &'a str), Logs>,
}

impl<'a> Factors<'a> {
    /// Of some runs; those of engines that are `same` as in earlier ones are taken from there.
    pub(super) fn of(runs: &[&Run<'a>], bases: &Bases<'a>, same: Option<(&Self, &BTreeSet<&str>)>) -> Self {
        let mut by_engine: BTreeMap<&str, Vec<&Run<'a>>> = BTreeMap::new();
        for run in runs.iter().filter(|run| run.kind == Kind::Static) {
            by_engine.entry(run.engine).or_default().push(run);
        }
        let mut found = Self::default();
        for (engine, own) in by_engine {
            if let Some((known, changed)) = same
                && !changed.contains(engine)
            {
                found.engines.extend(known.engines.get_key_value(engine));
                found.pairs.extend(known.pairs.iter().filter(|((_, of), _)| *of == engine));
                continue;
            }
            let all = solved(&own, bases, &[0.0; BELIEVED.len()], &[1.0; BELIEVED.len()]);
            let within = within(&own);
            let families: BTreeSet<&str> = own.iter().map(|run| run.family).collect();
            for family in families {
                let of_pair: Vec<&Run<'a>> = own.iter().copied().filter(|run| run.family == family).collect();
                found.pairs.insert((family, engine), solved(&of_pair, bases, &all, within));
            }
            found.engines.insert(engine, all);
        }
        found
    }

    /// The calibration of a pair whose engine was measured.
    pub(super) fn calibration(&self, pair: (&str, &str), bases: &Bases<'a>) -> Option<Calibration> {
        let logs = self.pairs.get(&pair).or_else(|| self.engines.get(pair.1))?;
        Some(applied(bases.get(&pair)?, logs))
    }

    /// What an engine makes of a calibration on a family that it was not measured on.
    pub(super) fn of_engine(&self, engine: &str, base: &Calibration) -> Option<Calibration> {
        Some(applied(base, self.engines.get(engine)?))
    }

    /// The pairs, in order.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.pairs.keys().copied()
    }
}

/// The logarithms that some runs tell, drawn towards others.
fn solved(runs: &[&Run<'_>], bases: &Bases<'_>, towards: &Logs, scales: &Logs) -> Logs {
    let weights = weights(runs);
    let logs = |at: &DVector<f64>| {
        let mut logs = *towards;
        for ((log, at), sd) in logs.iter_mut().zip(at.iter()).zip(BELIEVED.iter().zip(scales)) {
            *log += at * sd.0 * sd.1;
        }
        logs
    };
    let off = |at: &DVector<f64>| {
        let logs = logs(at);
        let mut under: BTreeMap<(&str, &str), Calibration> = BTreeMap::new();
        let mut rows = Vec::with_capacity(2 * runs.len() + at.len());
        for (run, weight) in runs.iter().zip(&weights) {
            let pair = run.pair();
            let Some(base) = bases.get(&pair) else { continue };
            let calibration = under.entry(pair).or_insert_with(|| applied(base, &logs));
            let (tpot, ttft) =
                run.under(calibration).map_or((f64::NAN, f64::NAN), |times| (times.tpot, times.ttft));
            rows.push(residual(run.measured.tpot, tpot, *weight, SPREAD));
            rows.push(residual(run.measured.ttft, ttft, *weight, SPREAD));
        }
        rows.extend(at.iter());
        DVector::from_vec(rows)
    };
    logs(&minimum(BELIEVED.len(), &off))
}

/// A calibration with factors on it; no share exceeds all of it.
fn applied(base: &Calibration, logs: &Logs) -> Calibration {
    let [compute, memory, packed, cache, host, sequences, links, waits] = logs.map(f64::exp);
    let share = |share: f64, factor: f64| (share * factor).min(1.0);
    let mut c = base.clone();
    c.compute.wide = share(c.compute.wide, compute);
    c.compute.fp8 = share(c.compute.fp8, compute);
    c.compute.fp4 = share(c.compute.fp4, compute);
    c.memory = share(c.memory, memory);
    c.memory_cache = share(c.memory, cache);
    c.memory_packed = share(c.memory_packed, packed);
    for time in [
        &mut c.per_layer,
        &mut c.per_expert_layer,
        &mut c.per_latent_layer,
        &mut c.per_recurrent_layer,
        &mut c.per_step,
    ] {
        *time = *time * host;
    }
    c.per_sequence = c.per_sequence * host * sequences;
    let link = &mut c.links.scale_up;
    link.share = share(link.share, 1.0 / links);
    link.latency = link.latency * links;
    link.latency_per_rank = link.latency_per_rank * links;
    c.per_request = c.per_request * waits;
    c
}
