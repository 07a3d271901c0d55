//! The YAML of Hugging Face Accelerate, and arguments of the Trainer beside it.

use slipstick_core::training::{Loss, Optimizer, Recompute, Sharding};

use super::{super::report::zero, Arguments, Command, Said};

/// A key and its value; keys below a heading are indented.
type Lines = Vec<(&'static str, String)>;

impl Said<'_> {
    pub(super) fn accelerate(&self) -> Command {
        let recipe = self.recipe();
        let mut arguments =
            Arguments::new("accelerate launch --config_file accelerate.yaml train.py".to_owned(), " ");
        let batch = self.planned.chosen.batch;
        arguments.say("--per_device_train_batch_size", batch.micro);
        arguments.say("--gradient_accumulation_steps", batch.accumulation);
        arguments.say("--max_steps", self.steps);
        if let format @ ("bf16" | "fp16") = self.precision() {
            arguments.say(&format!("--{format}"), "True");
        }
        if let Some(name) = optimizer(recipe.optimizer, recipe.paged).filter(|_| !recipe.in_backward) {
            arguments.say("--optim", name);
        }
        let checkpoints = match recipe.recompute {
            Recompute::None => Some("False"),
            Recompute::Full => Some("True"),
            Recompute::Selective(_) | Recompute::Block(_) => None,
        };
        if let Some(word) = checkpoints {
            arguments.say("--gradient_checkpointing", word);
        }
        arguments.switch("--use_liger_kernel True", recipe.loss == Loss::Chunked);
        arguments.switch("--torch_compile True", recipe.compiled);
        let notes = vec![
            "train.py is your own, with TrainingArguments; it loads the model and cuts sequences".to_owned(),
        ];
        Command::new("accelerate", "1.14.0", arguments.text, notes).reads("accelerate.yaml", self.yaml())
    }

    fn yaml(&self) -> String {
        let (recipe, cluster) = (self.recipe(), &self.planned.cluster);
        let ranks = cluster.accelerators();
        let kind = match recipe.sharding {
            _ if ranks == 1 => "NO",
            Sharding::Whole => "MULTI_GPU",
            Sharding::Optimizer => "DEEPSPEED",
            Sharding::Gradients | Sharding::Weights => "FSDP",
        };
        let nodes = ranks.div_ceil(u64::from(cluster.per_node).max(1));
        let mut lines: Lines = vec![
            ("compute_environment", "LOCAL_MACHINE".to_owned()),
            ("distributed_type", kind.to_owned()),
            ("num_machines", nodes.to_string()),
            ("num_processes", ranks.to_string()),
        ];
        let precision = match self.precision() {
            "fp32" | "tf32" => "'no'",
            word => word,
        };
        if matches!(precision, "'no'" | "bf16" | "fp16" | "fp8") {
            lines.push(("mixed_precision", precision.to_owned()));
        }
        lines.extend(self.strategy(kind));
        lines.extend(self.degrees());
        lines
            .iter()
            .map(
                |(key, value)| {
                    if value.is_empty() { format!("{key}:\n") } else { format!("{key}: {value}\n") }
                },
            )
            .collect()
    }

    fn strategy(&self, kind: &str) -> Lines {
        let recipe = self.recipe();
        match kind {
            "FSDP" => vec![
                ("fsdp_config", String::new()),
                ("  fsdp_version", "2".to_owned()),
                ("  fsdp_auto_wrap_policy", "TRANSFORMER_BASED_WRAP".to_owned()),
                ("  fsdp_reshard_after_forward", (recipe.sharding == Sharding::Weights).to_string()),
                ("  fsdp_offload_params", recipe.offload.weights.to_string()),
            ],
            "DEEPSPEED" => {
                let place = if recipe.offload.optimizer { "cpu" } else { "none" };
                vec![
                    ("deepspeed_config", String::new()),
                    ("  zero_stage", zero(recipe.sharding).to_string()),
                    ("  offload_optimizer_device", place.to_owned()),
                ]
            }
            _ => Lines::new(),
        }
    }

    /// Degrees beside plain sharing between all ranks.
    fn degrees(&self) -> Lines {
        let (layout, group) = (self.layout(), self.recipe().shard_group);
        if layout.tp <= 1 && layout.cp <= 1 && group.is_none() {
            return Lines::new();
        }
        let shared = group.map_or(layout.dp, |ranks| (ranks / layout.cp).max(1));
        let shard = if self.recipe().sharding == Sharding::Whole { 1 } else { shared };
        vec![
            ("parallelism_config", String::new()),
            ("  parallelism_config_dp_replicate_size", (layout.dp / shard.max(1)).to_string()),
            ("  parallelism_config_dp_shard_size", shard.to_string()),
            ("  parallelism_config_tp_size", layout.tp.to_string()),
            ("  parallelism_config_cp_size", layout.cp.to_string()),
        ]
    }
}

/// An optimizer as the Trainer of transformers calls it; none if it has no name there.
pub(crate) const fn optimizer(optimizer: Optimizer, paged: bool) -> Option<&'static str> {
    Some(match (optimizer, paged) {
        (Optimizer::AdamW, false) => "adamw_torch_fused",
        (Optimizer::AdamW, true) => "paged_adamw_32bit",
        (Optimizer::AdamWForeach, false) => "adamw_torch",
        (Optimizer::AdamW8Bit, false) => "adamw_bnb_8bit",
        (Optimizer::AdamW8Bit, true) => "paged_adamw_8bit",
        (Optimizer::AdamW4Bit, false) => "adamw_torch_4bit",
        (Optimizer::Lion, false) => "lion_32bit",
        (Optimizer::Lion, true) => "paged_lion_32bit",
        (Optimizer::Lion8Bit, false) => "lion_8bit",
        (Optimizer::Lion8Bit, true) => "paged_lion_8bit",
        (Optimizer::Sgd, false) => "sgd",
        (Optimizer::Adafactor, false) => "adafactor",
        _ => return None,
    })
}
