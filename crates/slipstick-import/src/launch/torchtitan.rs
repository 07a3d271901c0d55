//! The TOML of torchtitan, and its arguments by the same names.

use super::{
    LaunchFile, Stated,
    rules::{Rule, Rules},
    shown,
    text::Setting,
};

/// Tokens of a micro-batch, where batches are counted so.
const MICRO_TOKENS: &str = "tokens of a micro-batch";
/// The same of a step.
const STEP_TOKENS: &str = "tokens of a step";
/// Sequences of a rank, which stages take in micro-batches.
const LOCAL: &str = "sequences of a rank";
/// Sequences of a micro-batch between stages.
const STAGE_MICRO: &str = "sequences of a micro-batch between stages";
/// Micro-batches between stages.
const STAGE_COUNT: &str = "micro-batches between stages";

/// Takes a number out of the fields.
fn taken(file: &mut LaunchFile, field: &str) -> Option<(u64, String)> {
    let place = file.fields.iter().position(|stated| stated.field == field)?;
    let Stated { key, value, .. } = file.fields.remove(place);
    value.parse().ok().map(|number| (number, key))
}

/// Batches as sequences of a micro-batch and micro-batches of a step: a rank's batch is one micro-batch unless there are
/// stages, which take it in several.
pub(super) fn batches(file: &mut LaunchFile) {
    let sequence = file.get("sequence").and_then(|text| text.parse::<u64>().ok());
    for (tokens, field) in [(MICRO_TOKENS, "micro_batch"), (STEP_TOKENS, "global_batch")] {
        let Some((all, key)) = taken(file, tokens) else { continue };
        match sequence.filter(|each| all.is_multiple_of(*each)) {
            Some(each) => file.fields.push(Stated { field, value: (all / each).to_string(), key }),
            None => file.unread.push(format!("{key} = {all}")),
        }
    }
    let (local, micro, count) = (taken(file, LOCAL), taken(file, STAGE_MICRO), taken(file, STAGE_COUNT));
    let staged = file.get("pp").is_some();
    if let Some((local, key)) = local {
        let each = micro.filter(|_| staged).map_or(if staged { 1 } else { local }, |(micro, _)| micro.max(1));
        file.fields.push(Stated { field: "micro_batch", value: each.to_string(), key });
        accumulates(file, local / each);
    } else if file.get("micro_batch").is_some() {
        accumulates(file, count.filter(|_| staged).map_or(1, |(count, _)| count));
    }
}

/// Selective checkpointing goes by operators, or by every so many layers, which is no part of a layer.
pub(super) fn selective(settings: &[Setting], file: &mut LaunchFile) {
    let key = "activation_checkpoint.selective_ac_option";
    let Some(option) = settings.iter().find(|setting| setting.key == key) else { return };
    let Some(stated) = file.fields.iter_mut().find(|stated| stated.value == "selective") else { return };
    if option.value.text() == "op" {
        "op".clone_into(&mut stated.value);
    } else {
        file.idle.retain(|idle| idle != key);
        file.unread.push(shown(option));
    }
}

/// The micro-batches of a step that has no batch of its own.
fn accumulates(file: &mut LaunchFile, count: u64) {
    if file.get("global_batch").is_none() && file.accumulation.is_none() {
        file.accumulation = Some(count.max(1));
    }
}

