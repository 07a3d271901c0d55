//! Measured runs as the fit sees them.

use std::collections::BTreeMap;

use slipstick_api::validate::inference::MeasuredRun;
use slipstick_core::{
    estimate::{
        answer::Requests,
        serving::{AtRate, Service},
    },
    hardware::{AcceleratorClass, Calibration},
    workload::Arrival,
};

/// How requests came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// In a closed loop, on data-centre GPUs: what the constants of all are fitted on.
    Closed,
    /// All at once, on data-centre GPUs.
    Burst,
    /// As one batch, or alone, on anything.
    Static,
    /// At a rate, on data-centre GPUs; nothing is fitted on these.
    Open,
    /// In a closed loop, on chips of another class; nothing is fitted on these either.
    Elsewhere,
}

/// What was measured of a run's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Read {
    /// The time per output token.
    Tpot,
    /// The rate of output tokens.
    Output,
    /// The rate of all tokens.
    Total,
}

impl Read {
    /// Seconds of a token, however they are counted.
    fn of(self, service: &Service) -> f64 {
        match self {
            Self::Tpot => service.tpot.get(),
            Self::Output => 1.0 / service.output_rate,
            Self::Total => 1.0 / service.total_rate,
        }
    }

    /// The quantity that it is answered as.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Tpot => "tpot",
            Self::Output | Self::Total => "rate",
        }
    }
}

/// A run, what tells it from others, and how it is answered.
pub(super) struct Run<'a> {
    pub(super) of: &'a MeasuredRun,
    pub(super) kind: Kind,
    pub(super) read: Read,
    pub(super) engine: &'a str,
    pub(super) version: Option<&'a str>,
    /// Whether it is answered under the rules of that version, and not of a later one.
    pub(super) is_of_version: bool,
    pub(super) family: &'a str,
    pub(super) chip: &'a str,
    pub(super) architecture: String,
    pub(super) format: &'a str,
    /// Tensor- and expert-parallel ranks.
    pub(super) ranks: [u64; 2],
    /// What was measured; no number where nobody did.
    pub(super) measured: Times,
    requests: Requests<'a>,
}

/// Seconds of a token, to the first one, and to the last one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Times {
    pub(super) tpot: f64,
    pub(super) ttft: f64,
    pub(super) e2e: f64,
    /// Of an output token over a run whose tokens are no other reading; at a rate only where that is held, from its first
    /// arrival to its last token.
    pub(super) run: f64,
}

/// What bands are of, by how requests came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Question {
    Closed,
    Burst,
    Open,
    Batch,
    Alone,
    Elsewhere,
    /// A closed loop through two pools, by the worker that writes.
    Pools,
}

impl<'a> Run<'a> {
    /// A run of one deployment that the fit can read.
    pub(super) fn new(of: &'a MeasuredRun) -> Option<Self> {
        Self::of(of, kind(of)?)
    }

    /// A run of a kind, of which something was measured that such runs are read by.
    pub(super) fn of(of: &'a MeasuredRun, kind: Kind) -> Option<Self> {
        let resolved = &of.resolved;
        let chip = &resolved.cluster().accelerator;
        let (read, token) = token(of).unwrap_or((Read::Tpot, f64::NAN));
        // Without a prompt nothing is waited for.
        let prompted = of.measured.ttft_s.filter(|_| of.workload.input() > 0);
        let ttft = prompted.map_or(f64::NAN, |time| time.0.get());
        let is_read = match kind {
            Kind::Closed => read == Read::Tpot && token.is_finite(),
            Kind::Burst => read == Read::Output,
            Kind::Static => token.is_finite() || ttft.is_finite(),
            Kind::Open => read == Read::Tpot,
            Kind::Elsewhere => token.is_finite(),
        };
        let over_run =
            of.measured.output_tokens_per_s.filter(|_| matches!(kind, Kind::Open | Kind::Elsewhere));
        is_read.then(|| Self {
            of,
            kind,
            read,
            engine: resolved.engine_name(),
            version: of.version.as_deref(),
            is_of_version: of.version.as_deref() == Some(&resolved.engine.version),
            family: &chip.family,
            chip: &chip.id,
            architecture: resolved.model.model.fingerprint(),
            format: &resolved.formats_name,
            ranks: [resolved.plan().tp(), resolved.plan().ep()],
            measured: Times {
                tpot: token,
                ttft,
                e2e: of.measured.e2e_s.map_or(f64::NAN, |time| time.0.get()),
                run: over_run.map_or(f64::NAN, |rate| 1.0 / rate.0.get()),
            },
            requests: resolved.prepared.requests(&of.workload),
        })
    }

