//! A deployment, checked and worked out as far as no load is needed.

use std::sync::OnceLock;

use super::{Requests, Verdict};
use crate::{
    deployment::{Deployment, DeploymentError},
    engine::PrefixCaching,
    estimate::{
        compute,
        memory::{MemoryModel, Reach, StateLimit},
        serving::{AtRate, Drafting, Limits, Percentile, Service, Serving, percentile, serve},
        step::{Rates, StepClock},
    },
    hardware::Calibration,
    model::FormattedModel,
    ops::{LoweredModel, Lowering, lower},
    plan::Plan,
    speculation::Speculation,
    trace::Trace,
    units::Seconds,
    workload::{Arrival, Workload},
};

/// A deployment with everything worked out that does not depend on the load. Each question is then some thousand
/// multiplications.
#[derive(Debug, Clone)]
pub struct Prepared {
    memory: MemoryModel,
    lowered: LoweredModel,
    /// What drafts tokens for it.
    drafter: Option<LoweredModel>,
    speed: Option<Speed>,
    /// The same of what is handed in at once, once that was asked.
    of_bursts: OnceLock<Option<Speed>>,
}

/// What the accelerators reach under the engine, and the steps of the model at that.
#[derive(Debug, Clone)]
pub(super) struct Speed {
    pub(super) rates: Rates,
    pub(super) clock: StepClock,
    drafting: Option<Drafting>,
}

impl Prepared {
    /// Checks a deployment and prepares it.
    ///
    /// # Errors
    /// If its parts do not go together ([`Deployment::check`]).
    pub fn new(deployment: Deployment) -> Result<Self, DeploymentError> {
        deployment.check()?;
        let lowered = lowered(&deployment.model, &deployment, deployment.plan);
        let drafter = deployment.speculation.as_ref().and_then(|speculation| speculation.drafter.as_ref());
        let drafter =
            drafter.map(|drafter| self::lowered(&drafter.model, &deployment, deployment.plan.on_one_stage()));
        let speed = Speed::new(&deployment, &lowered, drafter.as_ref(), &deployment.calibration);
        Ok(Self { memory: MemoryModel::new(deployment), lowered, drafter, speed, of_bursts: OnceLock::new() })
    }

    /// What was prepared.
    pub const fn deployment(&self) -> &Deployment {
        self.memory.deployment()
    }

    /// Its memory.
    pub const fn memory(&self) -> &MemoryModel {
        &self.memory
    }

    /// The model as operators on one rank.
    pub const fn lowered(&self) -> &LoweredModel {
        &self.lowered
    }

    /// Its speed; none if the accelerator states no peak to compute at.
    pub(super) const fn speed(&self) -> Option<&Speed> {
        self.speed.as_ref()
    }

    /// The same for a load, which may have a level of its own.
    pub(super) fn speed_for(&self, workload: &Workload) -> Option<&Speed> {
        let calibration = &self.deployment().calibration;
        if workload.arrival() != Arrival::Burst || calibration.level_of_bursts.is_none() {
            return self.speed();
        }
        self.of_bursts.get_or_init(|| self.speed_under(&calibration.of_bursts())).as_ref()
    }

    /// What memory and engine allow of a load on one data-parallel rank.
    ///
    /// Caches grow block by block: a running sequence is half way through its output on average. Where they are reserved,
    /// or a request waits until all of its output fits, every one has all of its cache.
    pub(super) fn limits(&self, workload: &Workload) -> Limits {
        let ranks = self.deployment().plan.dp();
        let engine = &self.deployment().engine;
        let held = if engine.reserves_output() { workload.length() } else { workload.mean_context() };
        let running = if engine.reserves_context() {
            Ok(*workload)
        } else {
            Workload::full(held, workload.concurrency())
                .and_then(|running| running.with_prefix(workload.prefix().min(running.input())))
        };
        let reach = running.map_or_else(
            |_| self.memory.max_concurrency(workload),
            |running| self.memory.max_concurrency(&running),
        );
        let held = reach.count(u64::MAX / 2) / ranks;
        let batch = self.memory.batch_limits();
        Limits {
            memory_sequences: (held as f64).max(1.0),
            max_sequences: batch.sequences as f64,
            max_batched_tokens: self.step_tokens(workload) as f64,
            divides_prompts: self.divides_prompts(workload),
            cached: self.cached(workload),
            replicas: ranks as f64,
            per_request: self.before_prompt(&self.deployment().calibration),
            waited_steps: self.deployment().calibration.waited_steps,
            held_steps: self.deployment().options.hold_steps.unwrap_or(0.0),
        }
    }

