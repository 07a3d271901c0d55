//! Measured runs as the fit sees them.

use std::collections::BTreeMap;

use slipstick_api::validate::inference::MeasuredRun;
use slipstick_core::{
    estimate::answer::Requests,
    hardware::{AcceleratorClass, Calibration},
    workload::Arrival,
};

/// A run, what tells it from others, and how it is answered.
pub(super) struct Run<'a> {
    pub(super) of: &'a MeasuredRun,
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
    /// Seconds of an output token, and to the first.
    pub(super) measured: Times,
    requests: Requests<'a>,
}

/// Seconds of an output token, and to the first one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Times {
    pub(super) tpot: f64,
    pub(super) ttft: f64,
}

impl<'a> Run<'a> {
    /// A run of a closed loop on data-centre GPUs of which both times were measured.
    pub(super) fn new(of: &'a MeasuredRun) -> Option<Self> {
        let chip = &of.resolved.cluster().accelerator;
        let is_closed = matches!(of.workload.arrival(), Arrival::Steady | Arrival::Benchmark { .. });
        let is_served =
            is_closed && of.regime == "agg_unsaturated" && chip.class == AcceleratorClass::DatacenterGpu;
        if is_served { Self::of(of) } else { None }
    }

    /// A run of which the time of an output token was measured.
    pub(super) fn of(of: &'a MeasuredRun) -> Option<Self> {
        let resolved = &of.resolved;
        let chip = &resolved.cluster().accelerator;
        let times = Times {
            tpot: of.measured.tpot_s?.0.get(),
            ttft: of.measured.ttft_s.map_or(f64::NAN, |t| t.0.get()),
        };
        Some(Self {
            of,
            engine: resolved.engine_name(),
            version: of.version.as_deref(),
            is_of_version: of.version.as_deref() == Some(&resolved.engine.version),
            family: &chip.family,
            chip: &chip.id,
            architecture: resolved.model.model.fingerprint(),
            format: &resolved.formats_name,
            ranks: [resolved.plan().tp(), resolved.plan().ep()],
            measured: times,
            requests: resolved.prepared.requests(&of.workload),
        })
    }

    /// What a calibration predicts.
    pub(super) fn under(&self, calibration: &Calibration) -> Option<Times> {
        let service = self.requests.serve_under(calibration)?;
        Some(Times { tpot: service.tpot.get(), ttft: service.ttft.get() })
    }

    /// Chip family and engine.
    pub(super) fn pair(&self) -> (&'a str, &'a str) {
        (self.family, self.engine)
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

/// The weight of each run: a cluster of n runs weighs as much as the root of n.
pub(super) fn weights(runs: &[&Run<'_>]) -> Vec<f64> {
    let mut sizes: BTreeMap<String, usize> = BTreeMap::new();
    for run in runs {
        *sizes.entry(run.cluster()).or_default() += 1;
    }
    runs.iter().map(|run| (sizes[&run.cluster()] as f64).powf(-0.5)).collect()
}
