//! From the words of a request to what is trained and how the rest is held.

use slipstick_core::training::{Adapter, FrozenBase, Method, Shape, Targets};

use super::{
    FinetuneRequest,
    algorithm::Algorithm,
    names::{self, USUAL_LAYERS, USUAL_RANK, Way},
};
use crate::{
    ApiError,
    request::Count,
    resolve::{Assumption, Resolver},
};

/// The software that is assumed where nobody names one.
pub(super) const USUAL_STACK: &str = "trl";
/// No linear layer is wider.
const WIDEST: u64 = 1 << 20;

/// What is trained, and what was taken for granted.
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) adapter: Option<Adapter>,
    pub(super) algorithm: Algorithm,
    pub(super) stack: String,
    pub(super) defaults: Vec<Assumption>,
}

/// Reads a request.
///
/// # Errors
/// If a word is not known, or two of them contradict each other.
pub(super) fn asked(request: &FinetuneRequest, resolver: &Resolver<'_>) -> Result<Asked, ApiError> {
    let mut defaults = Vec::new();
    let mut take = |flag, value: &str, why: &str| {
        defaults.push(Assumption { flag, value: value.to_owned(), why: why.to_owned() });
    };
    let method = request.method.clone().unwrap_or_else(|| {
        take("--method", "lora", "the commonest one");
        "lora".to_owned()
    });
    let stack = request.recipe.stack.clone().unwrap_or_else(|| {
        take("--stack", USUAL_STACK, "the commonest one for fine-tuning");
        USUAL_STACK.to_owned()
    });
    let algorithm = Algorithm::of(request.algorithm.as_deref())?;
    contradictions(request, algorithm)?;
    let adapter = match names::method(&method)? {
        Way::Full => {
            alone(request)?;
            None
        }
        Way::Beside(kind, base) => Some(adapter(request, kind, base, &stack, resolver)?),
    };
    if let (None, Some(adapter)) = (&request.rank, adapter.filter(Adapter::is_on_matrices)) {
        take("--rank", &adapter.rank.to_string(), "nothing else was asked for");
    }
    if request.targets.is_none() && adapter.is_some_and(|adapter| adapter.is_on_matrices()) {
        take("--targets", "all-linear", "every linear layer but the head and routed experts");
    }
    Ok(Asked { method, adapter, algorithm, stack, defaults })
}

fn refused(code: &'static str, message: impl Into<String>, at: &'static str, help: &str) -> ApiError {
    ApiError::input(code, message).at(at).help(help)
}

/// What an option that belongs to adapters says where there are none.
fn alone(request: &FinetuneRequest) -> Result<(), ApiError> {
    let own = [
        ("--rank", request.rank.is_some()),
        ("--targets", request.targets.is_some()),
        ("--base-format", request.base_format.is_some()),
        ("--experts-format", request.experts_format.is_some()),
        ("--adapter-dtype", request.adapter_dtype.is_some()),
        ("--dropout", request.dropout.is_some()),
        ("--upcast", request.upcast),
        ("--trained-layers", request.trained_layers.is_some()),
    ];
    match own.into_iter().find(|(_, stated)| *stated) {
        Some((flag, _)) => Err(refused(
            "finetune.method",
            format!("{flag} belongs to frozen weights, and --method full trains all of them"),
            flag,
            "leave it out, or give --method lora, qlora or freeze",
        )),
        None => Ok(()),
    }
}

fn adapter(
    request: &FinetuneRequest,
    kind: Method,
    own: FrozenBase,
    stack: &str,
    resolver: &Resolver<'_>,
) -> Result<Adapter, ApiError> {
    let base = request.base_format.as_deref().map_or(Ok(own), |word| names::base(word, "--base-format"))?;
    if own.is_quantized() && !base.is_quantized() {
        return Err(refused(
            "finetune.base_format",
            "--method qlora holds frozen weights in few bits, and --base-format bf16 does not",
            "--base-format",
            "leave it out, or give --method lora",
        ));
    }
    let experts =
        request.experts_format.as_deref().map_or(Ok(base), |word| names::base(word, "--experts-format"))?;
    let rank = if kind == Method::LastLayers { layers(request, base)? } else { rank(request)? };
    let dropout = dropout(request)?;
    upcast(request, base)?;
    let targets = request.targets.as_deref().map_or(Ok(Targets::ALL_LINEAR), names::targets)?;
    if targets == Targets::NONE {
        let message = "--targets names no linear layer, and nothing would be trained";
        return Err(refused("finetune.targets", message, "--targets", "give names such as all-linear"));
    }
    Ok(Adapter {
        method: kind,
        base,
        experts_base: experts,
        bytes: bytes(request, kind, base, stack, resolver)?,
        upcast: request.upcast,
        dropout: dropout > 0.0,
        ..Adapter::low_rank(rank, targets)
    })
}

