//! DeepSpeed's JSON.

use super::rules::{Rule, Rules};

/// Names of optimizers.
const OPTIMIZERS: &[(&str, &str)] = &[
    ("adam", "adamw"),
    ("adamw", "adamw"),
    ("fusedadam", "adamw-fused"),
    ("cpuadam", "adamw"),
    ("deepspeedcpuadam", "adamw"),
    ("lion", "lion"),
    ("sgd", "sgd"),
    ("muon", "muon"),
];

pub(super) const RULES: Rules = &[
    ("train_batch_size", Rule::Count("global_batch")),
    ("train_micro_batch_size_per_gpu", Rule::Count("micro_batch")),
    ("gradient_accumulation_steps", Rule::Accumulation),
    ("zero_optimization.stage", Rule::Words("zero", &[("0", "0"), ("1", "1"), ("2", "2"), ("3", "3")])),
    ("zero_optimization.offload_optimizer.device", Rule::Place("optimizer")),
    ("zero_optimization.offload_param.device", Rule::Place("weights")),
    ("zero_optimization.cpu_offload", Rule::Place("optimizer")),
    ("zero_optimization.zero_hpz_partition_size", Rule::Degree("hsdp")),
    ("bf16.enabled", Rule::When("precision", "bf16")),
    ("bfloat16.enabled", Rule::When("precision", "bf16")),
    ("fp16.enabled", Rule::When("precision", "fp16")),
    ("bf16.immediate_grad_update", Rule::Idle),
    ("optimizer.type", Rule::Words("optimizer", OPTIMIZERS)),
    ("sequence_parallel_size", Rule::Degree("cp")),
    ("tensor_parallel.autotp_size", Rule::Degree("tp")),
    (
        "data_types.grad_accum_dtype",
        Rule::Words("gradients", &[("fp32", "fp32"), ("bf16", "bf16"), ("fp16", "bf16")]),
    ),
    // Buffers, buckets and their overlap have the software's defaults in every answer.
    ("zero_optimization.offload_optimizer.*", Rule::Idle),
    ("zero_optimization.offload_param.*", Rule::Idle),
    ("zero_optimization.overlap_comm", Rule::Idle),
    ("zero_optimization.contiguous_gradients", Rule::Idle),
    ("zero_optimization.sub_group_size", Rule::Idle),
    ("zero_optimization.round_robin_gradients", Rule::Idle),
    ("zero_optimization.stage3_gather_16bit_weights_on_model_save", Rule::Idle),
    ("zero_optimization.gather_16bit_weights_on_model_save", Rule::Idle),
    ("zero_allow_untested_optimizer", Rule::Idle),
    ("optimizer.params.*", Rule::Idle),
    ("scheduler.*", Rule::Idle),
    ("bf16.*", Rule::Idle),
    ("fp16.*", Rule::Idle),
    ("gradient_clipping", Rule::Idle),
    ("prescale_gradients", Rule::Idle),
    ("steps_per_print", Rule::Idle),
    ("wall_clock_breakdown", Rule::Idle),
    ("dump_state", Rule::Idle),
    ("flops_profiler.*", Rule::Idle),
    ("tensorboard.*", Rule::Idle),
    ("wandb.*", Rule::Idle),
    ("csv_monitor.*", Rule::Idle),
    ("comms_logger.*", Rule::Idle),
];
