//! `slipstick methods compare`: one case through every method and through the estimate, with what was measured.

mod measured;
mod ours;
mod report;
mod verdict;
mod view;

pub use report::{
    CauseReport, DisagreementReport, MeasuredOn, MeasuredReport, MethodsCase, MethodsCompareReport,
    MethodsWorkload, OursReport, QuantityComparison, TheirsReport,
};

use slipstick_catalog::Catalog;
use slipstick_core::{
    estimate::{answer::dominant_format, compute},
    units::UsdPerHour,
};
use slipstick_methods::{Case, Common, Figure, Shape, figures};

use crate::{
    Answered, ApiError, World,
    commands::estimate::{self, EstimateAnswer},
    request::EstimateRequest,
    resolve::Resolver,
};
use measured::Measured;
use ours::Ours;
use verdict::Disagreement;

/// Everything a comparison shows.
struct Comparison {
    answer: EstimateAnswer,
    case: Case,
    ours: Vec<(Common, Ours)>,
    figures: Vec<Figure>,
    measured: Measured,
    disagreements: Vec<Disagreement>,
}

/// one case through every method and ours.
///
/// # Errors
/// If anything the request names is unknown, or its parts contradict each other.
pub fn compare(
    request: &EstimateRequest,
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Answered<MethodsCompareReport>, ApiError> {
    let answer = estimate::answer(request, &Resolver::new(catalog, world), false)?;
    let case = case(&answer)?;
    let ours: Vec<(Common, Ours)> =
        Common::ALL.iter().map(|common| (*common, ours::of(*common, &answer, catalog))).collect();
    let figures = figures(&case);
    let disagreements = verdict::disagreements(&figures, &ours);
    let measured = Measured::of(&answer, catalog);
    let comparison = Comparison { answer, case, ours, figures, measured, disagreements };
    Ok(Answered::new(MethodsCompareReport::of(&comparison), view::view(&comparison)))
}

/// The question in the terms that the methods share.
fn case(a: &EstimateAnswer) -> Result<Case, ApiError> {
    let with = &a.memory.resolved;
    let model = &with.model.model;
    let shape = Shape::of(model);
    let counts = model.parameters();
    let accelerator = &with.cluster().accelerator;
    let format = dominant_format(with.lowered());
    let peak = compute::peak(accelerator, format).ok_or_else(|| {
        ApiError::input("gpu.no_peak", format!("{} states no rate to compute at", accelerator.id))
            .at("--on")
            .help("describe it in a .toml file with its bf16, fp16 or fp32 peak")
    })?;
    let weights = with.deployment().model.weight_bytes().as_f64();
    Ok(Case {
        parameters: counts.total,
        active_parameters: counts.active,
        layers: model.layers.len() as u64,
        hidden: model.hidden,
        ffn: shape.ffn,
        ffn_matrices: shape.ffn_matrices,
        heads: shape.heads,
        kv_heads: shape.kv_heads,
        head_dim: shape.head_dim,
        vocab: model.vocab,
        bytes_per_weight: nominal(weights / counts.total.max(1) as f64),
        bytes_per_kv: nominal(with.cache().key.layout().bits_per_value() / 8.0),
        context: a.memory.workload.context(),
        concurrency: a.memory.workload.concurrency(),
        input_tokens: a.memory.workload.input(),
        output_tokens: a.memory.workload.output(),
        accelerators: with.cluster().accelerators(),
        peak,
        bandwidth: accelerator.memory_bandwidth,
        memory: accelerator.memory,
        price: a.price.as_ref().map(|price| UsdPerHour::dollars_per_hour(price.hourly.get())),
    })
}

/// The width that a person would state: scales and what is left in 16 bits do not make fp8 another format.
fn nominal(bytes: f64) -> f64 {
    let widths = [4.0, 2.0, 1.0, 0.5];
    widths.into_iter().find(|width| (0.98..1.25).contains(&(bytes / width))).unwrap_or(bytes)
}

impl Comparison {
    fn figure(&self, common: Common, method: &str) -> Option<&Figure> {
        self.figures.iter().find(|figure| figure.common == common && figure.method == method)
    }
}