    /// What a request costs before its prompt is read, under a calibration.
    pub(super) fn before_prompt(&self, calibration: &Calibration) -> Seconds {
        let passed =
            if self.deployment().options.frontend { calibration.assumed.frontend.value } else { 0.0 };
        calibration.per_request + Seconds::s(passed)
    }

    /// Whether the prompts of a load are divided where they do not fit into a step.
    pub fn divides_prompts(&self, workload: &Workload) -> bool {
        let (engine, tokens) = (&self.deployment().engine, self.memory.batch_limits().tokens);
        engine.divides_prompts(&self.deployment().options, workload.input(), tokens)
    }

    /// Tokens that the engine puts into one step at most: at least the longest prompt, where none is divided.
    pub fn step_tokens(&self, workload: &Workload) -> u64 {
        let tokens = self.memory.batch_limits().tokens;
        let whole = self.deployment().options.chunked_prefill == Some(false);
        if whole { tokens.max(workload.context()) } else { tokens }
    }

    /// Prompt tokens of a request that the engine finds in its cache in the mean.
    pub(super) fn cached(&self, workload: &Workload) -> f64 {
        let keeps = !matches!(self.memory.prefix_caching(), PrefixCaching::Off | PrefixCaching::Never);
        let own = if keeps { workload.hit() * workload.input() as f64 } else { 0.0 };
        own.max(self.memory.found_prefix(workload) as f64)
    }

    /// Requests that the engine runs at once on all data-parallel ranks, whatever memory holds.
    pub fn most_sequences(&self) -> u64 {
        self.memory.batch_limits().sequences.saturating_mul(self.deployment().plan.dp())
    }

    /// Whether it starts and holds a load, of which memory holds `reach` at once.
    pub fn verdict(&self, workload: &Workload, reach: Reach) -> Verdict {
        if self.memory.state_limit().is_some_and(StateLimit::refuses) {
            return Verdict::DoesNotStart;
        }
        Verdict::on(workload, reach, self.most_sequences())
    }

    /// What holds for requests like those of a load, however many are in flight.
    pub fn requests(&self, shape: &Workload) -> Requests<'_> {
        Requests::new(self, shape)
    }

    /// How it serves a load; none if the accelerator states no peak to compute at.
    pub fn serve(&self, workload: &Workload) -> Option<Service> {
        Some(self.speed_for(workload)?.serve(self.limits(workload), workload, Trace::off()))
    }

    /// The requests whose memory is asked about: of a burst and of an open loop those that run at once, else all.
    pub(super) fn running(&self, workload: &Workload, reach: Reach) -> Workload {
        match workload.arrival() {
            Arrival::Burst | Arrival::Open { .. } => {
                let places = reach.count(workload.concurrency()).min(self.most_sequences());
                workload.with_concurrency(places.clamp(1, workload.concurrency())).unwrap_or(*workload)
            }
            Arrival::Steady | Arrival::Benchmark { .. } | Arrival::Static => *workload,
        }
    }

    /// A load that arrives at a rate with what is in flight of it, rounded up; where the rate is not held with all places.
    pub(super) fn loaded(&self, workload: &Workload, reach: Reach, at_rate: &AtRate) -> Workload {
        let places = reach.count(u64::from(u32::MAX)).min(self.most_sequences()).max(1);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a positive count, which saturates"
        )]
        let mean = at_rate.in_flight.ceil() as u64;
        let in_flight = if at_rate.is_held() { mean.max(1) } else { places };
        workload.with_concurrency(in_flight).unwrap_or(*workload)
    }

    /// Its speed if its accelerators reached something else.
    pub(super) fn speed_under(&self, calibration: &Calibration) -> Option<Speed> {
        Speed::new(self.deployment(), &self.lowered, self.drafter.as_ref(), calibration)
    }
}

