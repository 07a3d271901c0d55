//! The answer to a question about a deployment: what it holds, how it serves, what it costs, in one pass.

mod explain;
mod prepared;
mod requests;
mod roofline;

use crate::{
    deployment::Deployment,
    estimate::{
        compute,
        cost::{self, TokenCost},
        memory::{MemoryEstimate, Reach},
        serving::{Limits, Service, Tokens},
        step::{Rates, StepTime, TimedOp},
    },
    formulas::{
        cost::energy::{energy_per_token, power_of_all},
        time::roofline::ridge_point,
    },
    numeric::ScalarFormat,
    ops::{LoweredModel, Phase, Step},
    trace::Trace,
    units::{Energy, Intensity, Power, UsdPerHour},
    workload::{Arrival, Workload},
};

pub use prepared::Prepared;
pub use requests::Requests;
pub use roofline::RooflineRow;

/// What the deployment costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Money {
    /// The whole of it for an hour, if known.
    pub price: Option<UsdPerHour>,
    /// Share of the time it is under the load.
    pub utilisation: f64,
}

impl Money {
    /// No price, always under load.
    pub const UNKNOWN: Self = Self { price: None, utilisation: 1.0 };
}

/// Whether the engine starts, and whether it holds the load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It starts, and every request runs at once at its full length.
    Holds,
    /// It starts, and some requests wait for a place.
    Queues,
    /// Not even one request fits, or the engine refuses what was set.
    DoesNotStart,
}

impl Verdict {
    /// Its name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Queues => "queues",
            Self::DoesNotStart => "does_not_start",
        }
    }

    /// Whether the engine starts.
    pub const fn starts(self) -> bool {
        matches!(self, Self::Holds | Self::Queues)
    }

    /// The verdict on `workload`, of which memory holds `reach` at once and the engine runs `most`.
    fn on(workload: &Workload, reach: Reach, most: u64) -> Self {
        let places = reach.count(u64::MAX).min(most);
        match (reach, workload.arrival()) {
            (Reach::None, _) => Self::DoesNotStart,
            // A burst waits by nature.
            (Reach::UpTo(_) | Reach::Unbounded, Arrival::Burst) => Self::Holds,
            (Reach::UpTo(_) | Reach::Unbounded, _) if workload.concurrency() > places => Self::Queues,
            (Reach::UpTo(_) | Reach::Unbounded, _) => Self::Holds,
        }
    }
}

/// The whole answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Whether it starts, and whether it holds the load.
    pub verdict: Verdict,
    /// What it holds in memory.
    pub memory: MemoryEstimate,
    /// What memory and engine allow of the load.
    pub limits: Limits,
    /// How it serves; nothing of what does not start.
    pub estimate: Option<Estimate>,
}

/// Why there is no answer about speed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the accelerator states no rate that matrix products could run at")]
pub struct NoPeak;

/// What is estimated of a deployment.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// Latency, throughput, and what binds.
    pub service: Service,
    /// Operators of the prefill of one prompt and of a decode step.
    pub roofline: Vec<RooflineRow>,
    /// Intensity of a decode step, all operators together.
    pub decode_intensity: Intensity,
    /// Intensity of a prefill.
    pub prefill_intensity: Intensity,
    /// Intensity above which the accelerator's arithmetic binds, in the format most of the work is done in.
    pub ridge: Intensity,
    /// The format most of the work is done in.
    pub compute: ScalarFormat,
    /// Token prices, if a price is known.
    pub cost: Option<TokenCost>,
    /// Mean power of one accelerator, if its limit is known.
    pub power_each: Option<Power>,
    /// Mean power of all accelerators in use, if their limit is known.
    pub power: Option<Power>,
    /// Energy an output token takes, prompts included.
    pub energy_per_output_token: Option<Energy>,
}

