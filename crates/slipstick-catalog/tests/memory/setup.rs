//! Short ways to ask about a model under an engine.

use std::sync::Arc;

use slipstick_catalog::Catalog;
use slipstick_core::{
    deployment::Deployment,
    engine::{Engine, EngineOptions, EngineProfile},
    estimate::memory::{MemoryEstimate, MemoryModel},
    hardware::{Accelerator, Cluster},
    model::{FormattedModel, Model, Uniform},
    numeric::{CacheFormat, Format, GgmlType},
    plan::{Degrees, Plan},
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

    pub(crate) fn deployment(&self, model: &Model) -> Deployment {
        let entry =
            Catalog::shipped().profile(self.engine, self.version).expect("the tests' versions have profiles");
        let (plan, model) = (self.plan(model), Arc::new(model.clone()));
        let plain = deployment(Arc::clone(&model), plan, self.memory, self.device, entry.profile.clone());
        let model = formatted(model, self.weights);
        Deployment { model, cache: self.cache, options: self.options, ..plain }
    }

    pub(crate) fn with<T>(&self, model: &Model, read: impl FnOnce(&MemoryModel) -> T) -> T {
        read(&MemoryModel::new(self.deployment(model)))
    }

    pub(crate) fn estimate(&self, model: &Model, context: u64, sequences: u64) -> MemoryEstimate {
        let workload = Workload::full(context, sequences).expect("the tests' workloads are valid");
        self.with(model, |memory| memory.estimate(&workload))
    }
}

/// A model with all its weights in one format.
fn formatted(model: Arc<Model>, format: Format) -> Arc<FormattedModel> {
    Arc::new(FormattedModel::new(model, &Uniform(format)))
}

/// A model in 16 bits on accelerators of some memory and name, otherwise those of an H100.
pub(crate) fn deployment(
    model: Arc<Model>,
    plan: Plan,
    memory: Bytes,
    device: &str,
    engine: Arc<EngineProfile>,
) -> Deployment {
    let catalog = Catalog::builtin();
    let h100 = &catalog.accelerator("h100").expect("the catalogue has it").accelerator;
    let accelerator = Accelerator { memory, name: device.to_owned(), ..h100.clone() };
    let calibration = catalog.calibration(&accelerator, engine.engine().name(), None);
    let ranks = u32::try_from(plan.accelerators()).expect("the tests' layouts are small");
    Deployment {
        model: formatted(model, Format::BF16),
        plan,
        cache: BF16,
        cluster: Arc::new(Cluster::new(accelerator, ranks, 1)),
        engine,
        options: EngineOptions::default(),
        speculation: None,
        calibration: Arc::new(calibration),
    }
}
