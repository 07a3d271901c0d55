//! Short ways to ask about a model under an engine.

use slipstick_catalog::Catalog;
use slipstick_core::{
    engine::{Engine, EngineOptions},
    estimate::memory::{Deployment, MemoryEstimate, MemoryModel},
    model::{Model, Uniform},
    numeric::{CacheFormat, Format, GgmlType},
    plan::{Degrees, Plan, StageWeights},
    units::Bytes,
    workload::Workload,
};

pub(crate) const BF16: CacheFormat = CacheFormat::uniform(Format::BF16);
pub(crate) const F16: CacheFormat = CacheFormat::uniform(Format::FP16);
pub(crate) const FP8: CacheFormat =
    CacheFormat::uniform(Format::Plain(slipstick_core::numeric::ScalarFormat::Fp8E4m3));
pub(crate) const Q8_0: CacheFormat = CacheFormat::uniform(Format::Ggml(GgmlType::Q8_0));
pub(crate) const INT8_HEADS: CacheFormat = CacheFormat {
    key: Format::Plain(slipstick_core::numeric::ScalarFormat::Int8),
    value: Format::Plain(slipstick_core::numeric::ScalarFormat::Int8),
    head_scale_bytes: 4,
};

/// A question with the usual answers filled in.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) engine: Engine,
    pub(crate) version: &'static str,
    pub(crate) cache: CacheFormat,
    pub(crate) degrees: Degrees,
    pub(crate) memory: Bytes,
    pub(crate) device: &'static str,
    pub(crate) weights: Format,
    pub(crate) options: EngineOptions,
}

impl Ask {
    pub(crate) fn of(engine: Engine, version: &'static str) -> Self {
        Self {
            engine,
            version,
            cache: BF16,
            degrees: Degrees::ONE,
            memory: Bytes::gib(80),
            device: "",
            weights: Format::BF16,
            options: EngineOptions::default(),
        }
    }

    pub(crate) fn plan(&self, model: &Model) -> Plan {
        Plan::new(self.degrees, model, self.degrees.accelerators()).expect("the tests' layouts are valid")
    }

    pub(crate) fn with<T>(&self, model: &Model, read: impl FnOnce(&MemoryModel<'_>) -> T) -> T {
        let plan = self.plan(model);
        let weights: Vec<StageWeights> = plan.stage_weights(model, &Uniform(self.weights));
        let catalog = Catalog::builtin();
        let entry = catalog.profile(self.engine, self.version).expect("the tests' versions have profiles");
        read(&MemoryModel::new(Deployment {
            model,
            weights: &weights,
            plan,
            cache: self.cache,
            memory: self.memory,
            device: self.device,
            profile: &entry.profile,
            options: &self.options,
        }))
    }

    pub(crate) fn estimate(&self, model: &Model, context: u64, sequences: u64) -> MemoryEstimate {
        let workload = Workload::full(context, sequences).expect("the tests' workloads are valid");
        self.with(model, |memory| memory.estimate(&workload))
    }
}
