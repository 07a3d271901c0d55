//! The YAML of Hugging Face Accelerate.

use super::{
    rules::{Rule, Rules},
    transformers::SHARDING,
};

const KINDS: &[(&str, &str)] = &[
    ("deepspeed", "deepspeed"),
    ("megatron_lm", "megatron-core"),
    ("fsdp", ""),
    ("multi_gpu", ""),
    ("no", ""),
    ("false", ""),
];

pub(super) const RULES: Rules = &[
    ("distributed_type", Rule::Words("stack", KINDS)),
    (
        "mixed_precision",
        Rule::Words(
            "precision",
            &[("bf16", "bf16"), ("fp16", "fp16"), ("fp8", "fp8"), ("no", "fp32"), ("false", "fp32")],
        ),
    ),
    ("fsdp_config.fsdp_sharding_strategy", Rule::Words("zero", SHARDING)),
    (
        "fsdp_config.fsdp_reshard_after_forward",
        Rule::Words(
            "zero",
            &[("true", "3"), ("false", "2"), ("full_shard", "3"), ("shard_grad_op", "2"), ("no_shard", "0")],
        ),
    ),
    ("fsdp_config.fsdp_offload_params", Rule::Place("weights")),
    ("fsdp_config.fsdp_activation_checkpointing", Rule::When("recompute", "full")),
    ("deepspeed_config.zero_stage", Rule::Words("zero", &[("0", "0"), ("1", "1"), ("2", "2"), ("3", "3")])),
    ("deepspeed_config.gradient_accumulation_steps", Rule::Accumulation),
    ("deepspeed_config.offload_optimizer_device", Rule::Place("optimizer")),
    ("deepspeed_config.offload_param_device", Rule::Place("weights")),
    ("gradient_accumulation_steps", Rule::Accumulation),
    ("megatron_lm_config.megatron_lm_tp_degree", Rule::Degree("tp")),
    ("megatron_lm_config.megatron_lm_pp_degree", Rule::Degree("pp")),
    ("megatron_lm_config.megatron_lm_num_micro_batches", Rule::Accumulation),
    ("megatron_lm_config.megatron_lm_sequence_parallelism", Rule::Flag("sequence_parallel")),
    ("megatron_lm_config.megatron_lm_recompute_activations", Rule::When("recompute", "selective")),
    ("megatron_lm_config.megatron_lm_use_distributed_optimizer", Rule::When("zero", "1")),
    ("parallelism_config.parallelism_config_tp_size", Rule::Degree("tp")),
    ("parallelism_config.parallelism_config_cp_size", Rule::Degree("cp")),
    ("parallelism_config.parallelism_config_dp_shard_size", Rule::Degree("hsdp")),
    ("parallelism_config.parallelism_config_dp_replicate_size", Rule::Idle),
    ("fsdp_config.fsdp_version", Rule::Idle),
    ("fsdp_config.*", Rule::Idle),
    ("deepspeed_config.*", Rule::Idle),
    ("megatron_lm_config.*", Rule::Idle),
    ("parallelism_config.*", Rule::Idle),
    ("compute_environment", Rule::Idle),
    ("debug", Rule::Idle),
    ("num_processes", Rule::Idle),
    ("num_machines", Rule::Idle),
    ("machine_rank", Rule::Idle),
    ("main_training_function", Rule::Idle),
    ("main_process_ip", Rule::Idle),
    ("main_process_port", Rule::Idle),
    ("rdzv_backend", Rule::Idle),
    ("same_network", Rule::Idle),
    ("use_cpu", Rule::Idle),
    ("gpu_ids", Rule::Idle),
    ("downcast_bf16", Rule::Idle),
    ("enable_cpu_affinity", Rule::Idle),
    ("tpu_env", Rule::Idle),
    ("tpu_use_cluster", Rule::Idle),
    ("tpu_use_sudo", Rule::Idle),
];
