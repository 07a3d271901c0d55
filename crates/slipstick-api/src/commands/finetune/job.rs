//! From a request to a training job: layout, batch, and how states are shared.

use slipstick_core::training::{FrozenBase, holds};

use super::{FinetuneRequest, limits, method::Asked};
use crate::{
    ApiError,
    commands::train::{BatchRequest, Given, LayoutRequest, Planned, RecipeRequest, TrainRequest, plan},
    request::Count,
    resolve::{Assumption, Resolver},
};

/// Micro-batches of a step where nobody says it.
const USUAL_ACCUMULATION: u64 = 8;
/// Tokens of a sequence, and of a micro-batch, beyond which no answer is given.
pub(super) const LONGEST: u64 = 1 << 24;
pub(super) const MOST_TOKENS: u64 = 1 << 34;

/// The job, with the first way to share states under which it fits.
///
/// # Errors
/// If the model, the accelerators or the layout cannot be.
pub(super) fn planned(
    request: &FinetuneRequest,
    asked: &Asked,
    sequence: Option<u64>,
    resolver: &Resolver<'_>,
) -> Result<Planned, ApiError> {
    let all = resolver.cluster(&request.on)?.accelerators();
    let eager = is_eager(asked, resolver);
    if eager {
        whole_matrices(request, asked)?;
    }
    let mut ways = layouts(&request.layout, all, eager).into_iter().peekable();
    loop {
        // The list has one at least, and the last of it is answered whether it fits or not.
        let layout = ways.next().unwrap_or_default();
        let given = Given { adapter: adapter(asked, &layout), ..Given::default() };
        let train = train(request, asked, layout, sequence, all)?;
        let mut planned = plan(&train, given, resolver)?;
        let memory = planned.cluster.accelerator.memory;
        planned.capacity = holds(&planned.software.entry.stack, memory, &planned.meter_fits);
        if limits::fits(&planned, &planned.job()) || ways.peek().is_none() {
            return Ok(with_defaults(planned, request, asked, all, eager));
        }
    }
}

/// Whether the software is an eager framework, which splits no matrix and has no pipeline.
fn is_eager(asked: &Asked, resolver: &Resolver<'_>) -> bool {
    let name = asked.stack.split('@').next().unwrap_or(&asked.stack);
    resolver.catalog().training_stack(name).is_none_or(|entry| entry.stack.eager)
}

fn whole_matrices(request: &FinetuneRequest, asked: &Asked) -> Result<(), ApiError> {
    let layout = &request.layout;
    let own = [("--tp", layout.tp), ("--pp", layout.pp), ("--ep", layout.ep), ("--vpp", layout.vpp)];
    let stated = own.into_iter().find(|(_, degree)| degree.is_some_and(|degree| degree.0 > 1));
    match stated {
        Some((flag, _)) => Err(ApiError::input(
            "finetune.layout",
            format!(
                "fine-tuning under {} is answered with whole matrices, layers and experts, and {flag} splits them",
                asked.stack
            ),
        )
        .at(flag)
        .help("give --fsdp, or --stack nemo or megatron-bridge")),
        None => Ok(()),
    }
}

/// The ways to share states that are tried: what is asked for, else none and then all.
fn layouts(stated: &LayoutRequest, all: u64, eager: bool) -> Vec<LayoutRequest> {
    let one = |degree: Option<Count>| if eager { degree.or(Some(Count(1))) } else { degree };
    let base = LayoutRequest {
        tp: one(stated.tp),
        pp: one(stated.pp),
        vpp: one(stated.vpp),
        cp: one(stated.cp),
        ep: one(stated.ep),
        ..stated.clone()
    };
    if stated.zero.is_some() || stated.fsdp || stated.hsdp.is_some() || !eager {
        return vec![base];
    }
    let whole = LayoutRequest { zero: Some(Count(0)), ..base.clone() };
    if all == 1 { vec![whole] } else { vec![whole, LayoutRequest { fsdp: true, ..base }] }
}

/// Adapters, with the frozen weights shared where that can be: stage 3 of ZeRO leaves quantised weights whole, and nobody
/// splits 8-bit integers.
fn adapter(asked: &Asked, layout: &LayoutRequest) -> Option<slipstick_core::training::Adapter> {
    let by_zero = layout.zero.is_some_and(|stage| stage.0 == 3);
    asked.adapter.map(|adapter| slipstick_core::training::Adapter {
        base_shared: !adapter.base.is_quantized() || (!by_zero && adapter.base != FrozenBase::Int8),
        ..adapter
    })
}

