//! What other programs call our flags: read as ours where they mean the same, and answered with what to type where not.

use std::collections::BTreeSet;

/// A flag of ours by its name, and what it is called elsewhere with exactly its meaning.
///
/// Sources: `vllm serve --help` 0.10 and later, `vllm bench serve`, `sglang.launch_server --help` 0.5, `trtllm-serve --help`
/// 1.0, llama.cpp `tools/server/README.md`, Hugging Face `TrainingArguments`, Megatron-LM `training/arguments.py`.
const SAME: &[(&str, &[&str])] = &[
    ("on", &["gpu", "accelerator", "hardware"]),
    ("tp", &["tensor-parallel-size", "tp-size", "tensor-model-parallel-size"]),
    ("pp", &["pipeline-parallel-size", "pp-size", "pipeline-model-parallel-size"]),
    ("dp", &["data-parallel-size", "dp-size"]),
    ("ep", &["expert-parallel-size", "ep-size", "expert-model-parallel-size"]),
    ("cp", &["context-parallel-size"]),
    ("quant", &["quantization", "precision", "dtype"]),
    ("precision", &["dtype"]),
    ("kv_dtype", &["kv-cache-dtype", "cache-type-k"]),
    (
        "memory_fraction",
        &["gpu-memory-utilization", "mem-fraction-static", "kv-cache-free-gpu-memory-fraction"],
    ),
    ("max_sequences", &["max-num-seqs", "max-running-requests", "max-batch-size"]),
    ("max_batched_tokens", &["max-num-batched-tokens", "chunked-prefill-size", "max-num-tokens"]),
    ("context", &["max-model-len", "context-length", "max-seq-len"]),
    ("concurrency", &["batch", "batch-size", "max-concurrency", "num-concurrent"]),
    ("input", &["input-len", "isl", "random-input-len"]),
    ("output", &["output-len", "osl", "random-output-len"]),
    ("rate", &["request-rate", "qps"]),
    ("slots", &["parallel"]),
    ("speculative", &["spec-type"]),
    ("global_batch", &["global-batch-size"]),
    ("micro_batch", &["micro-batch-size", "per-device-train-batch-size"]),
    ("accumulation", &["gradient-accumulation-steps"]),
    ("sequence", &["seq-length", "seq-len", "max-length"]),
    ("rank", &["lora-rank", "lora-r"]),
    ("zero", &["zero-stage"]),
];

/// What is typed elsewhere and is no flag here, and what to type instead.
const OTHERWISE: &[(&[&str], &str)] = &[
    (
        &["gpus", "num-gpus", "n-gpus", "ngpus", "gpu-count", "nproc-per-node", "nodes", "nnodes"],
        "write how many with the accelerator, such as --on 2xh100, or --on 2x8xh100 for two nodes of eight",
    ),
    (
        &["ngl", "gpu-layers", "n-gpu-layers", "cpu-offload-gb", "swap-space"],
        "all layers are taken to be on the accelerators: slipstick memory says how many hold them, --quant makes them smaller",
    ),
    (
        &["c", "ctx-size", "n-ctx"],
        "say what one sequence may reach, such as --context 8k, and --concurrency for how many there are",
    ),
    (
        &["np", "n-parallel"],
        "type --slots for the slots of a llama-server, or --concurrency for requests in flight",
    ),
    (&["ub", "ubatch-size"], "type --micro-batch for the tokens of a micro-batch"),
    (&["m", "model"], "the model is typed without a flag, right after the command"),
    (
        &["batch", "batch-size", "train-batch-size"],
        "type --micro-batch for the sequences of one accelerator at a time, --global-batch for those of a step",
    ),
    (
        &["users"],
        "type --concurrency for requests in flight; slipstick plan takes --users with --every, the time between two requests of one",
    ),
    (&["input-tokens", "prompt", "prompt-tokens"], "type --input for the tokens of a prompt"),
    (
        &["output-tokens", "max-tokens", "max-new-tokens", "n-predict"],
        "type --output for the tokens of an answer",
    ),
    (&["cost", "hourly", "price-per-hour"], "type --price, such as --price '$2.50/h'"),
    (
        &["enable-expert-parallel", "moe-ep-size"],
        "type --ep for the groups that experts are spread over, such as --ep 8",
    ),
    (
        &[
            "enable-prefix-caching",
            "enable-chunked-prefill",
            "no-enable-prefix-caching",
            "disable-radix-cache",
        ],
        "type --prefix-caching on or off, --chunked-prefill on or off",
    ),
    (
        &["speculative-config", "num-speculative-tokens", "draft", "draft-model"],
        "type --speculative, such as --speculative mtp=1 or --speculative draft:MODEL=4",
    ),
    (&["output-format", "format", "o"], "type --json, --markdown or --csv"),
];

/// Gives the flags of a subcommand the names that they have elsewhere, unless one of its own is called so.
pub(super) fn with_other_names(command: clap::Command) -> clap::Command {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for flag in command.get_arguments() {
        taken.extend(flag.get_long().map(str::to_owned));
        taken.extend(flag.get_all_aliases().unwrap_or_default().into_iter().map(str::to_owned));
    }
    command.mut_args(|flag| {
        let known =
            SAME.iter().find(|(ours, _)| flag.get_long().is_some() && *ours == flag.get_id().as_str());
        let Some((_, names)) = known else { return flag };
        let free: Vec<&'static str> =
            names.iter().copied().filter(|name| taken.insert((*name).to_owned())).collect();
        flag.aliases(free)
    })
}

/// What to type instead of a flag that is known from elsewhere: `word` as it was typed, dashes and all.
pub(super) fn instead(word: &str) -> Option<&'static str> {
    let name = bare(word);
    OTHERWISE.iter().find(|(names, _)| names.contains(&name.as_str())).map(|(_, advice)| *advice)
}

/// The name of a flag without dashes and value, spelled with dashes.
pub(super) fn bare(word: &str) -> String {
    let name = word.trim_start_matches('-').split('=').next().unwrap_or_default();
    name.replace('_', "-").to_ascii_lowercase()
}