pub(super) const RULES: Rules = &[
    ("training.local_batch_size", Rule::Count(LOCAL)),
    ("training.batch_size", Rule::Count(LOCAL)),
    ("training.global_batch_size", Rule::Rest("global_batch")),
    ("training.seq_len", Rule::Count("sequence")),
    ("training.max_context_length", Rule::Count("sequence")),
    ("training.num_tokens_per_microbatch_per_dp_rank", Rule::Count(MICRO_TOKENS)),
    ("training.num_tokens_per_train_step", Rule::Rest(STEP_TOKENS)),
    ("training.enable_cpu_offload", Rule::Place("optimizer")),
    ("training.dtype", Rule::Words("master", &[("bfloat16", "none"), ("float32", "fp32")])),
    (
        "training.mixed_precision_param",
        Rule::Words("precision", &[("bfloat16", "bf16"), ("float32", "fp32")]),
    ),
    ("training.tensor_parallel_degree", Rule::Degree("tp")),
    ("parallelism.data_parallel_shard_degree", Rule::Degree("hsdp")),
    ("parallelism.data_parallel_replicate_degree", Rule::Idle),
    ("parallelism.tensor_parallel_degree", Rule::Degree("tp")),
    ("parallelism.pipeline_parallel_degree", Rule::Degree("pp")),
    ("parallelism.context_parallel_degree", Rule::Degree("cp")),
    ("parallelism.expert_parallel_degree", Rule::Degree("ep")),
    ("parallelism.expert_tensor_parallel_degree", Rule::Degree("etp")),
    (
        "parallelism.pipeline_parallel_schedule",
        Rule::Words(
            "schedule",
            &[
                ("gpipe", "gpipe"),
                ("1f1b", "1f1b"),
                ("interleaved1f1b", "interleaved"),
                ("zbvzerobubble", "zb-v"),
                ("interleavedzerobubble", "zero-bubble"),
                ("dualpipev", "dualpipev"),
            ],
        ),
    ),
    (
        "parallelism.fsdp_reshard_after_forward",
        Rule::Words("zero", &[("always", "3"), ("never", "2"), ("default", "")]),
    ),
    ("optimizer.name", Rule::Words("optimizer", &[("adamw", "adamw"), ("adam", "adamw"), ("muon", "muon")])),
    (
        "optimizer.implementation",
        Rule::Words("optimizer", &[("fused", "adamw-fused"), ("foreach", "adamw-foreach"), ("for-loop", "")]),
    ),
    (
        "activation_checkpoint.mode",
        Rule::Words("recompute", &[("none", "none"), ("full", "full"), ("selective", "selective")]),
    ),
    ("experimental.context_parallel_degree", Rule::Degree("cp")),
    ("experimental.pipeline_parallel_degree", Rule::Degree("pp")),
    ("parallelism.enable_async_tensor_parallel", Rule::Idle),
    ("parallelism.context_parallel_rotate_method", Rule::Idle),
    ("parallelism.enable_compiled_autograd", Rule::Idle),
    ("parallelism.pipeline_parallel_microbatch_size", Rule::Count(STAGE_MICRO)),
    ("parallelism.num_pp_microbatches", Rule::Count(STAGE_COUNT)),
    ("parallelism.enable_sequence_parallel", Rule::Flag("sequence_parallel")),
    ("activation_checkpoint.*", Rule::Idle),
    ("optimizer.*", Rule::Idle),
    ("lr_scheduler.*", Rule::Idle),
    ("compile.*", Rule::Idle),
    ("job.*", Rule::Idle),
    ("profiling.*", Rule::Idle),
    ("metrics.*", Rule::Idle),
    ("checkpoint.*", Rule::Idle),
    ("validation.*", Rule::Idle),
    ("comm.*", Rule::Idle),
    ("model.tokenizer_path", Rule::Idle),
    ("model.hf_assets_path", Rule::Idle),
    ("model.converters", Rule::Words("precision", &[("float8", "fp8"), ("mx", "mxfp8")])),
    ("quantize.*", Rule::Idle),
    ("float8.*", Rule::Idle),
    ("activation_checkpoint.selective_ac_option", Rule::Idle),
    ("dataloader.*", Rule::Idle),
    ("debug.*", Rule::Idle),
    ("experimental.*", Rule::Idle),
    ("memory_estimation.*", Rule::Idle),
    ("fault_tolerance.*", Rule::Idle),
    ("nproc_per_node", Rule::Idle),
    ("nnodes", Rule::Idle),
    ("module", Rule::Idle),
    ("config", Rule::Idle),
    ("rdzv_backend", Rule::Idle),
    ("rdzv_endpoint", Rule::Idle),
    ("model.name", Rule::Idle),
    ("training.dataset_path", Rule::Idle),
    ("training.gc_freq", Rule::Idle),
    ("training.deterministic", Rule::Idle),
    ("training.mixed_precision_reduce", Rule::Idle),
    ("training.dataset", Rule::Idle),
    ("training.steps", Rule::Idle),
    ("training.max_norm", Rule::Idle),
    ("training.warmup_steps", Rule::Idle),
    ("training.seed", Rule::Idle),
    ("training.compile", Rule::Idle),
];
