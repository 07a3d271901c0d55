//! Arguments of Megatron-LM, also as the YAML of `--yaml-cfg` and of Megatron-Bridge's recipes, whose keys are the same words
//! with underscores, under headings of their own.

use super::{
    LaunchFile, Stated,
    rules::{Rule, Rules, whole},
    text::{Scalar, Setting},
};

/// Words that only Megatron's files have.
const SIGNS: [&str; 2] = ["tensor_model_parallel_size", "pipeline_model_parallel_size"];

/// The last word of a key, which may be written as the argument it is.
fn word(key: &str) -> String {
    let last = key.rsplit('.').next().unwrap_or(key);
    last.trim_start_matches("--").replace('-', "_")
}

/// Whether settings are those of a YAML file, or of arguments by the same names.
pub(super) fn is_yaml(settings: &[Setting]) -> bool {
    settings.iter().any(|setting| SIGNS.contains(&word(&setting.key).as_str()))
}

/// Whether they are what Megatron-Bridge's recipes are told otherwise, heading by heading.
pub(super) fn is_bridge(settings: &[Setting]) -> bool {
    let below = |start: &str| settings.iter().any(|setting| setting.key.starts_with(start));
    is_yaml(settings) && below("model.") && (below("train.") || below("ddp.") || below("mixed_precision"))
}

/// The settings of a YAML file as arguments: an argument that is null is not given.
pub(super) fn arguments(settings: &[Setting]) -> Vec<Setting> {
    let given = settings.iter().filter(|setting| setting.value != Scalar::Nothing);
    given
        .map(|Setting { key, value }| Setting { key: word(key).replace('_', "-"), value: value.clone() })
        .collect()
}

/// A number that a file states.
fn number(settings: &[Setting], key: &str) -> Option<u64> {
    let setting = settings.iter().find(|setting| setting.key == key)?;
    whole(setting, 1.0, "a whole number, 1 or more").ok()
}

fn text(settings: &[Setting], key: &str) -> Option<String> {
    settings.iter().find(|setting| setting.key == key).map(|setting| setting.value.text())
}

/// Chunks of a stage that are given as their layers, and layers that are computed again one by one.
pub(super) fn chunks(settings: &[Setting], file: &mut LaunchFile) {
    let key = "num-layers-per-virtual-pipeline-stage";
    let stages = file.get("pp").and_then(|pp| pp.parse::<u64>().ok()).unwrap_or(1);
    let layers = number(settings, "num-layers");
    if let (Some(each), Some(layers)) = (number(settings, key), layers)
        && let all = each.saturating_mul(stages)
        && layers.is_multiple_of(all)
        && layers > all
        && file.get("vpp").is_none()
    {
        file.unread.retain(|line| !line.starts_with(key));
        file.fields.push(Stated { field: "vpp", value: (layers / all).to_string(), key: key.to_owned() });
    }
    again(settings, file);
    states(settings, file);
    narrow(settings, file);
}

/// Layers, or parts of them, that are computed again.
fn again(settings: &[Setting], file: &mut LaunchFile) {
    let Some(stated) = file.fields.iter_mut().find(|stated| stated.field == "recompute") else { return };
    let is_block = text(settings, "recompute-method").is_some_and(|word| word == "block");
    let layers = number(settings, "recompute-num-layers").filter(|_| is_block);
    if let (Some(layers), "full") = (layers, stated.value.as_str()) {
        stated.value = format!("block:{layers}");
    }
    let own = settings.iter().filter(|setting| setting.key == "recompute-modules");
    let parts: Vec<String> =
        own.map(|setting| setting.value.text().replace("shared_experts", "shared_expert")).collect();
    if stated.value == "attention" && !parts.is_empty() {
        let (known, other): (Vec<_>, Vec<_>) =
            parts.into_iter().partition(|part| MODULES.contains(&part.as_str()));
        stated.value = if known.is_empty() { "none".to_owned() } else { known.join(",") };
        file.unread.extend(other.into_iter().map(|part| format!("recompute-modules = {part}")));
    }
}