impl Speed {
    /// The speed of a deployment under a calibration; none if the accelerator states no peak to compute at.
    fn new(
        deployment: &Deployment,
        lowered: &LoweredModel,
        drafter: Option<&LoweredModel>,
        calibration: &Calibration,
    ) -> Option<Self> {
        let plan = deployment.plan;
        let rates = Rates::new(&deployment.cluster, calibration, plan.tp(), plan.ep(), plan.pp())?
            .eager_above(deployment.calibration.eager_above);
        let drafting = match &deployment.speculation {
            Some(speculation) => Some(drafting(deployment, speculation, drafter, calibration)?),
            None => None,
        };
        Some(Self { clock: StepClock::new(lowered, &rates), rates, drafting })
    }

    /// How a load is served within limits.
    pub(super) fn serve(&self, limits: Limits, workload: &Workload, trace: Trace<'_>) -> Service {
        let drafting = self.drafting.as_ref();
        serve(&Serving { clock: &self.clock, limits, drafting, trace }, workload)
    }

    /// What a share of requests that arrive at a rate does not exceed; none where the rate is not held.
    pub(super) fn percentile(
        &self,
        limits: Limits,
        workload: &Workload,
        (rate, share): (f64, f64),
    ) -> Option<Percentile> {
        let drafting = self.drafting.as_ref();
        let with = Serving { clock: &self.clock, limits, drafting, trace: Trace::off() };
        percentile(&with, workload, rate, share)
    }

    /// How it would be served without drafts.
    pub(super) fn serve_plainly(&self, limits: Limits, workload: &Workload) -> Service {
        serve(&Serving { clock: &self.clock, limits, drafting: None, trace: Trace::off() }, workload)
    }

    /// What drafts tokens, if anything does.
    pub(super) const fn drafting(&self) -> Option<&Drafting> {
        self.drafting.as_ref()
    }
}

/// What drafts tokens for a deployment; none if the accelerator states no peak to compute at. A model that drafts is
/// scheduled with the one that verifies: its passes cost launches, and no scheduling of their own.
fn drafting(
    deployment: &Deployment,
    speculation: &Speculation,
    drafter: Option<&LoweredModel>,
    calibration: &Calibration,
) -> Option<Drafting> {
    let plan = deployment.plan.on_one_stage();
    let passes = speculation.drafter.as_ref().map(|drafter| drafter.passes);
    let clock = match drafter.zip(passes) {
        Some((drafter, passes)) => {
            let rates = Rates::new(&deployment.cluster, calibration, plan.tp(), plan.ep(), plan.pp())?;
            Some((StepClock::new(drafter, &rates.unscheduled()), passes))
        }
        None => None,
    };
    Some(Drafting {
        clock,
        tokens: speculation.tokens as f64,
        passes: speculation.passes() as f64,
        even: speculation.even(),
        acceptance: speculation.acceptance.clone(),
    })
}

/// A model of a deployment as operators on one rank of a layout.
fn lowered(model: &FormattedModel, deployment: &Deployment, plan: Plan) -> LoweredModel {
    lower(
        model,
        &Lowering {
            cache: deployment.cache.key,
            state_element_bytes: deployment.engine.state().recurrent as f64,
            plan,
            compute: compute::compute_format,
            hardware: compute::hardware(&deployment.cluster.accelerator),
            head_kernel: deployment.calibration.head_kernel.of(model.model()),
        },
    )
}
