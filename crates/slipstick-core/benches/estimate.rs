//! How fast the core answers: one estimate and its parts, on one core with recording off.

use core::fmt;
use std::sync::Arc;

use divan::{Bencher, black_box};
use slipstick_core::{
    estimate::{
        compute,
        serving::{Limits, Serving, serve},
        step::{self, Rates, StepClock, step_time},
    },
    hardware::Cluster,
    model::{
        Checkpoint, FormattedModel, Model, Uniform,
        what_if::{Mix, Quant},
    },
    numeric::{Format, Names, QuantScheme},
    ops::{LoweredModel, Lowering, Step, lower},
    plan::{Degrees, Plan},
    trace::Trace,
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

    fn formatted(self) -> FormattedModel {
        FormattedModel::new(Arc::new(self.model()), &Uniform(Format::BF16))
    }

    fn lowered(self) -> LoweredModel {
        let model = self.formatted();
        lower(&model, &lowering(plan(&model)))
    }
}

fn plan(model: &FormattedModel) -> Plan {
    let degrees = Degrees { pp: 2, ..Degrees::tensor(8) };
    Plan::new(degrees, model.model(), degrees.accelerators()).expect("eight ranks suit both shapes")
}

fn lowering(plan: Plan) -> Lowering {
    Lowering {
        cache: Format::BF16,
        state_element_bytes: 4.0,
        plan,
        compute: compute::compute_format,
        hardware: compute::hardware(&hopper()),
        head_kernel: None,
    }
}

fn rates(plan: Plan) -> Rates {
    let cluster = Cluster::new(hopper(), 8, 2);
    Rates::new(&cluster, &calibration(), plan.tp(), plan.ep(), plan.pp()).expect("the chip has peaks")
}

const LIMITS: Limits = Limits {
    memory_sequences: 256.0,
    max_sequences: 1024.0,
    max_batched_tokens: 8192.0,
    divides_prompts: true,
    cached: 0.0,
    replicas: 1.0,
    per_request: Seconds::ms(30.0),
    waited_steps: 0.5,
    held_steps: 0.0,
};

/// A model's formats: done once a model and format.
#[divan::bench(args = SHAPES)]
fn formatted_model(bencher: Bencher, shape: Shape) {
    let model = shape.model();
    bencher.bench_local(|| FormattedModel::new(black_box(&model), &Uniform(Format::BF16)));
}

/// The formats of a checkpoint that spares the router of each layer by its name.
#[divan::bench]
fn formatted_checkpoint(bencher: Bencher) {
    let model = models::deepseek_v3();
    let routers: Vec<String> = (0..61).map(|layer| format!("model.layers.{layer}.mlp.gate")).collect();
    let names = Names::of(routers.iter().map(String::as_str).chain(["lm_head"]));
    let scheme = QuantScheme::linear("fp8", Format::Fp8Block128).keep(names);
    let rules = Checkpoint { scheme: &scheme, plain: Format::BF16 };
    bencher.bench_local(|| FormattedModel::new(black_box(&model), &rules));
}

/// The weights of each stage: done once a model, format and layout.
#[divan::bench(args = SHAPES)]
fn stage_weights(bencher: Bencher, shape: Shape) {
    let model = shape.formatted();
    let plan = plan(&model);
    bencher.bench_local(|| plan.stage_weights(black_box(&model)));
}

/// The weights of 4,096 layers on 2,048 stages, formats of a mixture included.
#[divan::bench]
fn deep_stage_weights(bencher: Bencher) {
    let mut model = models::qwen3_32b();
    model.layers = vec![model.layers[0].clone(); 4096];
    let plan =
        Plan::new(Degrees { pp: 2048, ..Degrees::ONE }, &model, 2048).expect("fewer stages than layers");
    let rules = Quant::Mix(Mix::Q4KM).rules(&model);
    bencher.bench_local(|| plan.stage_weights(&FormattedModel::new(black_box(&model), &rules)));
}

/// The model as operator lines: done once a model, format, layout and kind of hardware.
#[divan::bench(name = "lower", args = SHAPES)]
fn lowering_alone(bencher: Bencher, shape: Shape) {
    let model = shape.formatted();
    let with = lowering(plan(&model));
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
    let shape = step::Shape { context: black_box(1128.0), prompt: 1000.0, ..step::Shape::default() };
    bencher.bench_local(|| clock.steps(&shape).time(black_box(32.0), 0.0, 0.0));
}

/// Steady state under one load: its inverse is estimates per second.
#[divan::bench(name = "serve", args = SHAPES)]
fn serving(bencher: Bencher, shape: Shape) {
    let lowered = shape.lowered();
    let clock = StepClock::new(&lowered, &rates(lowered.plan));
    let with = Serving { clock: &clock, limits: LIMITS, drafting: None, trace: Trace::off() };
    let load = Workload::new(1000, 256, 32).expect("a valid load");
    bencher
        .counter(divan::counter::ItemsCount::new(1_usize))
        .bench_local(|| serve(black_box(&with), black_box(&load)));
}
