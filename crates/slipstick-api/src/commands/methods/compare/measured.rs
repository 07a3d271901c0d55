//! What was measured of a resolved, or of one near it.

use slipstick_catalog::{
    Catalog,
    measured::{MeasuredRun, Wanted, nearest},
};
use slipstick_methods::Common;

use crate::commands::estimate::EstimateAnswer;

/// A run this near is the resolved itself: lengths within a tenth, everything else equal.
const SAME: f64 = 0.3;

/// The nearest measured run.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Measured {
    pub(super) run: Option<&'static MeasuredRun>,
    pub(super) is_same: bool,
}

impl Measured {
    pub(super) fn of(a: &EstimateAnswer, catalog: &Catalog) -> Self {
        let resolved = &a.memory.resolved;
        let workload = &a.memory.workload;
        let models = catalog.models();
        let Some(model) = models.iter().find(|entry| entry.name == resolved.model.name) else {
            return Self { run: None, is_same: false };
        };
        let found = nearest(&Wanted {
            model: &model.id,
            accelerator: &resolved.cluster().accelerator.id,
            count: resolved.cluster().accelerators(),
            engine: resolved.engine_name(),
            weights: &resolved.formats_name,
            input: workload.input(),
            output: workload.output(),
            concurrency: workload.concurrency(),
        });
        Self { run: found.map(|(run, _)| run), is_same: found.is_some_and(|(_, distance)| distance < SAME) }
    }

    /// The measured value of a quantity, if the resolved itself was measured.
    pub(super) fn value(&self, common: Common) -> Option<f64> {
        let run = self.run.filter(|_| self.is_same)?;
        match common {
            Common::DecodeSecondsPerToken => Some(run.tpot.get()),
            Common::TokensPerSecond => run.output_rate,
            Common::Parameters
            | Common::WeightsBytes
            | Common::KvCacheBytes
            | Common::ActivationBytes
            | Common::TotalMemoryBytes
            | Common::PrefillSeconds
            | Common::FlopsPerToken
            | Common::MaxConcurrency
            | Common::TrainingActivationBytes
            | Common::TrainingMemoryBytes
            | Common::TrainingFlopsPerToken
            | Common::UsdPerMillionInput
            | Common::UsdPerMillionOutput => None,
        }
    }

    /// The run in a sentence.
    pub(super) fn sentence(&self) -> String {
        let Some(run) = self.run else {
            return "the catalogue has no measured run of this model on this accelerator".to_owned();
        };
        let place = if self.is_same { "measured" } else { "not measured; the nearest measured run is" };
        let rate = run.output_rate.map(|rate| format!(", {rate:.0} output tokens/s")).unwrap_or_default();
        format!(
            "{place} {} in {} on {} x {}, {}, {} tokens in and {} out, {} at once: first token after {}, then \
             one every {}{rate} ({}, {})",
            run.model,
            run.weights,
            run.count,
            run.accelerator,
            format!("{} {}", run.engine, run.version).trim_end(),
            run.input,
            run.output,
            run.concurrency,
            run.ttft,
            run.tpot,
            run.source,
            run.as_of.as_str(),
        )
    }
}