/// The share of inputs that is left out.
fn dropout(request: &FinetuneRequest) -> Result<f64, ApiError> {
    let dropout = request.dropout.unwrap_or(0.0);
    if (0.0..1.0).contains(&dropout) {
        return Ok(dropout);
    }
    let message = format!("dropout of {dropout} is no share from 0 to below 1");
    Err(refused("finetune.dropout", message, "--dropout", "give a share such as 0.05"))
}

fn upcast(request: &FinetuneRequest, base: FrozenBase) -> Result<(), ApiError> {
    if request.upcast && !base.is_quantized() {
        return Err(refused(
            "finetune.upcast",
            "--upcast casts what is not quantised, and nothing is",
            "--upcast",
            "leave it out, or give --method qlora",
        ));
    }
    Ok(())
}

/// Bytes of a trained element.
fn bytes(
    request: &FinetuneRequest,
    kind: Method,
    base: FrozenBase,
    stack: &str,
    resolver: &Resolver<'_>,
) -> Result<u64, ApiError> {
    let known = [("fp32", 4), ("bf16", 2)];
    if let Some(word) = request.adapter_dtype.as_deref() {
        let what = "format of adapters";
        return crate::commands::train::named(
            &known,
            word,
            "finetune.adapter_dtype",
            what,
            "--adapter-dtype",
        );
    }
    if kind == Method::LastLayers {
        return Ok(2);
    }
    let name = stack.split('@').next().unwrap_or(stack);
    let entry = resolver.catalog().training_stack(name);
    Ok(entry.map_or(4, |entry| entry.adapter_bytes[usize::from(base.is_quantized())]))
}

fn rank(request: &FinetuneRequest) -> Result<u64, ApiError> {
    if request.trained_layers.is_some() {
        let message = "--trained-layers belongs to --method freeze";
        return Err(refused("finetune.method", message, "--trained-layers", "give --method freeze with it"));
    }
    match request.rank {
        Some(Count(0)) => Err(refused(
            "finetune.rank",
            "adapters of rank 0 have no parameters",
            "--rank",
            "give a rank such as 16",
        )),
        Some(Count(rank)) if rank > WIDEST => Err(refused(
            "finetune.rank",
            format!("adapters of rank {rank} are wider than any linear layer"),
            "--rank",
            "give a rank such as 16",
        )),
        Some(Count(rank)) => Ok(rank),
        None => Ok(USUAL_RANK),
    }
}

/// Layers that are trained whole.
fn layers(request: &FinetuneRequest, base: FrozenBase) -> Result<u64, ApiError> {
    let own = [("--rank", request.rank.is_some()), ("--targets", request.targets.is_some())];
    if let Some((flag, _)) = own.into_iter().find(|(_, stated)| *stated) {
        let message = format!("{flag} belongs to adapters, and --method freeze trains whole layers");
        return Err(refused(
            "finetune.method",
            message,
            flag,
            "leave it out; --trained-layers says how many",
        ));
    }
    if base.is_quantized() {
        let message = "layers that are trained whole cannot be quantised";
        return Err(refused(
            "finetune.base_format",
            message,
            "--base-format",
            "give bf16, or --method qlora",
        ));
    }
    match request.trained_layers {
        Some(Count(0)) => {
            let message = "--trained-layers is 0, and nothing would be trained";
            Err(refused("finetune.trained_layers", message, "--trained-layers", "give a count from 1"))
        }
        Some(Count(count)) => Ok(count),
        None => Ok(USUAL_LAYERS),
    }
}

