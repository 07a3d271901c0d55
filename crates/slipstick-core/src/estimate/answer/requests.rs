//! Requests of one shape on a deployment, however many are in flight.

use super::{Prepared, Verdict};
use crate::{
    estimate::{
        memory::Reach,
        serving::{Limits, Percentile, Service},
    },
    hardware::Calibration,
    trace::Trace,
    workload::{Arrival, Workload},
};

/// What holds for requests of one shape, however many are in flight: a search asks about many loads of each.
#[derive(Debug, Clone, Copy)]
pub struct Requests<'a> {
    prepared: &'a Prepared,
    shape: Workload,
    reach: Reach,
    limits: Limits,
}

impl<'a> Requests<'a> {
    pub(super) fn new(prepared: &'a Prepared, shape: &Workload) -> Self {
        let reach = prepared.memory().max_concurrency(shape);
        Self { prepared, shape: *shape, reach, limits: prepared.limits(shape) }
    }

    /// How many of them memory holds at once at their full length.
    pub const fn reach(&self) -> Reach {
        self.reach
    }

    /// What memory and engine allow.
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether the deployment starts, and holds `concurrency` of them.
    pub fn verdict(&self, concurrency: u64) -> Verdict {
        self.prepared.verdict(&self.load(concurrency), self.reach)
    }

    /// How `concurrency` of them are served; none if the accelerator states no peak to compute at.
    pub fn serve(&self, concurrency: u64) -> Option<Service> {
        let speed = self.prepared.speed_for(&self.shape)?;
        Some(speed.serve(self.limits, &self.load(concurrency), Trace::off()))
    }

    /// How they are served where `rate` of them arrive a second; none if that is no rate, or the accelerator states no peak to
    /// compute at.
    pub fn serve_at(&self, rate: f64) -> Option<Service> {
        let load = self.shape.with_arrival(Arrival::Open { rate }).ok()?;
        Some(self.prepared.speed()?.serve(self.limits, &load, Trace::off()))
    }

    /// What `share` of them does not exceed where `rate` arrive a second; none where that is more than is held, or the
    /// accelerator states no peak to compute at.
    pub fn percentile(&self, rate: f64, share: f64) -> Option<Percentile> {
        let load = self.shape.with_arrival(Arrival::Open { rate }).ok()?;
        self.prepared.speed()?.percentile(self.limits, &load, (rate, share))
    }

    /// How the requests would be served if the accelerators reached something else: the question of a fit.
    pub fn serve_under(&self, calibration: &Calibration) -> Option<Service> {
        let calibration = &*self.shape.calibration(calibration);
        let speed = self.prepared.speed_under(calibration)?;
        let limits = Limits {
            per_request: self.prepared.before_prompt(calibration),
            waited_steps: calibration.waited_steps,
            ..self.limits
        };
        Some(speed.serve(limits, &self.shape, Trace::off()))
    }

    /// So many of them; as many as they were where that is no load.
    fn load(&self, concurrency: u64) -> Workload {
        self.shape.with_concurrency(concurrency).unwrap_or(self.shape)
    }
}