/// Answers a question about a deployment.
///
/// What the numbers come from is noted in `trace`.
///
/// # Errors
/// If its accelerator states no peak to compute at.
pub fn answer(
    prepared: &Prepared,
    workload: &Workload,
    money: &Money,
    trace: &mut Trace,
) -> Result<Answer, NoPeak> {
    let requests = prepared.requests(workload);
    let (reach, limits) = (requests.reach(), *requests.limits());
    let verdict = prepared.verdict(workload, reach);
    let memory = prepared.memory().estimate(&prepared.running(workload, reach));
    let speed = prepared.speed().ok_or(NoPeak)?;
    let estimate = if verdict.starts() {
        let asked = Asked {
            model: prepared.lowered(),
            deployment: prepared.deployment(),
            limits,
            tokens: Tokens::of(workload),
            money,
        };
        Some(estimate(&asked, &speed.rates, speed.serve(limits, workload), trace).ok_or(NoPeak)?)
    } else {
        None
    };
    Ok(Answer { verdict, memory, limits, estimate })
}

/// What is asked, as explanations read it.
#[derive(Debug, Clone, Copy)]
struct Asked<'a> {
    model: &'a LoweredModel,
    deployment: &'a Deployment,
    limits: Limits,
    tokens: Tokens,
    money: &'a Money,
}

fn estimate(with: &Asked<'_>, rates: &Rates, service: Service, trace: &mut Trace) -> Option<Estimate> {
    let plan = with.model.plan;
    let batch = service.batch / plan.pp() as f64;
    let decode = Step::decode(batch, with.tokens.mean_context());
    let prefill = Step::prefill(with.tokens.input);
    let mut roofline = roofline::rows(with.model, rates, &prefill, Phase::Prefill);
    let prefill_intensity = roofline::intensity(&roofline);
    let decode_rows = roofline::rows(with.model, rates, &decode, Phase::Decode);
    let decode_intensity = roofline::intensity(&decode_rows);
    roofline.extend(decode_rows);
    let accelerator = &with.deployment.cluster.accelerator;
    let compute = dominant_format(with.model);
    let assumed = &with.deployment.calibration.assumed;
    let power_each = accelerator.power.map(|limit| cost::accelerator_power(&service, assumed, limit));
    let power = power_each.map(|each| power_of_all(used(with), each));
    let estimate = Estimate {
        roofline,
        decode_intensity,
        prefill_intensity,
        ridge: ridge_point(compute::peak(accelerator, compute)?, accelerator.memory_bandwidth),
        compute,
        cost: with.money.price.map(|price| cost::token_cost(&service, price, with.money.utilisation)),
        power_each,
        power,
        energy_per_output_token: power.map(|power| energy_per_token(power, service.output_rate)),
        service,
    };
    if trace.is_on() {
        explain::note(with, &estimate, trace);
    }
    Some(estimate)
}

/// Accelerators that work: those of all replicas.
fn used(with: &Asked<'_>) -> f64 {
    let plan = with.model.plan;
    with.limits.replicas * (plan.tp() * plan.pp()) as f64
}

/// The format that most weights are multiplied in.
pub fn dominant_format(model: &LoweredModel) -> ScalarFormat {
    let lines = model.groups.iter().flat_map(|group| group.gemms.iter().map(move |line| (line, group.count)));
    let mut totals: Vec<(ScalarFormat, f64)> = Vec::new();
    for (line, count) in lines {
        let active = line.experts.map_or(1.0, |experts| experts.active / experts.count);
        let work = line.weights * active * count;
        match totals.iter_mut().find(|(format, _)| *format == line.compute) {
            Some((_, total)) => *total += work,
            None => totals.push((line.compute, work)),
        }
    }
    let most =
        |best: (ScalarFormat, f64), next: (ScalarFormat, f64)| if next.1 > best.1 { next } else { best };
    totals.into_iter().fold((ScalarFormat::Bf16, 0.0), most).0
}

/// The step times that an estimate rests on, by name.
fn steps(service: &Service) -> [(&'static str, StepTime); 3] {
    [("prefill", service.prefill), ("decode_step", service.decode_step), ("mixed_step", service.mixed_step)]
}

/// Sums operators of the same kind, keeping their order.
fn gather(rows: &mut Vec<TimedOp>, op: TimedOp) {
    let same = |row: &&mut TimedOp| row.operator == op.operator && row.bound == op.bound;
    match rows.iter_mut().find(same) {
        Some(row) => {
            row.time += op.time;
            row.cost.flops += op.cost.flops;
            row.cost.read += op.cost.read;
            row.cost.written += op.cost.written;
            row.cost.communicated += op.cost.communicated;
        }
        None => rows.push(op),
    }
}
