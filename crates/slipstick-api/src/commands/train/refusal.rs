//! Why a layout cannot be, and what to type instead.

use slipstick_core::training::{Batch, Job, Layout, LayoutError, Schedule, search::Fixed};

use super::Planned;
use crate::ApiError;

/// Why no layout at all is valid.
pub(super) fn refusal(planned: &Planned) -> ApiError {
    let all = planned.cluster.accelerators();
    let own = |given: Option<u64>| given.unwrap_or(1);
    let Fixed { tp, pp, vpp, cp, ep, etp, dp, micro, .. } = planned.fixed;
    let (tp, pp, cp) = (own(tp), own(pp), own(cp));
    let part = tp.saturating_mul(pp).saturating_mul(cp);
    if part == 0 || !all.is_multiple_of(part) || dp.is_some_and(|dp| dp.saturating_mul(part) != all) {
        let message = dp.map_or_else(
            || format!("tp {tp} x pp {pp} x cp {cp} do not divide {all} accelerators"),
            |dp| format!("tp {tp} x pp {pp} x cp {cp} x dp {dp} are not {all} accelerators"),
        );
        return ApiError::input("train.accelerators", message)
            .at("--on")
            .help("give degrees whose product divides the accelerators, or leave some to be chosen");
    }
    let dp = all / part;
    let micro = own(micro);
    let ranks = dp.saturating_mul(micro);
    if ranks == 0 || !planned.global_batch.is_multiple_of(ranks) {
        let message = format!(
            "{} sequences a step cannot be split between {dp} data-parallel ranks in micro-batches of {micro}",
            planned.global_batch
        );
        return ApiError::input("train.batch", message)
            .at("--global-batch")
            .help(format!("give a multiple of {ranks}"));
    }
    let batch = Batch { sequence: planned.sequence, micro, accumulation: planned.global_batch / ranks };
    let layout = Layout { dp, tp, pp, vpp: own(vpp), cp, ep: own(ep), etp: own(etp) };
    let (recipe, stack) = (&planned.recipes[0], &planned.software.entry.stack);
    let job = Job { shape: &planned.shape, recipe, stack, layout, batch };
    match job.check() {
        Err(error) => ApiError::from(error),
        Ok(()) if !planned.fixed.admits(&layout) => order_refusal(&planned.fixed, recipe.schedule),
        Ok(()) => ApiError::input("train.layout", "no layout of these degrees is valid")
            .at("--on")
            .help("leave some degrees to be chosen"),
    }
}

impl From<LayoutError> for ApiError {
    fn from(error: LayoutError) -> Self {
        let (flag, help) = match error {
            LayoutError::Zero(_) => ("--on", "give degrees from 1"),
            LayoutError::Accelerators { .. } => {
                ("--on", "give degrees whose product divides the accelerators")
            }
            LayoutError::Heads { .. } => ("--tp", "give a divisor of the query heads"),
            LayoutError::Stages { .. } => ("--pp", "give fewer stages or chunks"),
            LayoutError::Rounds { .. } => {
                ("--vpp", "give micro-batches that are a multiple of the stages, or --vpp 1")
            }
            LayoutError::Chunks { .. } => ("--vpp", "leave it out, or say --schedule interleaved"),
            LayoutError::OddStages { .. } => ("--pp", "give an even number of stages"),
            LayoutError::MicroBatches { .. } => {
                ("--schedule", "give fewer --pp or a larger --global-batch, or say --schedule 1f1b")
            }
            LayoutError::Groups { .. } => ("--hsdp", "give a divisor of dp x cp"),
            LayoutError::Sequence { .. } => ("--cp", "give a sequence that is a multiple of twice --cp"),
            LayoutError::NoExperts(_) => ("--ep", "leave it out: the model is dense"),
            LayoutError::Experts { .. } => ("--ep", "give a divisor of the experts"),
            LayoutError::ExpertRanks { .. } => ("--ep", "give ep x etp that divides tp x cp x dp"),
        };
        Self::input("train.layout", error.to_string()).at(flag).help(help)
    }
}

/// Why stages or chunks that an order of micro-batches takes cannot be had.
fn order_refusal(fixed: &Fixed, schedule: Schedule) -> ApiError {
    let (flag, what) = if fixed.least_chunks > 1 {
        ("--schedule", "interleaved stages of at least two chunks".to_owned())
    } else {
        ("--schedule", format!("the stages that {} orders micro-batches between", schedule.name()))
    };
    ApiError::input("train.schedule", format!("no valid layout of these degrees has {what}")).at(flag).help(
        "give more accelerators, a larger --global-batch or fewer fixed degrees, or say --schedule 1f1b",
    )
}
