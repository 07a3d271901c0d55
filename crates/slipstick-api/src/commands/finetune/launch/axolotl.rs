//! The file of axolotl.

use slipstick_core::{
    numeric::ScalarFormat,
    training::{Adapter, FrozenBase, Loss, Method, Sharding},
};

use super::{Algorithm, Command, Run, all_linear, command, modules};

/// Lines of a file.
type Lines = Vec<(&'static str, String)>;

fn on() -> String {
    "true".to_owned()
}

impl Run<'_> {
    pub(super) fn axolotl(&self) -> Option<Command> {
        let (recipe, job) = (self.recipe(), self.planned.job());
        let splits = recipe.sharding == Sharding::Weights && self.ranks() > 1;
        // Weights lie in the host's memory where FSDP holds them, and nothing else does but activations.
        let none = recipe.offload.optimizer || recipe.offload.weights && !splits;
        let other = recipe.master || recipe.loss == Loss::Fused;
        if none || other || self.asked.algorithm.samples() || !self.is_usual() {
            return None;
        }
        let packs = self.data.packing && self.asked.algorithm == Algorithm::Sft;
        let mut lines: Lines = vec![("base_model", self.model.to_owned())];
        lines.extend(self.low_rank().map(|adapter| self.axolotl_adapter(adapter)).unwrap_or_default());
        if self.asked.algorithm != Algorithm::Sft {
            lines.push(("rl", self.asked.algorithm.name().to_owned()));
        }
        let half = if recipe.compute == ScalarFormat::Fp16 { "fp16" } else { "bf16" };
        lines.extend([
            ("datasets", "[{path: DATASET, type: chat_template}]".to_owned()),
            ("sequence_len", job.batch.sequence.to_string()),
            ("sample_packing", packs.to_string()),
            ("micro_batch_size", self.micro().to_string()),
            ("gradient_accumulation_steps", job.batch.accumulation.to_string()),
            ("num_epochs", self.data.epochs.to_string()),
            ("optimizer", self.optimizer()?.to_owned()),
            (half, on()),
            ("gradient_checkpointing", self.checkpoints().to_string()),
        ]);
        lines.extend(self.axolotl_kernels());
        lines.extend(self.axolotl_sharding());
        let lines: Vec<String> = lines.iter().map(|(key, value)| format!("{key}: {value}")).collect();
        let line = "axolotl train config.yaml".to_owned();
        Some(command("axolotl", line, Some(lines.join("\n"))))
    }

    fn axolotl_kernels(&self) -> Lines {
        let recipe = self.recipe();
        let mut lines = Lines::new();
        if recipe.loss == Loss::Chunked {
            let plugin = "[axolotl.integrations.cut_cross_entropy.CutCrossEntropyPlugin]";
            lines.push(("plugins", plugin.to_owned()));
        }
        let words =
            [(recipe.compiled, "torch_compile"), (recipe.offload.activations, "activation_offloading")];
        lines.extend(words.into_iter().filter(|(holds, _)| *holds).map(|(_, word)| (word, on())));
        lines.extend(self.is_unfused().then(|| ("attn_implementation", "eager".to_owned())));
        lines
    }

    fn axolotl_sharding(&self) -> Lines {
        let (recipe, layout) = (self.recipe(), self.planned.job().layout);
        let mut lines = Lines::new();
        if layout.cp > 1 {
            lines.push(("context_parallel_size", layout.cp.to_string()));
        }
        let stage = self.request.layout.zero.map_or(0, |stage| stage.0);
        if self.ranks() == 1 {
            return lines;
        }
        if stage > 0 {
            lines.push(("deepspeed", format!("deepspeed_configs/zero{stage}.json")));
        } else if recipe.sharding == Sharding::Weights {
            let host = if recipe.offload.weights { ", offload_params: true" } else { "" };
            let wraps =
                format!("{{auto_wrap_policy: TRANSFORMER_BASED_WRAP, reshard_after_forward: true{host}}}");
            lines.extend([("fsdp_version", "2".to_owned()), ("fsdp_config", wraps)]);
            if let Some(ranks) = recipe.shard_group {
                let copies = layout.dp.saturating_mul(layout.cp).checked_div(ranks).unwrap_or(1).max(1);
                let shard = (ranks / layout.cp.max(1)).max(1);
                lines.extend([
                    ("dp_shard_size", shard.to_string()),
                    ("dp_replicate_size", copies.to_string()),
                ]);
            }
        }
        lines
    }

    fn axolotl_adapter(&self, adapter: &Adapter) -> Lines {
        let four = matches!(adapter.base, FrozenBase::Nf4 | FrozenBase::Nf4Double);
        let mut lines = vec![("adapter", if four { "qlora" } else { "lora" }.to_owned())];
        if four || adapter.base == FrozenBase::Int8 {
            lines.push((if four { "load_in_4bit" } else { "load_in_8bit" }, on()));
        }
        if adapter.base == FrozenBase::Nf4 {
            lines.push(("bnb_config_kwargs", "{bnb_4bit_use_double_quant: false}".to_owned()));
        }
        lines.extend([
            ("lora_r", adapter.rank.to_string()),
            ("lora_alpha", (2 * adapter.rank).to_string()),
            ("lora_dropout", self.request.dropout.unwrap_or(0.0).to_string()),
        ]);
        lines.push(if all_linear(adapter) {
            ("lora_target_linear", on())
        } else {
            ("lora_target_modules", format!("[{}]", modules(adapter.targets).join(", ")))
        });
        if adapter.method == Method::Decomposed {
            lines.push(("peft_use_dora", on()));
        }
        if self.is_rank_stabilised() {
            lines.push(("peft_use_rslora", on()));
        }
        lines
    }
}