/// What ranks share: a strategy is one of Megatron-FSDP alone, which takes the distributed optimizer too.
fn states(settings: &[Setting], file: &mut LaunchFile) {
    let yes =
        |key: &str| settings.iter().any(|setting| setting.key == key && setting.value.yes() == Some(true));
    let strategy = text(settings, "data-parallel-sharding-strategy");
    let own = ["use-torch-fsdp2", "use-megatron-fsdp", "use-custom-fsdp"].into_iter().find(|key| yes(key));
    let (key, stage) = match (own, strategy.as_deref()) {
        (Some(key @ "use-torch-fsdp2"), _) => (key, "3"),
        (Some(key), Some("no_shard")) => (key, "0"),
        (Some(key), Some("optim")) => (key, "1"),
        (Some(key), Some("optim_grads")) => (key, "2"),
        (Some(key), _) => (key, "3"),
        (None, _) if yes("use-distributed-optimizer") => ("use-distributed-optimizer", "1"),
        (None, _) if text(settings, "use-distributed-optimizer").is_some() => {
            ("use-distributed-optimizer", "0")
        }
        (None, _) => return,
    };
    file.idle.retain(|idle| idle != key && (own.is_none() || idle != "data-parallel-sharding-strategy"));
    file.fields.push(Stated { field: "zero", value: stage.to_owned(), key: key.to_owned() });
}

/// Products in fewer bits than the 16 that values beside them have.
fn narrow(settings: &[Setting], file: &mut LaunchFile) {
    let format = ["fp8-format", "fp4-format"].into_iter().find(|key| text(settings, key).is_some());
    let Some(key) = format else { return };
    let value = match (key, text(settings, "fp8-recipe").as_deref()) {
        ("fp4-format", _) => "nvfp4",
        (_, Some("mxfp8")) => "mxfp8",
        (_, Some("tensorwise")) => "fp8-current",
        (_, Some("blockwise")) => "fp8-blockwise",
        (_, None | Some("delayed")) => "fp8-delayed",
        (_, Some(_)) => "fp8",
    };
    file.fields.retain(|stated| stated.field != "precision");
    file.fields.push(Stated { field: "precision", value: value.to_owned(), key: key.to_owned() });
}

/// What its program does unless it is told otherwise.
pub(super) fn unsaid(file: &LaunchFile, settings: &[Setting]) -> Vec<(&'static str, String)> {
    let own = |field, value: &str| (field, value.to_owned());
    let mut usual =
        vec![own("recompute", "none"), own("loss", "full"), own("precision", "fp32"), own("vpp", "1")];
    if file.get("fsdp").is_none() && file.get("hsdp").is_none() {
        usual.push(own("zero", "0"));
    }
    let apart = number(settings, "expert-tensor-parallel-size").is_some();
    let has_experts = !apart && (file.get("ep").is_some() || number(settings, "num-experts").is_some());
    if let Some(tp) = file.get("tp") {
        usual.push(own("sequence_parallel", "false"));
        usual.extend(has_experts.then(|| own("etp", tp)));
    }
    usual
}

/// Parts that are computed again, as both sides call them.
const MODULES: [&str; 7] =
    ["core_attn", "moe_act", "layernorm", "mla_up_proj", "mlp", "moe", "shared_expert"];

/// Recipes of formats that Megatron-Bridge has names for.
const MIXED: &[(&str, &str)] = &[
    ("bf16_mixed", "bf16"),
    ("fp16_mixed", "fp16"),
    ("bf16_with_fp8_delayed_scaling_mixed", "fp8-delayed"),
    ("bf16_with_fp8_current_scaling_mixed", "fp8-current"),
    ("bf16_with_fp8_subchannel_scaling_mixed", "fp8-blockwise"),
    ("bf16_with_mxfp8_mixed", "mxfp8"),
    ("bf16_with_nvfp4_mixed", "nvfp4"),
];

