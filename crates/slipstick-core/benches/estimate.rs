//! How fast the core answers: one estimate and its parts, on one core with recording off.

use core::fmt;

use divan::{Bencher, black_box};
use slipstick_core::{
    estimate::{
        compute,
        serving::{Limits, Serving, serve},
        step::{Rates, StepClock, step_time},
    },
    hardware::Cluster,
    model::{FormattedModel, Model, Uniform},
    numeric::Format,
    ops::{LoweredModel, Lowering, Step, lower},
    plan::{Degrees, Plan},
    units::Seconds,
    workload::Workload,
};

#[path = "../tests/deployment/hardware.rs"]
mod hardware;
#[path = "../tests/deployment/models.rs"]
#[expect(dead_code, reason = "benches take the largest of the tests' models")]
mod models;

use hardware::{calibration, hopper};

fn main() {
    divan::main();
}

/// The shapes that are measured.
#[derive(Debug, Clone, Copy)]
enum Shape {
    Qwen3_32B,
    DeepSeekV3,
}

const SHAPES: [Shape; 2] = [Shape::Qwen3_32B, Shape::DeepSeekV3];

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Qwen3_32B => "Qwen3-32B",
            Self::DeepSeekV3 => "DeepSeek-V3",
        })
    }
}

impl Shape {
    fn model(self) -> Model {
        match self {
            Self::Qwen3_32B => models::qwen3_32b(),
            Self::DeepSeekV3 => models::deepseek_v3(),
        }
    }

    fn plan(self, model: &Model) -> Plan {
        let degrees = Degrees { pp: 2, ..Degrees::tensor(8) };
        Plan::new(degrees, model, degrees.accelerators()).expect("eight ranks suit both shapes")
    }

    fn lowered(self) -> LoweredModel {
        let model = self.model();
        lower(&model, &lowering(self.plan(&model)))
    }
}

const FORMATS: Uniform = Uniform(Format::BF16);

fn lowering(plan: Plan) -> Lowering<'static, Uniform> {
    Lowering {
        rules: &FORMATS,
        cache: Format::BF16,
        state_element_bytes: 4.0,
        plan,
        compute: compute::compute_format,
        hardware: compute::hardware(&hopper()),
    }
}

fn rates(plan: Plan) -> Rates {
    let cluster = Cluster::new(hopper(), 8, 2);
    Rates::new(&cluster, &calibration(), plan.tp(), plan.ep(), plan.pp()).expect("the chip has peaks")
}

fn load() -> Workload {
    Workload::new(1000, 256, 32).expect("a valid load")
}

const LIMITS: Limits = Limits {
    memory_sequences: 256.0,
    max_sequences: 1024.0,
    max_batched_tokens: 8192.0,
    replicas: 1.0,
    per_request: Seconds::ms(30.0),
};

/// A model's formats: done once a model and format.
#[divan::bench(args = SHAPES)]
fn formatted_model(bencher: Bencher, shape: Shape) {
    let model = shape.model();
    bencher.bench_local(|| FormattedModel::new(black_box(&model), &FORMATS));
}

/// The weights of each stage: done once a model, format and layout.
#[divan::bench(args = SHAPES)]
fn stage_weights(bencher: Bencher, shape: Shape) {
    let model = shape.model();
    let plan = shape.plan(&model);
    let formatted = FormattedModel::new(&model, &FORMATS);
    bencher.bench_local(|| plan.weights(black_box(&formatted)));
}

/// The model as operator lines: done once a model, format, layout and kind of hardware.
#[divan::bench(name = "lower", args = SHAPES)]
fn lowering_alone(bencher: Bencher, shape: Shape) {
    let model = shape.model();
    let with = lowering(shape.plan(&model));
    bencher.bench_local(|| lower(black_box(&model), &with));
}

/// Everything of steps that does not depend on the load.
#[divan::bench(args = SHAPES)]
fn step_clock(bencher: Bencher, shape: Shape) {
    let lowered = shape.lowered();
    let rates = rates(lowered.plan);
    bencher.bench_local(|| StepClock::new(black_box(&lowered), &rates));
}

/// One decode step, operator by operator.
#[divan::bench(args = SHAPES)]
fn step(bencher: Bencher, shape: Shape) {
    let lowered = shape.lowered();
    let rates = rates(lowered.plan);
    bencher.bench_local(|| step_time(black_box(&lowered), &rates, &Step::decode(32.0, 1128.0), |_| ()));
}

/// One decode step, added up.
#[divan::bench(args = SHAPES)]
fn summed_step(bencher: Bencher, shape: Shape) {
    let lowered = shape.lowered();
    let clock = StepClock::new(&lowered, &rates(lowered.plan));
    bencher.bench_local(|| clock.steps(black_box(1128.0), 1000.0).time(black_box(32.0), 0.0, 0.0));
}

/// Steady state under one load: its inverse is estimates per second.
#[divan::bench(name = "serve", args = SHAPES)]
fn serving(bencher: Bencher, shape: Shape) {
    let lowered = shape.lowered();
    let rates = rates(lowered.plan);
    let with = Serving { model: &lowered, rates: &rates, limits: LIMITS };
    let load = load();
    bencher
        .counter(divan::counter::ItemsCount::new(1_usize))
        .bench_local(|| serve(black_box(&with), black_box(&load)));
}