/// Options of further models where the algorithm has none.
fn contradictions(request: &FinetuneRequest, algorithm: Algorithm) -> Result<(), ApiError> {
    let sampling = [
        ("--engine-share", request.models.engine_share.is_some()),
        ("--sleep", request.models.sleep),
        ("--generations", request.models.generations.is_some()),
        ("--reward-model", request.models.reward_model.is_some()),
        ("--rollout-tp", request.models.rollout_tp.is_some()),
        ("--rollout-on", request.models.rollout_on.is_some()),
        ("--samples", request.models.samples.is_some()),
        ("--prompt-length", request.models.prompt_length.is_some()),
    ];
    let own = sampling.into_iter().find(|(_, stated)| *stated && !algorithm.samples());
    let critic = request.models.critic_model.is_some() && algorithm != Algorithm::Ppo;
    let reference = request.models.reference && !algorithm.compares() && algorithm != Algorithm::Grpo;
    let wrong = own
        .map(|(flag, _)| (flag, "draws samples", "grpo or ppo"))
        .or(critic.then_some(("--critic-model", "has a critic", "ppo")))
        .or(reference.then_some(("--reference", "compares with a model as it was", "dpo or grpo")));
    if let Some((flag, what, which)) = wrong {
        let message = format!("{flag} belongs to an algorithm that {what}, and {} is none", algorithm.name());
        return Err(refused(
            "finetune.algorithm",
            message,
            flag,
            &format!("give --algorithm {which} with it"),
        ));
    }
    engine(request)
}

/// Options of the engine that draws samples.
fn engine(request: &FinetuneRequest) -> Result<(), ApiError> {
    let beside = [
        ("--engine-share", request.models.engine_share.is_some()),
        ("--sleep", request.models.sleep),
        ("--generations", request.models.generations.is_some()),
    ];
    let stated = beside.into_iter().find(|(_, stated)| *stated && request.models.rollout_on.is_some());
    if let Some((flag, _)) = stated {
        let message =
            format!("{flag} is of an engine beside the weights, and --rollout-on puts it elsewhere");
        return Err(refused("finetune.engine", message, flag, "leave one of the two out"));
    }
    let share = request.models.engine_share.unwrap_or(0.3);
    if !(share > 0.0 && share < 1.0) {
        let message = format!("an engine cannot take a share of {share}");
        return Err(refused("finetune.engine_share", message, "--engine-share", "give a share such as 0.3"));
    }
    if request.models.generations == Some(Count(0)) {
        let message = "--generations is 0, and nothing would be sampled";
        return Err(refused("finetune.generations", message, "--generations", "give a count such as 8"));
    }
    Ok(())
}

impl Asked {
    /// Whether adapters and layers suit the model.
    ///
    /// # Errors
    /// If they do not.
    pub(super) fn check(&self, shape: &Shape, request: &FinetuneRequest) -> Result<(), ApiError> {
        let Some(adapter) = self.adapter else { return Ok(()) };
        let depth = shape.layers.len() as u64;
        if !adapter.is_on_matrices() {
            return if adapter.rank > depth {
                let message = format!("{} layers cannot be trained of {depth}", adapter.rank);
                Err(refused("finetune.trained_layers", message, "--trained-layers", "give fewer"))
            } else {
                Ok(())
            };
        }
        if shape.experts == 0 {
            let experts = [
                ("--experts-format", request.experts_format.is_some()),
                ("--targets", adapter.targets == Targets::EXPERTS),
            ];
            if let Some((flag, _)) = experts.into_iter().find(|(_, stated)| *stated) {
                let message = format!("{flag} is about routed experts, and the model has none");
                return Err(refused("finetune.experts", message, flag, "leave it out: the model is dense"));
            }
        }
        if adapter.parameters(shape) == 0 {
            let message = "the model has no linear layer of these names";
            return Err(refused("finetune.targets", message, "--targets", "give all-linear"));
        }
        match narrowest(shape, adapter.targets) {
            Some(width) if adapter.rank > width => {
                let message = format!(
                    "adapters of rank {} are wider than the narrowest linear layer that has one, which is {width}",
                    adapter.rank
                );
                let help = format!("give a rank of at most {width}; 8 to 64 are usual");
                Err(refused("finetune.rank", message, "--rank", &help))
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// Inputs or outputs, whichever are fewer, of the narrowest matrix that has an adapter.
fn narrowest(shape: &Shape, targets: Targets) -> Option<u64> {
    let all = shape.blocks.iter().flat_map(|block| &block.matrices);
    let chosen = all.filter(|matrix| targets.has(Targets::of(matrix.role)));
    chosen.map(|matrix| matrix.rows.min(matrix.cols)).min()
}
