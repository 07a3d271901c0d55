//! What the fit of training efficiencies reads: measured steps beside the jobs that took them.

use slipstick_catalog::{
    Catalog,
    training::{Precision, Work},
};
use slipstick_core::{
    trace::Trace,
    training::{Efficiency, Shape, StepTime, step, used},
    units::{FlopRate, Flops, Seconds},
};

use super::{answer, measured};
use crate::{
    ApiError, World,
    commands::train::{Planned, Trained, convention},
    resolve::Resolver,
    validate::{Cells, Models, table::each_row, table::number},
};

/// One measured step, and the job that took it.
pub struct TrainingCase {
    /// The row.
    pub id: String,
    /// The training software.
    pub stack: String,
    /// The same with its version.
    pub release: String,
    /// The accelerator.
    pub accelerator: String,
    /// The chip family.
    pub family: String,
    /// The width of products.
    pub format: &'static str,
    /// The kind of work.
    pub work: &'static str,
    /// The model, by the shape of its layers: models that differ in name or depth alone are left out together.
    pub model: String,
    /// The measured step.
    pub measured: Seconds,
    /// What the row prints of the work of a token, where it prints rates of work and of tokens.
    pub printed: Option<PrintedWork>,
    planned: Planned,
}

/// The work of a token, as two printed rates say it and as the convention counts it that the row states.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PrintedWork {
    /// The quotient of the rates.
    pub printed: Flops,
    /// The count.
    pub counted: Flops,
    /// What the count leaves out of a table of learned positions, which some softwares count as any parameter.
    pub positions: Flops,
    /// How far the quotient may be off, since both rates are rounded to whole units, that of tokens by some to whole
    /// sequences a second.
    pub rounding: f64,
}

impl TrainingCase {
    /// What the shipped tables say that it reaches.
    pub const fn efficiency(&self) -> &Efficiency {
        &self.planned.efficiency
    }

    /// Tokens that each accelerator works off in a step.
    pub fn tokens_each(&self) -> f64 {
        let job = self.planned.job();
        job.batch.tokens(job.layout.dp) as f64 / job.layout.accelerators() as f64
    }

    /// Its step, if that is reached; none if the accelerator has no peak for the arithmetic.
    pub fn step(&self, efficiency: &Efficiency) -> Option<StepTime> {
        step(&self.planned.job(), &self.planned.cluster, efficiency)
    }
}

/// The steps of a table's usable rows.
///
/// # Errors
/// If the text is no table.
pub fn training_cases(
    csv: &str,
    folders: &[String],
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Vec<TrainingCase>, ApiError> {
    let resolver = Resolver::new(catalog, world);
    let models = Models::new(&resolver, folders);
    let mut found = Vec::new();
    each_row(csv.as_bytes(), |_, cells| {
        if cells.get("usable_time") == "no" || cells.get("usable") == "no" {
            return Ok(());
        }
        if cells.first(&["accelerator_id"]).is_some() && super::says_format(&cells) {
            found.extend(answer(&cells, &models).ok().and_then(|(answered, _)| case(&cells, answered)));
        }
        Ok(())
    })?;
    Ok(found)
}

fn case(cells: &Cells<'_>, answered: Trained) -> Option<TrainingCase> {
    let measured = time(cells, &answered)?;
    let printed = printed(cells, &answered);
    let planned = answered.planned;
    let job = planned.job();
    let work = match (job.recipe.adapter.is_some(), job.shape.experts > 0) {
        (true, _) => Work::Adapters,
        (false, true) => Work::Experts,
        (false, false) => Work::Dense,
    };
    Some(TrainingCase {
        id: cells.get("id").to_owned(),
        stack: planned.software.entry.stack.name.clone(),
        release: planned.release.clone(),
        accelerator: planned.cluster.accelerator.id.clone(),
        family: planned.cluster.accelerator.family.clone(),
        format: Precision::of(job.recipe.compute).name(),
        work: work.name(),
        model: layers(job.shape),
        measured,
        printed,
        planned,
    })
}

/// The shape of layers, in words.
fn layers(shape: &Shape) -> String {
    let inner = shape.blocks.iter().map(|block| block.widest.max(block.routed_products)).max().unwrap_or(0);
    format!("{}x{}x{}x{inner}", shape.hidden, shape.heads, shape.experts)
}

/// The work of a token by the convention that a row states.
fn token(cells: &Cells<'_>, answered: &Trained) -> Option<Flops> {
    let counted = convention(cells.first(&["flop_convention"])?).ok()?;
    Some(used(&answered.planned.job(), answered.peak, Seconds::s(1.0), counted, Trace::off()).token)
}

fn printed(cells: &Cells<'_>, answered: &Trained) -> Option<PrintedWork> {
    let (work, tokens) = (number(cells.get("tflops_per_gpu"))?, number(cells.get("tokens_per_s_per_gpu"))?);
    let job = answered.planned.job();
    let (sequence, all) = (job.batch.sequence as f64, job.layout.accelerators() as f64);
    let sequences = tokens * all / sequence;
    let whole = (sequences - sequences.round()).abs() < 1e-6;
    let unit = if whole { sequence / all } else { 1.0 };
    Some(PrintedWork {
        printed: Flops::count(work * 1e12 / tokens),
        counted: token(cells, answered)?,
        positions: Flops::count(6.0 * sequence * job.shape.hidden as f64),
        rounding: 0.5 / work + 0.5 * unit / tokens,
    })
}

/// The measured step: as it stands, else from tokens a second, else from a rate of work whose convention is stated.
fn time(cells: &Cells<'_>, answered: &Trained) -> Option<Seconds> {
    let own = measured(cells);
    if let Some(time) = own.step_time_s {
        return Some(time.0);
    }
    let job = answered.planned.job();
    let tokens = job.batch.tokens(job.layout.dp) as f64 / job.layout.accelerators() as f64;
    if let Some(rate) = own.tokens_per_s_per_gpu {
        return Some(Seconds::s(tokens / rate.0.get()));
    }
    let rate = number(cells.get("tflops_per_gpu")).map(FlopRate::tflops_per_s);
    let share = own.mfu.map(|share| answered.peak * share);
    Some(token(cells, answered)? * tokens / rate.or(share)?)
}