/// The request of training that it is.
fn train(
    request: &FinetuneRequest,
    asked: &Asked,
    layout: LayoutRequest,
    sequence: Option<u64>,
    all: u64,
) -> Result<TrainRequest, ApiError> {
    let recompute = request.recipe.recompute.clone().or_else(|| Some("full".to_owned()));
    Ok(TrainRequest {
        model: request.model.clone(),
        on: request.on.clone(),
        tokens: Some(Count(1)),
        batch: batch(request, asked, &layout, sequence, all)?,
        recipe: RecipeRequest { stack: Some(asked.stack.clone()), recompute, ..request.recipe.clone() },
        layout,
        run: request.run.clone(),
        prices: request.prices.clone(),
        allow_unknown: request.allow_unknown,
        ..TrainRequest::default()
    })
}

/// Ranks that each have micro-batches of their own.
fn replicas(layout: &LayoutRequest, all: u64) -> u64 {
    let one = |degree: Option<Count>| degree.map_or(1, |degree| degree.0);
    let part = one(layout.tp).saturating_mul(one(layout.pp)).saturating_mul(one(layout.cp));
    all.checked_div(part).unwrap_or(1).max(1)
}

/// A count that must not be zero.
fn above_zero(flag: &'static str, count: Option<Count>) -> Result<Option<u64>, ApiError> {
    match count {
        Some(Count(0)) => {
            Err(ApiError::input("train.zero_count", format!("{flag} is 0, and nothing would be trained"))
                .at(flag)
                .help("give a whole count above 0"))
        }
        other => Ok(other.map(|count| count.0)),
    }
}

/// Lengths and batches that somebody may train.
fn bounded(length: u64, micro: u64) -> Result<(), ApiError> {
    if length <= LONGEST && micro.saturating_mul(length) <= MOST_TOKENS {
        return Ok(());
    }
    let (flag, what) = if length > LONGEST { ("--sequence", length) } else { ("--micro-batch", micro) };
    Err(ApiError::input("finetune.sequence", format!("{what} is more than anybody trains at once"))
        .at(flag)
        .help("give fewer: max_sequence_tokens and max_micro_batch say what fits"))
}

fn batch(
    request: &FinetuneRequest,
    asked: &Asked,
    layout: &LayoutRequest,
    sequence: Option<u64>,
    all: u64,
) -> Result<BatchRequest, ApiError> {
    let micro = above_zero("--micro-batch", request.batch.micro_batch)?.unwrap_or(1);
    bounded(request.batch.sequence.map_or(1, |count| count.0), micro)?;
    let ranks = replicas(layout, all);
    let stated = above_zero("--accumulation", request.accumulation)?;
    let global = above_zero("--global-batch", request.batch.global_batch)?;
    let own = micro.saturating_mul(ranks);
    if let (Some(accumulation), Some(global)) = (stated, global)
        && own.saturating_mul(accumulation) != global
    {
        let message = format!(
            "--accumulation {accumulation} x {micro} examples x {ranks} ranks are not {global} examples a step"
        );
        return Err(ApiError::input("finetune.batch", message)
            .at("--accumulation")
            .help("give one of --accumulation and --global-batch"));
    }
    let global = global.unwrap_or_else(|| own.saturating_mul(stated.unwrap_or(USUAL_ACCUMULATION)));
    let each = asked.algorithm.sequences();
    Ok(BatchRequest {
        sequence: sequence.map(Count).or(request.batch.sequence),
        micro_batch: Some(Count(micro.saturating_mul(each))),
        global_batch: Some(Count(global.saturating_mul(each))),
    })
}

/// Says what was chosen.
fn with_defaults(
    mut planned: Planned,
    request: &FinetuneRequest,
    asked: &Asked,
    all: u64,
    eager: bool,
) -> Planned {
    let mut defaults = asked.defaults.clone();
    let mut take = |flag, value: String, why: &str| {
        defaults.push(Assumption { flag, value, why: why.to_owned() });
    };
    if request.batch.micro_batch.is_none() {
        take("--micro-batch", "1".to_owned(), "nothing else was asked for");
    }
    if request.accumulation.is_none() && request.batch.global_batch.is_none() {
        take("--accumulation", USUAL_ACCUMULATION.to_string(), "nothing else was asked for");
    }
    if request.recipe.recompute.is_none() {
        take("--recompute", "full".to_owned(), "gradient checkpointing, the software's habit");
    }
    let open = request.layout.zero.is_none() && !request.layout.fsdp && request.layout.hsdp.is_none();
    if open && all > 1 && eager {
        let shared = super::super::train::zero(planned.job().recipe.sharding);
        let why = if shared == 0 { "it fits with everything on each" } else { "whole copies do not fit" };
        take("--zero", shared.to_string(), why);
    }
    let kept = planned
        .defaults
        .iter()
        .filter(|own| matches!(own.flag, "--sequence" | "--precision" | "--optimizer"));
    defaults.extend(kept.cloned());
    planned.defaults = defaults;
    planned
}