pub(super) const RULES: Rules = &[
    ("tensor-model-parallel-size", Rule::Degree("tp")),
    ("pipeline-model-parallel-size", Rule::Degree("pp")),
    ("virtual-pipeline-model-parallel-size", Rule::Degree("vpp")),
    ("num-virtual-stages-per-pipeline-rank", Rule::Degree("vpp")),
    ("context-parallel-size", Rule::Degree("cp")),
    ("expert-model-parallel-size", Rule::Degree("ep")),
    ("expert-tensor-parallel-size", Rule::Degree("etp")),
    ("sequence-parallel", Rule::Flag("sequence_parallel")),
    // What follows from these stands above.
    ("use-distributed-optimizer", Rule::Idle),
    ("data-parallel-sharding-strategy", Rule::Idle),
    ("use-torch-fsdp2", Rule::Idle),
    ("use-megatron-fsdp", Rule::Idle),
    ("use-custom-fsdp", Rule::Idle),
    ("recompute-method", Rule::Idle),
    ("recompute-num-layers", Rule::Idle),
    ("recompute-modules", Rule::Idle),
    ("fp8-format", Rule::Idle),
    ("fp8", Rule::Idle),
    ("fp8-recipe", Rule::Idle),
    ("fp4-format", Rule::Idle),
    ("fp4-recipe", Rule::Idle),
    ("mixed-precision", Rule::Words("precision", MIXED)),
    ("micro-batch-size", Rule::Count("micro_batch")),
    ("global-batch-size", Rule::Count("global_batch")),
    ("seq-length", Rule::Count("sequence")),
    ("bf16", Rule::When("precision", "bf16")),
    ("fp16", Rule::When("precision", "fp16")),
    ("optimizer", Rule::Words("optimizer", &[("adam", "adamw"), ("sgd", "momentum"), ("muon", "muon")])),
    // Which parts of a layer are meant is scores alone, unless their names are given.
    ("recompute-activations", Rule::When("recompute", "attention")),
    (
        "recompute-granularity",
        Rule::Words("recompute", &[("full", "full"), ("selective", "attention"), ("null", "none")]),
    ),
    ("use-flash-attn", Rule::When("attention", "flash")),
    (
        "attention-backend",
        Rule::Words(
            "attention",
            &[
                ("flash", "flash"),
                ("fused", "flash"),
                ("auto", "flash"),
                ("unfused", "unfused"),
                ("local", "unfused"),
            ],
        ),
    ),
    ("grad-reduce-in-bf16", Rule::When("gradients", "bf16")),
    ("accumulate-allreduce-grads-in-fp32", Rule::When("gradients", "fp32")),
    ("optimizer-cpu-offload", Rule::When("offload", "optimizer")),
    ("main-grads-dtype", Rule::Words("gradients", &[("fp32", ""), ("bf16", "bf16")])),
    ("cross-entropy-loss-fusion", Rule::When("loss", "fused")),
    ("mtp-num-layers", Rule::Count("multi_token")),
    ("overlap-grad-reduce", Rule::Idle),
    ("overlap-param-gather", Rule::Idle),
    ("tp-comm-overlap", Rule::Idle),
    ("use-mcore-models", Rule::Idle),
    ("transformer-impl", Rule::Idle),
    ("distributed-backend", Rule::Idle),
    ("nproc_per_node", Rule::Idle),
    ("nnodes", Rule::Idle),
    ("node_rank", Rule::Idle),
    ("master_addr", Rule::Idle),
    ("master_port", Rule::Idle),
    ("train-iters", Rule::Idle),
    ("train-samples", Rule::Idle),
    ("lr", Rule::Idle),
    ("min-lr", Rule::Idle),
    ("lr-decay-style", Rule::Idle),
    ("lr-decay-iters", Rule::Idle),
    ("lr-warmup-fraction", Rule::Idle),
    ("lr-warmup-iters", Rule::Idle),
    ("weight-decay", Rule::Idle),
    ("clip-grad", Rule::Idle),
    ("adam-beta1", Rule::Idle),
    ("adam-beta2", Rule::Idle),
    ("init-method-std", Rule::Idle),
    ("attention-dropout", Rule::Idle),
    ("hidden-dropout", Rule::Idle),
    ("seed", Rule::Idle),
    ("data-path", Rule::Idle),
    ("split", Rule::Idle),
    ("mock-data", Rule::Idle),
    ("vocab-file", Rule::Idle),
    ("merge-file", Rule::Idle),
    ("tokenizer-type", Rule::Idle),
    ("tokenizer-model", Rule::Idle),
    ("save", Rule::Idle),
    ("load", Rule::Idle),
    ("save-interval", Rule::Idle),
    ("eval-interval", Rule::Idle),
    ("eval-iters", Rule::Idle),
    ("log-interval", Rule::Idle),
    ("tensorboard-dir", Rule::Idle),
    ("no-load-optim", Rule::Idle),
    ("no-load-rng", Rule::Idle),
    ("nproc-per-node", Rule::Idle),
    ("node-rank", Rule::Idle),
    ("master-addr", Rule::Idle),
    ("master-port", Rule::Idle),
    ("num-workers", Rule::Idle),
    ("num-dataset-builder-threads", Rule::Idle),
    ("ckpt-format", Rule::Idle),
    ("log-throughput", Rule::Idle),
    ("log-params-norm", Rule::Idle),
    ("log-num-zeros-in-grad", Rule::Idle),
    ("log-memory-to-tensorboard", Rule::Idle),
    ("log-timers-to-tensorboard", Rule::Idle),
    ("log-validation-ppl-to-tensorboard", Rule::Idle),
    ("timing-log-level", Rule::Idle),
    ("manual-gc", Rule::Idle),
    ("manual-gc-interval", Rule::Idle),
    ("empty-unused-memory-level", Rule::Idle),
    ("exit-duration-in-mins", Rule::Idle),
    ("exit-interval", Rule::Idle),
    ("distributed-timeout-minutes", Rule::Idle),
    ("lr-decay-samples", Rule::Idle),
    ("lr-warmup-samples", Rule::Idle),
    ("lr-warmup-init", Rule::Idle),
    ("decoupled-lr", Rule::Idle),
    ("decoupled-min-lr", Rule::Idle),
    ("data-cache-path", Rule::Idle),
    ("data-args-path", Rule::Idle),
    ("no-create-attention-mask-in-dataloader", Rule::Idle),
    ("no-mmap-bin-files", Rule::Idle),
    ("profile", Rule::Idle),
    ("profile-ranks", Rule::Idle),
    ("profile-step-start", Rule::Idle),
    ("profile-step-end", Rule::Idle),
    ("wandb-project", Rule::Idle),
    ("wandb-exp-name", Rule::Idle),
    ("wandb-save-dir", Rule::Idle),
    ("tensorboard-queue-size", Rule::Idle),
    ("cross-entropy-fusion-impl", Rule::Idle),
    ("calculate-per-token-loss", Rule::Idle),
    ("deterministic-mode", Rule::Idle),
    ("no-gradient-accumulation-fusion", Rule::Idle),
    ("adam-eps", Rule::Idle),
    ("no-save-optim", Rule::Idle),
    ("no-save-rng", Rule::Idle),
    ("dist-ckpt-format", Rule::Idle),
    ("async-save", Rule::Idle),
    ("save-retain-interval", Rule::Idle),
    ("tensorboard-log-interval", Rule::Idle),
    ("override-opt-param-scheduler", Rule::Idle),
    ("use-checkpoint-opt-param-scheduler", Rule::Idle),
    ("initial-loss-scale", Rule::Idle),
    ("min-loss-scale", Rule::Idle),
    ("loss-scale", Rule::Idle),
    ("loss-scale-window", Rule::Idle),
    ("hysteresis", Rule::Idle),
    ("tiktoken-pattern", Rule::Idle),
    ("tokenizer-hf-use-fast", Rule::Idle),
    ("recipe", Rule::Idle),
    ("mode", Rule::Idle),
    ("dataset", Rule::Idle),
    ("step-func", Rule::Idle),
    ("dry-run", Rule::Idle),
];
