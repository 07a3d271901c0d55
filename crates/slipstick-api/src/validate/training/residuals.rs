//! What the fit of training efficiencies reads: measured steps beside the parts of predicted ones.

use slipstick_catalog::{
    Catalog,
    training::{Precision, Work},
};
use slipstick_core::units::Seconds;

use super::{answer, measured};
use crate::{
    ApiError, World,
    commands::train::Trained,
    resolve::Resolver,
    validate::{Cells, Models, table::each_row},
};

/// One measured step, and what was predicted of it without any fit.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingResidual {
    /// The row.
    pub id: String,
    /// The training software.
    pub stack: String,
    /// The chip family.
    pub family: String,
    /// The width of products.
    pub format: &'static str,
    /// The kind of work.
    pub work: &'static str,
    /// The model.
    pub model: String,
    /// The measured step.
    pub measured: Seconds,
    /// What grows with the time of computation.
    pub scales: Seconds,
    /// The rest.
    pub rest: Seconds,
}

/// The residuals of a table's usable rows.
///
/// # Errors
/// If the text is no table.
pub fn training_residuals(
    csv: &str,
    folders: &[String],
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Vec<TrainingResidual>, ApiError> {
    let resolver = Resolver::new(catalog, world);
    let models = Models::new(&resolver, folders);
    let mut found = Vec::new();
    each_row(csv.as_bytes(), |_, cells| {
        if cells.get("usable_time") == "no" || cells.get("usable") == "no" {
            return Ok(());
        }
        if cells.first(&["accelerator_id"]).is_some() {
            found.extend(answer(&cells, &models).ok().and_then(|answered| residual(&cells, &answered)));
        }
        Ok(())
    })?;
    Ok(found)
}

fn residual(cells: &Cells<'_>, answered: &Trained) -> Option<TrainingResidual> {
    let own = measured(cells);
    let job = answered.planned.job();
    let tokens = job.batch.tokens(job.layout.dp) as f64 / job.layout.accelerators() as f64;
    let by_rate = own.tokens_per_s_per_gpu.map(|rate| Seconds::s(tokens / rate.0.get()));
    let factor = answered.planned.efficiency.factor;
    let scales = (answered.step.compute() + answered.step.bubble + answered.step.optimizer) / factor;
    let work = match (job.recipe.adapter.is_some(), job.shape.experts > 0) {
        (true, _) => Work::Adapters,
        (false, true) => Work::Experts,
        (false, false) => Work::Dense,
    };
    Some(TrainingResidual {
        id: cells.get("id").to_owned(),
        stack: answered.planned.software.entry.stack.name.clone(),
        family: answered.planned.cluster.accelerator.family.clone(),
        format: Precision::of(job.recipe.compute).name(),
        work: work.name(),
        model: cells.first(&["model_id", "model"]).unwrap_or_default().to_owned(),
        measured: own.step_time_s.map(|time| time.0).or(by_rate)?,
        rest: answered.step.total() - scales * factor,
        scales,
    })
}
