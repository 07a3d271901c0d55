//! What contradicts itself, the model, the accelerator or the software is refused before anything is computed.

use slipstick_catalog::training::{Split, StackLimits, stack_limits};
use slipstick_core::{
    hardware::Accelerator,
    numeric::ScalarFormat,
    training::{Parts, Recipe, Recompute, Schedule, Shape, Sharding, Stack, search::Fixed},
};

use super::{LayoutRequest, RecipeRequest, names, report, software::Software};
use crate::ApiError;

/// More tokens than this are no sequence and no micro-batch.
const MOST_TOKENS: u64 = 1 << 30;

/// The order of micro-batches, and whether it asks for several chunks a stage.
pub(super) fn schedule(layout: &LayoutRequest) -> Result<(Schedule, bool), ApiError> {
    let word = layout.schedule.as_deref();
    word.map_or(Ok((Schedule::OneForwardOneBackward, false)), names::schedule)
}

/// Holds stages and chunks to what the order of micro-batches takes.
pub(super) fn order(layout: &LayoutRequest, fixed: &mut Fixed) -> Result<(), ApiError> {
    let Some(word) = layout.schedule.as_deref() else { return Ok(()) };
    let (schedule, interleaved) = schedule(layout)?;
    let refused = |at: &'static str, message: String, help: &str| {
        Err(ApiError::input("train.schedule", message).at(at).help(help))
    };
    let is_usual = schedule == Schedule::OneForwardOneBackward && !interleaved;
    if !is_usual && fixed.pp == Some(1) {
        let message = format!("{word} orders micro-batches between stages, and --pp 1 leaves one");
        return refused("--schedule", message, "give --pp 2 or more, or leave --schedule out");
    }
    if interleaved {
        if fixed.vpp.is_some_and(|vpp| vpp < 2) {
            let message = "interleaved stages have at least two chunks each".to_owned();
            return refused("--vpp", message, "give --vpp 2 or more, or --schedule 1f1b");
        }
        (fixed.least_stages, fixed.least_chunks) = (2, 2);
        return Ok(());
    }
    if let Some(vpp) = fixed.vpp.filter(|vpp| *vpp > 1) {
        let message = format!("{word} has one chunk a stage or places chunks itself, and --vpp is {vpp}");
        return refused("--vpp", message, "leave --vpp out, or say --schedule interleaved");
    }
    fixed.vpp = Some(1);
    if !is_usual {
        fixed.least_stages = 2;
    }
    Ok(())
}

/// Refuses what the software cannot do, and leaves it out of the search.
pub(super) fn within(
    software: &Software,
    layout: &LayoutRequest,
    recipe: &Recipe,
    fixed: &mut Fixed,
) -> Result<(), ApiError> {
    let name = &software.entry.stack.name;
    let Some((_, limits)) = stack_limits().find(|(known, _)| known.eq_ignore_ascii_case(name)) else {
        return Ok(());
    };
    let degrees = [
        ("--tp", Split::Tensor, &mut fixed.tp),
        ("--pp", Split::Pipeline, &mut fixed.pp),
        ("--cp", Split::Context, &mut fixed.cp),
        ("--ep", Split::Expert, &mut fixed.ep),
    ];
    for (at, split, degree) in degrees {
        if !limits.splits(split) {
            if degree.is_some_and(|degree| degree > 1) {
                return Err(cannot(name, split, at));
            }
            *degree = Some(1);
        }
    }
    if !limits.splits(Split::Pipeline) && fixed.least_stages > 1 {
        return Err(cannot(name, Split::Pipeline, "--schedule"));
    }
    shared(name, &limits, layout, recipe, fixed)
}

/// A software that does not split what it is asked to, and those that do.
fn cannot(name: &str, split: Split, at: &'static str) -> ApiError {
    let what = match split {
        Split::Tensor => "matrices",
        Split::Pipeline => "layers into stages",
        Split::Context => "sequences",
        Split::Expert => "experts",
    };
    let others = stack_limits().filter(|(_, limits)| limits.splits(split)).map(|(name, _)| name);
    let others: Vec<&str> = others.take(4).collect();
    ApiError::input("train.software", format!("{name} does not split {what}"))
        .at(at)
        .help(format!("leave {at} out, or name a software that does with --stack: {}", others.join(", ")))
}

/// The same of what ranks share.
fn shared(
    name: &str,
    limits: &StackLimits,
    layout: &LayoutRequest,
    recipe: &Recipe,
    fixed: &mut Fixed,
) -> Result<(), ApiError> {
    let stage = report::zero(recipe.sharding);
    let at = if layout.hsdp.is_some() {
        "--hsdp"
    } else if layout.fsdp {
        "--fsdp"
    } else {
        "--zero"
    };
    let known = |pipelined: bool| {
        let list: Vec<String> = limits.stages(pipelined).map(|stage| stage.to_string()).collect();
        format!("give --zero {}", list.join(" or "))
    };
    if !limits.shares(stage, false) {
        let message = format!("{name} has no stage {stage} of sharing states");
        return Err(ApiError::input("train.sharding", message).at(at).help(known(false)));
    }
    if limits.splits(Split::Pipeline) && !limits.shares(stage, true) {
        if fixed.pp.is_some_and(|pp| pp > 1) || fixed.least_stages > 1 {
            let message =
                format!("{name} has no stage {stage} of sharing states between stages of a pipeline");
            let help = format!("{} with --pp, or --pp 1", known(true));
            return Err(ApiError::input("train.sharding", message).at(at).help(help));
        }
        fixed.pp = Some(1);
    }
    Ok(())
}

