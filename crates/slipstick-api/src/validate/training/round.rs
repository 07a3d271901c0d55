//! Rows whose steps draw their own samples: the round that the row is.

use super::request::Asked;
use crate::{
    commands::{
        finetune::round::{Draw, Passing, Plan, Round, round},
        train::Trained,
    },
    request::{Count, DeploymentRequest, nearest_count},
    validate::{
        Cells, Models,
        table::{count, number},
    },
};

/// Tokens of a prompt of a problem of arithmetic, where a row says none.
const USUAL_PROMPT: u64 = 256;

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
        prompt,
        mean: (mean - prompt as f64).max(1.0),
        longest: longest.saturating_sub(prompt).max(1) as f64,
    };
    let looked = |phase| Passing { phase, ratio: 1.0, is_trained: false };
    let mut passing = vec![looked("log-probabilities of the policy")];
    passing.extend((cells.get("reference") == "yes").then(|| looked("log-probabilities of the reference")));
    let updates = samples as f64 / batch as f64;
    let plan = Plan { draw: Some(draw), passing, updates, apart: apart.is_some() };
    round(plan, trained, models.resolver()).map_err(|error| error.to_string())
}
