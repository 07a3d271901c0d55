//! Arguments of Megatron-LM, also as the YAML of `--yaml-cfg` and of Megatron-Bridge's recipes, whose keys are the same words
//! with underscores, under headings of their own.

use super::{
    rules::{Rule, Rules},
    text::{Scalar, Setting},
};

/// Words that only Megatron's files have.
const SIGNS: [&str; 2] = ["tensor_model_parallel_size", "pipeline_model_parallel_size"];

/// The last word of a key.
fn word(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}

/// Whether settings are those of a YAML file.
pub(super) fn is_yaml(settings: &[Setting]) -> bool {
    settings.iter().any(|setting| SIGNS.contains(&word(&setting.key)))
}

/// The settings of a YAML file as arguments: an argument that is null is not given.
pub(super) fn arguments(settings: &[Setting]) -> Vec<Setting> {
    let given = settings.iter().filter(|setting| setting.value != Scalar::Nothing);
    given
        .map(|Setting { key, value }| Setting { key: word(key).replace('_', "-"), value: value.clone() })
        .collect()
}

pub(super) const RULES: Rules = &[
    ("tensor-model-parallel-size", Rule::Degree("tp")),
    ("pipeline-model-parallel-size", Rule::Degree("pp")),
    ("virtual-pipeline-model-parallel-size", Rule::Degree("vpp")),
    ("num-virtual-stages-per-pipeline-rank", Rule::Degree("vpp")),
    ("context-parallel-size", Rule::Degree("cp")),
    ("expert-model-parallel-size", Rule::Degree("ep")),
    ("expert-tensor-parallel-size", Rule::Degree("etp")),
    ("sequence-parallel", Rule::Flag("sequence_parallel")),
    ("use-distributed-optimizer", Rule::When("zero", "1")),
    (
        "data-parallel-sharding-strategy",
        Rule::Words(
            "zero",
            &[("no_shard", "0"), ("optim", "1"), ("optim_grads", "2"), ("optim_grads_params", "3")],
        ),
    ),
    ("use-torch-fsdp2", Rule::When("zero", "3")),
    ("micro-batch-size", Rule::Count("micro_batch")),
    ("global-batch-size", Rule::Count("global_batch")),
    ("seq-length", Rule::Count("sequence")),
    ("bf16", Rule::When("precision", "bf16")),
    ("fp16", Rule::When("precision", "fp16")),
    ("optimizer", Rule::Words("optimizer", &[("adam", "adamw"), ("sgd", "momentum"), ("muon", "muon")])),
    ("recompute-activations", Rule::When("recompute", "selective")),
    ("recompute-granularity", Rule::Words("recompute", &[("full", "full"), ("selective", "selective")])),
    ("use-flash-attn", Rule::When("attention", "flash")),
    ("optimizer-cpu-offload", Rule::When("offload", "optimizer")),
    ("main-grads-dtype", Rule::Words("gradients", &[("fp32", "fp32"), ("bf16", "bf16")])),
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
];
