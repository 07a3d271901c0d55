//! One deployment under one workload: everything that is estimated about it, in one pass.

mod explain;
mod roofline;

use crate::{
    estimate::{
        compute,
        cost::{self, TokenCost},
        serving::{Limits, Load, Service, Serving, serve},
        step::{Rates, StepTime, TimedOp},
    },
    formulas::{
        cost::energy::{energy_per_token, power_of_all},
        time::roofline::ridge_point,
    },
    hardware::{Calibration, Cluster},
    numeric::ScalarFormat,
    ops::{LoweredModel, Phase, Step},
    trace::Trace,
    units::{Energy, Intensity, Power, UsdPerHour},
};

pub use roofline::RooflineRow;

/// What is deployed, and under which load.
#[derive(Debug, Clone, Copy)]
pub struct Deployment<'a> {
    /// The model as operators on one rank.
    pub model: &'a LoweredModel,
    /// The accelerators.
    pub cluster: &'a Cluster,
    /// What they reach.
    pub calibration: &'a Calibration,
    /// What the engine allows.
    pub limits: Limits,
    /// The requests.
    pub load: Load,
    /// What the whole deployment costs an hour, if known.
    pub price: Option<UsdPerHour>,
    /// Share of the time it is under this load.
    pub utilisation: f64,
}

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

/// Estimates a deployment; `None` if its accelerator states no peak to compute at.
///
/// What the numbers come from is noted in `trace`.
pub fn estimate(with: &Deployment<'_>, trace: &mut Trace) -> Option<Estimate> {
    let plan = with.model.plan;
    let rates = Rates::new(with.cluster, with.calibration, plan.tp(), plan.ep(), plan.pp())?;
    let service = serve(&Serving { model: with.model, rates: &rates, limits: with.limits }, &with.load);

    let batch = service.batch / plan.pp() as f64;
    let decode = Step::decode(batch, with.load.input + with.load.output / 2.0);
    let prefill = Step::prefill(with.load.input);
    let mut roofline = roofline::rows(with.model, &rates, &prefill, Phase::Prefill);
    let prefill_intensity = roofline::intensity(&roofline);
    let decode_rows = roofline::rows(with.model, &rates, &decode, Phase::Decode);
    let decode_intensity = roofline::intensity(&decode_rows);
    roofline.extend(decode_rows);

    let accelerator = &with.cluster.accelerator;
    let compute = dominant_format(with.model);
    let power_each =
        accelerator.power.map(|limit| cost::accelerator_power(&service, &with.calibration.assumed, limit));
    let power = power_each.map(|each| power_of_all(used(with), each));
    let estimate = Estimate {
        roofline,
        decode_intensity,
        prefill_intensity,
        ridge: ridge_point(compute::peak(accelerator, compute)?, accelerator.memory_bandwidth),
        compute,
        cost: with.price.map(|price| cost::token_cost(&service, price, with.utilisation)),
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
fn used(with: &Deployment<'_>) -> f64 {
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
