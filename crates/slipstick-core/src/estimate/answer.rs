//! The answer to a question about a deployment: what it holds, how it serves, what it costs, in one pass.

pub mod pools;
mod prepared;
mod requests;
mod roofline;
mod speculated;

use crate::{
    deployment::Deployment,
    estimate::{
        cost::{self, TokenCost},
        memory::{MemoryEstimate, Reach},
        serving::{Limits, Service, Tokens},
        step::Rates,
    },
    numeric::ScalarFormat,
    ops::{LoweredModel, Phase, Step},
    quantity::Quantity as Q,
    trace::Trace,
    units::{Energy, Intensity, Power, UsdPerHour},
    workload::{Arrival, Workload},
};

pub use prepared::Prepared;
pub use requests::Requests;
pub use roofline::{Roof, RooflineRow};
pub use speculated::Speculated;

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
    /// It starts, and requests arrive faster than they can be served: the queue grows without bound.
    Saturated,
    /// Not even one request fits, or the engine refuses what was set.
    DoesNotStart,
}

impl Verdict {
    /// Its name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Queues => "queues",
            Self::Saturated => "saturated",
            Self::DoesNotStart => "does_not_start",
        }
    }

    /// Whether the engine starts.
    pub const fn starts(self) -> bool {
        matches!(self, Self::Holds | Self::Queues | Self::Saturated)
    }

    /// The verdict on `workload`, of which memory holds `reach` at once and the engine runs `most`.
    fn on(workload: &Workload, reach: Reach, most: u64) -> Self {
        let places = reach.count(u64::MAX).min(most);
        match (reach, workload.arrival()) {
            (Reach::None, _) => Self::DoesNotStart,
            // A burst waits by nature; what a rate takes is seen once it is served.
            (Reach::UpTo(_) | Reach::Unbounded, Arrival::Burst | Arrival::Open { .. }) => Self::Holds,
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
    /// The load; of requests that arrive at a rate with as many in flight as that comes to.
    pub workload: Workload,
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
    /// What drafts gain, if any are made.
    pub speculated: Option<Speculated>,
    /// Operators of the prefill of one prompt and of a decode step.
    pub roofline: Vec<RooflineRow>,
    /// Intensity of a decode step, all operators together.
    pub decode_intensity: Intensity,
    /// Intensity of a prefill.
    pub prefill_intensity: Intensity,
    /// What no operator can go beyond, in the format most of the work is done in.
    pub roof: Roof,
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
/// What the numbers come from is recorded in `trace`.
///
/// # Errors
/// If its accelerator states no peak to compute at.
pub fn answer(
    prepared: &Prepared,
    workload: &Workload,
    money: &Money,
    trace: Trace<'_>,
) -> Result<Answer, NoPeak> {
    let requests = prepared.requests(workload);
    let (reach, limits) = (requests.reach(), *requests.limits());
    let speed = prepared.speed_for(workload).ok_or(NoPeak)?;
    let starts = prepared.verdict(workload, reach).starts();
    let service = starts.then(|| speed.serve(limits, workload, trace));
    let at_rate = service.and_then(|service| service.at_rate);
    let workload = at_rate.map_or(*workload, |at_rate| prepared.loaded(workload, reach, &at_rate));
    let verdict = match at_rate {
        Some(at_rate) if !at_rate.is_held() => Verdict::Saturated,
        _ => prepared.verdict(&workload, reach),
    };
    let running = prepared.running(&workload, reach);
    let memory = prepared.memory().estimate(&running);
    prepared.memory().record(&running, &memory, trace);
    let asked = Asked {
        model: prepared.lowered(),
        deployment: prepared.deployment(),
        limits,
        tokens: Tokens::of(&workload),
        money,
    };
    let estimate = match service {
        Some(service) => {
            let speculated = speculated::speculated(speed, limits, &workload, &service, trace);
            let estimate = estimate(&asked, &speed.rates, &service, trace).ok_or(NoPeak)?;
            Some(Estimate { speculated, ..estimate })
        }
        None => None,
    };
    Ok(Answer { verdict, workload, memory, limits, estimate })
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
struct Asked<'a> {
    model: &'a LoweredModel,
    deployment: &'a Deployment,
    limits: Limits,
    tokens: Tokens,
    money: &'a Money,
}

fn estimate(with: &Asked<'_>, rates: &Rates, service: &Service, trace: Trace<'_>) -> Option<Estimate> {
    let plan = with.model.plan;
    let batch = service.batch / plan.pp() as f64;
    let drafted = with.deployment.speculation.as_ref().map_or(0.0, |speculation| speculation.tokens as f64);
    let decode = Step::decode(batch, with.tokens.mean_context()).drafting(drafted);
    let prefill = Step::prefill(with.tokens.input).behind(with.limits.cached);
    let mut roofline = roofline::rows(with.model, rates, &prefill, Phase::Prefill, (0, trace));
    let prefill_intensity = roofline::intensity(&roofline, Q::PrefillIntensity, 0, trace);
    let first = roofline.len();
    let decode_rows = roofline::rows(with.model, rates, &decode, Phase::Decode, (first, trace));
    let decode_intensity = roofline::intensity(&decode_rows, Q::DecodeIntensity, first, trace);
    roofline.extend(decode_rows);
    let accelerator = &with.deployment.cluster.accelerator;
    let compute = dominant_format(with.model);
    let roof = roofline::roof(accelerator, compute, trace)?;
    let cost = with.money.price.map(|price| cost::token_cost(service, price, with.money.utilisation, trace));
    let energy = cost::energy(service, with.deployment, used(with), trace);
    Some(Estimate {
        roofline,
        decode_intensity,
        prefill_intensity,
        roof,
        compute,
        cost,
        power_each: energy.map(|energy| energy.each),
        power: energy.map(|energy| energy.all),
        energy_per_output_token: energy.map(|energy| energy.token),
        speculated: None,
        service: *service,
    })
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
