//! A space of deployments to search: accelerators, layouts, formats of weights and cache, shapes of requests.

use std::sync::Arc;

use slipstick_core::{
    deployment::Deployment,
    engine::{EngineOptions, EngineProfile},
    estimate::answer::Prepared,
    hardware::{Calibration, Cluster},
    model::{
        FormattedModel, Model,
        what_if::{Mix, Quant},
    },
    numeric::{CacheFormat, Format, ScalarFormat},
    plan::{Degrees, Plan},
    units::{Bytes, UsdPerHour},
    workload::Workload,
};

use crate::{
    engine::vllm,
    hardware::{accelerator, calibration},
};

/// Memory in GiB, bandwidth in GB/s, dense bf16 peak in TFLOP/s and dollars an hour of each kind of accelerator.
const ACCELERATORS: [(u64, f64, f64, f64); 8] = [
    (80, 3350.0, 989.4, 2.5),
    (141, 4800.0, 989.4, 3.3),
    (180, 8000.0, 2250.0, 5.5),
    (192, 5300.0, 1307.4, 2.9),
    (80, 2039.0, 312.0, 1.4),
    (48, 864.0, 362.0, 0.9),
    (288, 8000.0, 2500.0, 6.5),
    (288, 8000.0, 2300.0, 5.9),
];

/// How many accelerators there may be.
const COUNTS: [u64; 6] = [1, 2, 4, 8, 16, 32];

/// Requests in flight.
pub(crate) const CONCURRENCIES: [u64; 12] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048];

/// Shapes of requests: chat, summaries, reasoning.
pub(crate) fn shapes() -> [Workload; 3] {
    [(1000, 256), (8000, 500), (2000, 8000)]
        .map(|(input, output)| Workload::new(input, output, 1).expect("a valid shape"))
}

/// Everything that deployments of one model are made of.
pub(crate) struct Space {
    formats: Vec<Arc<FormattedModel>>,
    caches: [CacheFormat; 2],
    clusters: Vec<(Arc<Cluster>, UsdPerHour)>,
    engine: Arc<EngineProfile>,
    calibration: Arc<Calibration>,
    plans: Vec<Plan>,
}

impl Space {
    /// The space of a model.
    pub(crate) fn of(model: Model) -> Self {
        let model = Arc::new(model);
        let quants = [
            Quant::Plain(ScalarFormat::Bf16),
            Quant::Linear(Format::Fp8Block128),
            Quant::Linear(Format::IntGroup { bits: 4, group: 128, zeros: true }),
            Quant::Mix(Mix::Q4KM),
        ];
        let formatted = |quant: Quant| {
            let rules = quant.rules(&model);
            Arc::new(FormattedModel::new(Arc::clone(&model), &rules))
        };
        let clusters = ACCELERATORS.iter().flat_map(|(gib, bandwidth, tflops, usd)| {
            let accelerator = accelerator(Bytes::gib(*gib), *bandwidth, *tflops);
            COUNTS.map(|count| {
                let (per_node, nodes) = if count > 8 { (8, count / 8) } else { (count, 1) };
                let size = |count: u64| u32::try_from(count).expect("few");
                let cluster = Cluster::new(accelerator.clone(), size(per_node), size(nodes));
                (Arc::new(cluster), UsdPerHour::dollars_per_hour(*usd) * count as f64)
            })
        });
        Self {
            formats: quants.into_iter().map(formatted).collect(),
            caches: [Format::BF16, Format::Fp8Tensor].map(CacheFormat::uniform),
            clusters: clusters.collect(),
            engine: Arc::new(vllm()),
            calibration: Arc::new(calibration()),
            plans: COUNTS.into_iter().flat_map(|count| plans(&model, count)).collect(),
        }
    }

    /// Every `step`th deployment, prepared, with what it costs an hour.
    pub(crate) fn visit(&self, step: usize, mut visit: impl FnMut(&Prepared, UsdPerHour)) {
        let mut seen = 0;
        for (cluster, price) in &self.clusters {
            for plan in self.plans.iter().filter(|plan| plan.accelerators() == cluster.accelerators()) {
                for model in &self.formats {
                    for cache in self.caches {
                        seen += 1;
                        if seen % step > 0 {
                            continue;
                        }
                        let deployment = Deployment {
                            model: Arc::clone(model),
                            plan: *plan,
                            cache,
                            cluster: Arc::clone(cluster),
                            engine: Arc::clone(&self.engine),
                            options: EngineOptions::default(),
                            speculation: None,
                            calibration: Arc::clone(&self.calibration),
                        };
                        visit(&Prepared::new(deployment).expect("the parts go together"), *price);
                    }
                }
            }
        }
    }
}

/// All layouts of so many accelerators, experts together or over all ranks of a stage.
fn plans(model: &Model, count: u64) -> Vec<Plan> {
    let divisors = |of: u64| (1..=of).filter(move |degree| of.is_multiple_of(*degree));
    let mut plans = Vec::new();
    for tp in divisors(count) {
        for pp in divisors(count / tp) {
            let dp = count / tp / pp;
            let mut groups = vec![1, tp * dp];
            groups.dedup();
            let degrees = groups.into_iter().map(|ep| Degrees { tp, pp, ep, dp });
            plans.extend(degrees.filter_map(|degrees| Plan::new(degrees, model, count).ok()));
        }
    }
    plans
}
