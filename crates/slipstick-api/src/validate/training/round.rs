//! Rows whose steps draw their own samples: the round that the row is.

use slipstick_catalog::Catalog;
use slipstick_core::units::Seconds;

use super::{answer, request::Asked};
use crate::{
    ApiError, World,
    commands::{
        finetune::round::{Aside, Draw, Passing, Plan, Round, round},
        train::Trained,
    },
    request::{Count, DeploymentRequest, nearest_count},
    resolve::Resolver,
    validate::{
        Cells, Models,
        table::{count, each_row, number},
    },
};

/// Tokens of a prompt of a problem of arithmetic, where a row says none.
const USUAL_PROMPT: u64 = 256;

/// A measured round, and the round that it was.
pub struct RoundCase {
    /// The row.
    pub id: String,
    /// The software.
    pub stack: String,
    /// Its version.
    pub version: String,
    /// The chip family.
    pub family: String,
    /// The model.
    pub model: String,
    /// What the round took.
    pub measured: Seconds,
    round: Round,
}

impl RoundCase {
    /// The round, where drawing samples takes so many times as long as static batches of the engine.
    pub fn time(&self, factor: f64) -> Seconds {
        self.round.drawn_at(factor)
    }
}

/// The rounds of a table's usable rows.
///
/// # Errors
/// If the text is no table.
pub fn round_cases(
    csv: &str,
    folders: &[String],
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Vec<RoundCase>, ApiError> {
    let resolver = Resolver::new(catalog, world);
    let models = Models::new(&resolver, folders);
    let mut found = Vec::new();
    each_row(csv.as_bytes(), |_, cells| {
        let usable = cells.get("usable_time") != "no" && cells.get("usable") != "no";
        if usable && draws(&cells) {
            found.extend(case(&cells, &models));
        }
        Ok(())
    })?;
    Ok(found)
}

fn case(cells: &Cells<'_>, models: &Models<'_>) -> Option<RoundCase> {
    let (trained, round) = answer(cells, models).ok()?;
    Some(RoundCase {
        id: cells.get("id").to_owned(),
        stack: cells.get("stack").to_owned(),
        version: cells.get("stack_version").to_owned(),
        family: trained.planned.cluster.accelerator.family.clone(),
        model: cells.first(&["model_id", "model"]).unwrap_or_default().to_owned(),
        measured: Seconds::s(number(cells.get("iter_time_s"))?),
        round: round?,
    })
}

/// Whether a row's step draws samples.
pub(super) fn draws(cells: &Cells<'_>) -> bool {
    cells.first(&["samples"]).is_some()
}

/// A row's examples are packed: so many whole sequences, in equal shares of the ranks.
pub(super) fn packed(asked: &mut Asked, cells: &Cells<'_>) {
    let (Some(longest), Some(mean)) =
        (count(cells.get("sequence_length")), number(cells.get("mean_sequence")))
    else {
        return;
    };
    let layout = &asked.request.layout;
    let ranks = layout.dp.map_or(1, |ranks| ranks.0).max(1);
    if let Some(batch) = asked.request.batch.global_batch {
        let whole = nearest_count(batch.0 as f64 * mean / longest as f64 / ranks as f64);
        asked.request.batch.global_batch = Some(Count(whole * ranks));
    }
    asked.request.batch.sequence = Some(Count(longest));
    asked.given.uneven = None;
}

/// The round of a row whose update is answered.
///
/// # Errors
/// If the row leaves out what a round needs, or its engine does not start.
pub(super) fn of(cells: &Cells<'_>, trained: &Trained, models: &Models<'_>) -> Result<Round, String> {
    let need = |column: &str| {
        count(cells.get(column)).filter(|count| *count > 0).ok_or_else(|| format!("{column} is not known"))
    };
    let (samples, tp) = (need("samples")?, need("rollout_tp")?);
    let (longest, batch) = (need("sequence_length")?, need("global_batch_size")?);
    let mean = number(cells.get("mean_sequence")).unwrap_or(longest as f64);
    let prompt = count(cells.get("prompt_tokens")).unwrap_or(USUAL_PROMPT.min(longest / 4));
    let apart = count(cells.get("rollout_gpus"));
    let all = apart.unwrap_or_else(|| trained.planned.cluster.accelerators());
    let engine = DeploymentRequest {
        tp: Some(Count(tp)),
        quant: Some(cells.first(&["rollout_format"]).unwrap_or("bf16").to_owned()),
        memory_fraction: number(cells.get("rollout_share")),
        ..DeploymentRequest::new(
            models.argument(cells)?,
            format!("{}:{tp}", trained.planned.cluster.accelerator.id),
        )
    };
    let draw = Draw {
        engine,
        tp,
        engines: (all / tp).max(1),
        samples,
        rounds: count(cells.get("lag_steps")).unwrap_or(1).max(1),
        prompt,
        mean: (mean - prompt as f64).max(1.0),
        longest: longest.saturating_sub(prompt).max(1) as f64,
    };
    let looked = |phase| Passing { phase, ratio: 1.0, is_trained: false };
    let mut passing = vec![looked("log-probabilities of the policy")];
    passing.extend((cells.get("reference") == "yes").then(|| looked("log-probabilities of the reference")));
    let updates = samples as f64 / batch as f64;
    let aside = Aside { states: apart.is_none(), reference: cells.get("reference") == "yes" };
    let plan = Plan { draw: Some(draw), passing, updates, apart: apart.is_some(), aside };
    round(plan, trained, models.resolver()).map_err(|error| error.to_string())
}
