//! The command and the YAML of torchtune: a command is a recipe and what it says otherwise than its file.

use super::{
    rules::{IN_BACKWARD, Rule, Rules},
    text::{COMMAND, Scalar, Setting},
};

/// Recipes: what they train, and that several accelerators share weights.
const RECIPES: &[(&str, &str, &str)] = &[
    ("lora_finetune_single_device", "method", "lora"),
    ("lora_finetune_distributed", "method", "lora"),
    ("lora_finetune_distributed", "fsdp", "true"),
    ("full_finetune_single_device", "method", "full"),
    ("full_finetune_distributed", "method", "full"),
    ("full_finetune_distributed", "fsdp", "true"),
];

const OPTIMIZERS: &[(&str, &str)] = &[
    ("torch.optim.adamw", "adamw-foreach"),
    ("bitsandbytes.optim.adamw8bit", "adamw-8bit"),
    ("bitsandbytes.optim.pagedadamw", "paged-adamw"),
    ("bitsandbytes.optim.pagedadamw8bit", "paged-adamw-8bit"),
    ("torch.optim.sgd", "sgd"),
];

/// What is optimised, and how its logits are held.
const LOSSES: &[(&str, &str, &str)] = &[
    ("torchtune.modules.loss.cewithchunkedoutputloss", "loss", "chunked"),
    ("torchtune.modules.loss.linearcrossentropyloss", "loss", "chunked"),
    ("torch.nn.crossentropyloss", "loss", "full"),
    ("torchtune.rlhf.loss.dpoloss", "algorithm", "dpo"),
];

/// Builders of models by the beginnings of their names: with adapters, and on weights in four bits.
const BUILDERS: &[(&str, &str, &str)] =
    &[("lora_", "method", "lora"), ("qlora_", "method", "qlora"), ("qlora_", "base_format", "nf4-dq")];

/// A recipe's name stands behind the options of its launcher, and is none of them.
pub(super) fn commands(settings: &mut [Setting]) {
    for setting in settings {
        if let Scalar::Text(text) = &setting.value
            && RECIPES.iter().any(|(recipe, ..)| recipe == text)
        {
            COMMAND.clone_into(&mut setting.key);
        }
    }
}

pub(super) const RULES: Rules = &[
    (COMMAND, Rule::Sets(RECIPES)),
    ("tokenizer.max_seq_len", Rule::Count("sequence")),
    ("dataset.packed", Rule::Flag("packing")),
    ("batch_size", Rule::Count("micro_batch")),
    ("gradient_accumulation_steps", Rule::Accumulation),
    ("epochs", Rule::Whole("epochs")),
    ("dtype", Rule::Words("master", &[("bf16", "none"), ("fp32", "fp32")])),
    ("enable_activation_checkpointing", Rule::Words("recompute", &[("true", "full"), ("false", "none")])),
    ("enable_activation_offloading", Rule::Place("activations")),
    ("fsdp_cpu_offload", Rule::Place("weights")),
    ("compile", Rule::Flag("compile")),
    ("optimizer._component_", Rule::Words("optimizer", OPTIMIZERS)),
    ("optimizer.fused", Rule::When("optimizer", "adamw-fused")),
    ("loss._component_", Rule::Sets(LOSSES)),
    ("model._component_", Rule::Begins(BUILDERS)),
    ("tensor_parallel_dim", Rule::Degree("tp")),
    ("context_parallel_dim", Rule::Degree("cp")),
    ("data_parallel_shard_dim", Rule::Degree("hsdp")),
    ("data_parallel_replicate_dim", Rule::Idle),
    ("fsdp_reshard_after_forward", Rule::Words("zero", &[("true", "3"), ("false", "2")])),
    ("optimizer_in_bwd", Rule::When(IN_BACKWARD, "true")),
    ("model.lora_rank", Rule::Count("rank")),
    ("model.lora_attn_modules", Rule::Names("targets", &[("output_proj", "o_proj")])),
    ("model.apply_lora_to_mlp", Rule::When("targets", "mlp")),
    ("model.apply_lora_to_output", Rule::When("targets", "lm_head")),
    ("model.quantize_base", Rule::When("base_format", "nf4-dq")),
    ("model.use_dora", Rule::When("method", "dora")),
    ("model.lora_dropout", Rule::Share("dropout")),
    ("model.lora_alpha", Rule::Idle),
    ("nproc_per_node", Rule::Idle),
    ("nnodes", Rule::Idle),
    ("config", Rule::Idle),
    ("optimizer.*", Rule::Idle),
    ("lr_scheduler.*", Rule::Idle),
    ("tokenizer.*", Rule::Idle),
    ("checkpointer.*", Rule::Idle),
    ("dataset.*", Rule::Idle),
    ("metric_logger.*", Rule::Idle),
    ("profiler.*", Rule::Idle),
    ("loss.*", Rule::Idle),
    ("seed", Rule::Idle),
    ("shuffle", Rule::Idle),
    ("device", Rule::Idle),
    ("output_dir", Rule::Idle),
    ("resume_from_checkpoint", Rule::Idle),
    ("save_adapter_weights_only", Rule::Idle),
    ("max_steps_per_epoch", Rule::Idle),
    ("clip_grad_norm", Rule::Idle),
    ("log_every_n_steps", Rule::Idle),
    ("log_peak_memory_stats", Rule::Idle),
    ("log_level", Rule::Idle),
    ("custom_sharded_layers", Rule::Idle),
    ("dataset_val.*", Rule::Idle),
    ("batch_size_val", Rule::Idle),
    ("run_val_every_n_steps", Rule::Idle),
    ("collate_fn", Rule::Idle),
    ("ref_checkpointer.*", Rule::Idle),
    ("tensor_parallel_plan.*", Rule::Idle),
];