    /// What a calibration predicts.
    pub(super) fn under(&self, calibration: &Calibration) -> Option<Times> {
        let service = self.requests.serve_under(calibration)?;
        let held = service.at_rate.as_ref().is_none_or(AtRate::is_held);
        let run = 1.0 / (service.output_rate * self.of.share(&service));
        Some(Times {
            tpot: self.read.of(&service),
            ttft: service.ttft.get(),
            e2e: service.e2e.get(),
            run: if held { run } else { f64::NAN },
        })
    }

    /// What its bands are of.
    pub(super) fn question(&self) -> Question {
        match self.kind {
            Kind::Closed => Question::Closed,
            Kind::Burst => Question::Burst,
            Kind::Open => Question::Open,
            Kind::Elsewhere => Question::Elsewhere,
            Kind::Static if self.of.workload.is_alone() => Question::Alone,
            Kind::Static => Question::Batch,
        }
    }

    /// Whether constants, factors or levels are read from it.
    pub(super) fn is_fitted(&self) -> bool {
        !matches!(self.kind, Kind::Open | Kind::Elsewhere)
    }

    /// The regime, with how it differs from the closed loops on data-centre GPUs that are most of it.
    pub(super) fn regime(&self) -> String {
        let beside = match self.kind {
            Kind::Open => ", at a rate",
            Kind::Elsewhere => ", other chips",
            Kind::Closed | Kind::Burst | Kind::Static => "",
        };
        self.of.regime.clone() + beside
    }

    /// Chip family and engine.
    pub(super) fn pair(&self) -> (&'a str, &'a str) {
        (self.family, self.engine)
    }

    /// The model, as people call it.
    pub(super) fn model(&self) -> String {
        self.of.resolved.model.name.clone()
    }

    /// Runs that share it are no independent witnesses.
    pub(super) fn cluster(&self) -> String {
        format!("{}|{}|{}|{}", self.engine, self.architecture, self.chip, self.format)
    }

    /// The runs of one sweep differ in concurrency alone.
    pub(super) fn sweep(&self) -> String {
        let (load, dp) = (&self.of.workload, self.of.resolved.plan().dp());
        let benchmark = matches!(load.arrival(), Arrival::Benchmark { .. });
        format!(
            "{}|{:?}|{:?}|{dp}|{}|{}|{benchmark}",
            self.cluster(),
            self.version,
            self.ranks,
            load.input(),
            load.output()
        )
    }
}

/// How the requests of a run came, where the fit reads such runs.
fn kind(of: &MeasuredRun) -> Option<Kind> {
    let is_gpu = of.resolved.cluster().accelerator.class == AcceleratorClass::DatacenterGpu;
    if of.pools.is_some() {
        return None;
    }
    match of.workload.arrival() {
        Arrival::Steady | Arrival::Benchmark { .. } => {
            let kind = if is_gpu { Kind::Closed } else { Kind::Elsewhere };
            (of.regime == "agg_unsaturated").then_some(kind)
        }
        Arrival::Burst => is_gpu.then_some(Kind::Burst),
        Arrival::Static => Some(Kind::Static),
        Arrival::Open { .. } => is_gpu.then_some(Kind::Open),
    }
}

/// Seconds of a token, as the nearest to it that was measured.
fn token(of: &MeasuredRun) -> Option<(Read, f64)> {
    let measured = &of.measured;
    let tpot = measured.tpot_s.map(|time| (Read::Tpot, time.0.get()));
    let output = || measured.output_tokens_per_s.map(|rate| (Read::Output, 1.0 / rate.0.get()));
    let total = || measured.total_tokens_per_s.map(|rate| (Read::Total, 1.0 / rate.0.get()));
    tpot.or_else(output).or_else(total)
}

/// The weight of each run: a cluster of n runs weighs as much as the root of n.
pub(super) fn weights(runs: &[&Run<'_>]) -> Vec<f64> {
    let mut sizes: BTreeMap<String, usize> = BTreeMap::new();
    for run in runs {
        *sizes.entry(run.cluster()).or_default() += 1;
    }
    runs.iter().map(|run| (sizes[&run.cluster()] as f64).powf(-0.5)).collect()
}
