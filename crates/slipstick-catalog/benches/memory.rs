//! How fast questions about memory are answered, under the shipped rules of every engine.

use std::sync::Arc;

use divan::{AllocProfiler, Bencher, black_box};
use slipstick_catalog::Catalog;
use slipstick_core::{
    deployment::Deployment,
    engine::{Engine, EngineOptions},
    estimate::memory::MemoryModel,
    hardware::{Accelerator, Cluster},
    model::{FormattedModel, Model, Uniform},
    numeric::{CacheFormat, Format},
    plan::{Degrees, Plan},
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

/// A model, and how it is laid out.
struct Laid {
    model: Arc<FormattedModel>,
    plan: Plan,
}

impl Laid {
    fn new(model: Model, pp: u64) -> Self {
        let degrees = Degrees { tp: 8, pp, ..Degrees::ONE };
        let plan = Plan::new(degrees, &model, degrees.accelerators()).expect("eight divide the heads");
        let model = FormattedModel::new(Arc::new(model), &Uniform(Format::BF16));
        Self { model: Arc::new(model), plan }
    }

    fn deployment(&self, engine: Engine) -> Deployment {
        let catalog = Catalog::builtin();
        let h200 = &catalog.accelerator("h200").expect("the catalogue has it").accelerator;
        let accelerator = Accelerator { memory: Bytes::gib(141 * 2), ..h200.clone() };
        Deployment {
            model: Arc::clone(&self.model),
            plan: self.plan,
            cache: CacheFormat::uniform(Format::BF16),
            speculation: None,
            calibration: Arc::new(catalog.calibration(&accelerator, engine.name(), None)),
            cluster: Arc::new(Cluster::new(accelerator, 8, 1)),
            engine: Arc::clone(&catalog.latest_profile(engine).profile),
            options: EngineOptions::default(),
        }
    }

    fn memory(&self, engine: Engine) -> MemoryModel {
        MemoryModel::new(self.deployment(engine))
    }
}

fn ask<T>(bencher: Bencher<'_, '_>, engine: Engine, read: impl Fn(&MemoryModel, &Workload) -> T + Sync) {
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
    let deployment = laid.deployment(Engine::Vllm);
    bencher.bench_local(|| MemoryModel::new(black_box(deployment.clone())).batch_limits());
}

#[divan::bench]
fn prepare_llama(bencher: Bencher<'_, '_>) {
    let laid = Laid::new(models::llama_70b(), 1);
    let deployment = laid.deployment(Engine::Vllm);
    bencher.bench_local(|| MemoryModel::new(black_box(deployment.clone())).batch_limits());
}