/// Refuses settings that the model or another setting leaves without a meaning.
pub(super) fn recipe(
    request: &RecipeRequest,
    recipe: &Recipe,
    shape: &Shape,
    stack: &Stack,
) -> Result<(), ApiError> {
    if request.imbalance.is_some() && shape.experts == 0 {
        return Err(ApiError::input("train.imbalance", "the model has no experts whose load could differ")
            .at("--imbalance")
            .help("leave it out"));
    }
    let narrow = request.gradients.is_some() && recipe.gradient_bytes < 4.0;
    if narrow && recipe.master && !stack.master_apart && recipe.sharding == Sharding::Weights {
        let message = "shared weights are fp32 and their own master copy, and so are their gradients";
        return Err(ApiError::input("train.gradients", message)
            .at("--gradients")
            .help("give --gradients fp32, --master none or --zero 2"));
    }
    if request.recompute.is_some() {
        repeated(recipe, shape)?;
    }
    Ok(())
}

/// Whether heads' queries, keys and values are made of latent ones.
pub(super) fn is_latent(shape: &Shape) -> bool {
    shape.layers().any(|block| block.kept(Parts::LATENT_UP) != block.kept(Parts::NONE))
}

/// Refuses recomputation of what is not there.
fn repeated(recipe: &Recipe, shape: &Shape) -> Result<(), ApiError> {
    let refused = |message: String, help: &str| {
        Err(ApiError::input("train.recompute", message).at("--recompute").help(help))
    };
    let layers = shape.layers.len() as u64;
    match recipe.recompute {
        Recompute::Block(0) => return refused("no layer is computed again".to_owned(), "say none instead"),
        Recompute::Block(count) if count > layers => {
            return refused(
                format!("a stage has at most {layers} layers, and not {count}"),
                "say full instead",
            );
        }
        Recompute::Selective(parts) => {
            for (part, is_there, what) in [
                (Parts::LATENT_UP, is_latent(shape), "latent attention"),
                (Parts::EXPERTS, shape.experts > 0, "experts"),
            ] {
                if parts.has(part) && !is_there {
                    return refused(
                        format!("the model has no {what} to compute again"),
                        "leave that part out, such as --recompute norms,activation",
                    );
                }
            }
        }
        Recompute::None | Recompute::Block(_) | Recompute::Full => {}
    }
    let whole = matches!(recipe.recompute, Recompute::Block(_) | Recompute::Full);
    if recipe.offload.activations && !whole {
        return Err(ApiError::input(
            "train.offload",
            "what is offloaded of activations are the inputs of layers that are computed again",
        )
        .at("--offload")
        .help("give --recompute full or block:N, or leave activations out"));
    }
    Ok(())
}

/// Refuses products in a format that the accelerator does not multiply.
pub(super) fn arithmetic(
    request: &RecipeRequest,
    recipe: &Recipe,
    accelerator: &Accelerator,
) -> Result<(), ApiError> {
    let Some(word) = request.precision.as_deref() else { return Ok(()) };
    let peaks = &accelerator.peaks;
    let can = match recipe.compute {
        ScalarFormat::Fp32 => peaks.fp32.or(peaks.tf32).is_some(),
        format => peaks.of(format).is_some(),
    };
    if can {
        return Ok(());
    }
    let all = [
        ("bf16", peaks.bf16),
        ("fp16", peaks.fp16),
        ("fp8", peaks.fp8),
        ("nvfp4", peaks.fp4),
        ("tf32", peaks.tf32),
        ("fp32", peaks.fp32),
    ];
    let known: Vec<&str> = all.into_iter().filter(|(_, peak)| peak.is_some()).map(|(name, _)| name).collect();
    Err(ApiError::input("train.no_arithmetic", format!("{} has no {word} arithmetic", accelerator.name))
        .at("--precision")
        .help(format!("give one that it has: {}", known.join(", "))))
}

/// Refuses sequences and micro-batches beyond all measure, whose bytes could not be counted.
pub(super) fn size(sequence: u64, fixed: &Fixed) -> Result<(), ApiError> {
    let micro = fixed.micro.unwrap_or(1);
    if sequence.saturating_mul(micro) <= MOST_TOKENS {
        return Ok(());
    }
    let at = if micro > 1 { "--micro-batch" } else { "--sequence" };
    let message = format!("a micro-batch of {micro} sequences of {sequence} tokens is beyond all measure");
    Err(ApiError::input("train.too_long", message)
        .at(at)
        .help(format!("give at most {MOST_TOKENS} tokens a micro-batch")))
}
