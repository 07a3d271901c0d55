//! How fast questions about memory are answered, under the shipped rules of every engine.

use divan::{AllocProfiler, Bencher, black_box};
use slipstick_catalog::Catalog;
use slipstick_core::{
    engine::{Engine, EngineOptions},
    estimate::memory::{Deployment, MemoryModel},
    model::{Model, Uniform},
    numeric::{CacheFormat, Format},
    plan::{Degrees, Plan, StageWeights},
    units::Bytes,
    workload::Workload,
};

#[path = "../../slipstick-core/tests/deployment/models.rs"]
#[expect(dead_code, reason = "the tests know more models")]
mod models;

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// A model, how it is laid out, and what each stage holds.
struct Laid {
    model: Model,
    plan: Plan,
    weights: Vec<StageWeights>,
    options: EngineOptions,
}

impl Laid {
    fn new(model: Model, pp: u64) -> Self {
        let degrees = Degrees { tp: 8, pp, ..Degrees::ONE };
        let plan = Plan::new(degrees, &model, degrees.accelerators()).expect("eight divide the heads");
        let weights = plan.stage_weights(&model, &Uniform(Format::BF16));
        Self { model, plan, weights, options: EngineOptions::default() }
    }

    fn memory(&self, engine: Engine) -> MemoryModel<'_> {
        MemoryModel::new(Deployment {
            model: &self.model,
            weights: &self.weights,
            plan: self.plan,
            cache: CacheFormat::uniform(Format::BF16),
            memory: Bytes::gib(141 * 2),
            device: "NVIDIA H200",
            profile: &Catalog::shipped().latest_profile(engine).profile,
            options: &self.options,
        })
    }
}

fn ask<T>(bencher: Bencher<'_, '_>, engine: Engine, read: impl Fn(&MemoryModel<'_>, &Workload) -> T + Sync) {
    let laid = Laid::new(models::deepseek_v3(), 1);
    let memory = laid.memory(engine);
    let workload = Workload::new(4000, 500, 64).expect("a workload");
    bencher.bench_local(|| read(black_box(&memory), &workload));
}

#[divan::bench(args = Engine::ALL)]
fn fits(bencher: Bencher<'_, '_>, engine: Engine) {
    ask(bencher, engine, |memory, load| memory.fits(black_box(load)));
}

#[divan::bench(args = Engine::ALL)]
fn max_concurrency(bencher: Bencher<'_, '_>, engine: Engine) {
    ask(bencher, engine, |memory, load| memory.max_concurrency(black_box(load)));
}

#[divan::bench(args = Engine::ALL)]
fn max_context(bencher: Bencher<'_, '_>, engine: Engine) {
    ask(bencher, engine, |memory, load| memory.max_context(black_box(load)));
}

#[divan::bench(args = Engine::ALL)]
fn estimate(bencher: Bencher<'_, '_>, engine: Engine) {
    ask(bencher, engine, |memory, load| memory.estimate(black_box(load)));
}

#[divan::bench(args = [1, 2, 61])]
fn prepare(bencher: Bencher<'_, '_>, stages: u64) {
    let laid = Laid::new(models::deepseek_v3(), stages);
    bencher.bench_local(|| laid.memory(black_box(Engine::Vllm)).batch_limits());
}

#[divan::bench]
fn prepare_llama(bencher: Bencher<'_, '_>) {
    let laid = Laid::new(models::llama_70b(), 1);
    bencher.bench_local(|| laid.memory(black_box(Engine::Vllm)).batch_limits());
}
