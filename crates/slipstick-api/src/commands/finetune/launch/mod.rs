//! How other people's programs are told to do the same: their own words, checked against their sources at the versions in
//! `CHECKED` (TRL's `ModelConfig`, `SFTConfig` and `GRPOConfig`, torchtune's recipes, axolotl's schema, `unsloth-cli.py`).

use core::fmt::Write as _;

use slipstick_core::training::{Adapter, FrozenBase, Loss, Method, Optimizer, Recompute, Sharding, Targets};

use super::{FinetuneRequest, algorithm::Algorithm, data::Data, method::Asked};
use crate::commands::train::Planned;

/// The programs, and the version of each whose source every word below was looked up in.
const CHECKED: [(&str, &str); 4] =
    [("trl", "1.9.0"), ("axolotl", "0.18.0"), ("torchtune", "0.6.1"), ("unsloth", "2026.8.19")];

/// A program's command, and the file that it reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) software: &'static str,
    pub(super) line: String,
    pub(super) file: Option<String>,
}

/// What a command says.
pub(super) struct Run<'a> {
    pub(super) request: &'a FinetuneRequest,
    pub(super) asked: &'a Asked,
    pub(super) planned: &'a Planned,
    pub(super) data: &'a Data,
    /// The name of the model on its hub, or its folder.
    pub(super) model: &'a str,
}

/// The commands of the programs that can do it.
pub(super) fn commands(run: &Run<'_>) -> Vec<Command> {
    [run.trl(), run.axolotl(), run.torchtune(), run.unsloth()].into_iter().flatten().collect()
}

fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:@=,+".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// The names that libraries give to the layers with adapters.
fn modules(targets: Targets) -> Vec<&'static str> {
    let names = [
        (Targets::QUERY, "q_proj"),
        (Targets::KEY, "k_proj"),
        (Targets::VALUE, "v_proj"),
        (Targets::OUT, "o_proj"),
        (Targets::GATE, "gate_proj"),
        (Targets::UP, "up_proj"),
        (Targets::DOWN, "down_proj"),
        (Targets::HEAD, "lm_head"),
    ];
    names.into_iter().filter(|(target, _)| targets.has(*target)).map(|(_, name)| name).collect()
}

fn all_linear(adapter: &Adapter) -> bool {
    adapter.targets == Targets::ALL_LINEAR
}

const fn yes(is: bool) -> &'static str {
    if is { "True" } else { "False" }
}

impl Command {
    /// The version of the program whose words they are.
    pub(super) fn checked(&self) -> &'static str {
        CHECKED.iter().find(|(software, _)| *software == self.software).map_or("", |(_, version)| version)
    }
}

impl Run<'_> {
    fn adapter(&self) -> Option<&Adapter> {
        self.asked.adapter.as_ref()
    }

    fn low_rank(&self) -> Option<&Adapter> {
        self.adapter().filter(|adapter| adapter.is_on_matrices())
    }

    fn freezes(&self) -> bool {
        self.adapter().is_some_and(|adapter| !adapter.is_on_matrices())
    }

    fn micro(&self) -> u64 {
        self.planned.job().batch.micro / self.asked.algorithm.sequences()
    }

    fn ranks(&self) -> u64 {
        self.planned.job().layout.accelerators()
    }

    fn checkpoints(&self) -> bool {
        self.planned.job().recipe.recompute == Recompute::Full
    }

    fn is_rank_stabilised(&self) -> bool {
        self.asked.method == "rslora"
    }

    fn model(&self) -> String {
        quoted(self.model)
    }

    fn optimizer(&self) -> &'static str {
        match self.planned.job().recipe.optimizer {
            Optimizer::AdamWForeach => "adamw_torch",
            Optimizer::AdamW8Bit | Optimizer::GaLore => "adamw_bnb_8bit",
            Optimizer::AdamW4Bit => "adamw_torch_4bit",
            Optimizer::Lion => "lion_32bit",
            Optimizer::Lion8Bit => "lion_8bit",
            Optimizer::Sgd | Optimizer::Momentum => "sgd",
            Optimizer::Adafactor => "adafactor",
            Optimizer::AdamW | Optimizer::AdamWBf16 | Optimizer::Muon => "adamw_torch_fused",
        }
    }

    fn trl(&self) -> Option<Command> {
        // There is no such command of its own.
        if self.freezes() || matches!(self.asked.algorithm, Algorithm::Ppo | Algorithm::Orpo) {
            return None;
        }
        let job = self.planned.job();
        let mut text = format!("trl {} --model_name_or_path {}", self.asked.algorithm.name(), self.model());
        let _ = write!(text, " --dataset_name DATASET --dtype bfloat16 --bf16 --optim {}", self.optimizer());
        let length =
            if self.asked.algorithm == Algorithm::Grpo { "max_completion_length" } else { "max_length" };
        let _ = write!(
            text,
            " --{length} {} --per_device_train_batch_size {} --gradient_accumulation_steps {} --num_train_epochs {}",
            job.batch.sequence,
            self.micro(),
            job.batch.accumulation,
            self.data.epochs
        );
        if self.data.packing && self.asked.algorithm == Algorithm::Sft {
            text.push_str(" --packing");
        }
        let _ = write!(text, " --gradient_checkpointing {}", yes(self.checkpoints()));
        if job.recipe.loss == Loss::Chunked {
            text.push_str(" --use_liger_kernel");
        }
        text.push_str(&self.low_rank().map(|adapter| self.peft(adapter)).unwrap_or_default());
        text.push_str(&self.engine());
        if let Some(name) = self.accelerate() {
            let _ = write!(text, " --accelerate_config {name}");
        }
        Some(Command { software: "trl", line: text, file: None })
    }

    /// The engine that draws samples.
    fn engine(&self) -> String {
        if !self.asked.algorithm.samples() {
            return String::new();
        }
        let share = self.request.models.engine_share.unwrap_or(0.3);
        let sleep = if self.request.models.sleep { " --vllm_enable_sleep_mode" } else { "" };
        format!(" --use_vllm --vllm_mode colocate --vllm_gpu_memory_utilization {share}{sleep}")
    }

    fn peft(&self, adapter: &Adapter) -> String {
        let mut text = format!(" --use_peft --lora_r {} --lora_alpha {}", adapter.rank, 2 * adapter.rank);
        let _ = write!(text, " --lora_dropout {}", self.request.dropout.unwrap_or(0.0));
        let names = modules(adapter.targets);
        let all = if all_linear(adapter) { "all-linear".to_owned() } else { names.join(" ") };
        let _ = write!(text, " --lora_target_modules {all}");
        if adapter.method == Method::Decomposed {
            text.push_str(" --use_dora");
        }
        if self.is_rank_stabilised() {
            text.push_str(" --use_rslora");
        }
        text.push_str(match adapter.base {
            FrozenBase::Nf4 => " --load_in_4bit --bnb_4bit_quant_type nf4",
            FrozenBase::Nf4Double => " --load_in_4bit --bnb_4bit_quant_type nf4 --use_bnb_nested_quant",
            FrozenBase::Int8 => " --load_in_8bit",
            FrozenBase::Wide | FrozenBase::Fp8 | FrozenBase::Int4Groups => "",
        });
        text
    }

    /// TRL's own configuration of accelerate.
    fn accelerate(&self) -> Option<&'static str> {
        let zero = self.request.layout.zero.is_some();
        match self.planned.job().recipe.sharding {
            _ if self.ranks() == 1 => None,
            Sharding::Whole => Some("multi_gpu"),
            Sharding::Optimizer => Some("zero1"),
            Sharding::Gradients => Some("zero2"),
            Sharding::Weights => Some(if zero { "zero3" } else { "fsdp2" }),
        }
    }

    fn axolotl(&self) -> Option<Command> {
        if self.freezes() || self.asked.algorithm.samples() {
            return None;
        }
        let job = self.planned.job();
        let packs = self.data.packing && self.asked.algorithm == Algorithm::Sft;
        let mut lines = vec![("base_model", self.model.to_owned())];
        lines.extend(self.low_rank().map(|adapter| self.axolotl_adapter(adapter)).unwrap_or_default());
        if self.asked.algorithm != Algorithm::Sft {
            lines.push(("rl", self.asked.algorithm.name().to_owned()));
        }
        lines.extend([
            ("datasets", "[{path: DATASET, type: chat_template}]".to_owned()),
            ("sequence_len", job.batch.sequence.to_string()),
            ("sample_packing", packs.to_string()),
            ("micro_batch_size", self.micro().to_string()),
            ("gradient_accumulation_steps", job.batch.accumulation.to_string()),
            ("num_epochs", self.data.epochs.to_string()),
            ("optimizer", self.optimizer().to_owned()),
            ("bf16", "true".to_owned()),
            ("gradient_checkpointing", self.checkpoints().to_string()),
        ]);
        if job.recipe.loss == Loss::Chunked {
            let plugin = "[axolotl.integrations.cut_cross_entropy.CutCrossEntropyPlugin]";
            lines.push(("plugins", plugin.to_owned()));
        }
        if job.recipe.sharding == Sharding::Weights && self.ranks() > 1 {
            let wraps = "{auto_wrap_policy: TRANSFORMER_BASED_WRAP, reshard_after_forward: true}";
            lines.extend([("fsdp_version", "2".to_owned()), ("fsdp_config", wraps.to_owned())]);
        }
        let lines: Vec<String> = lines.iter().map(|(key, value)| format!("{key}: {value}")).collect();
        let line = "axolotl train config.yaml".to_owned();
        Some(Command { software: "axolotl", line, file: Some(lines.join("\n")) })
    }

    fn axolotl_adapter(&self, adapter: &Adapter) -> Vec<(&'static str, String)> {
        let yes = || "true".to_owned();
        let four = matches!(adapter.base, FrozenBase::Nf4 | FrozenBase::Nf4Double);
        let mut lines = vec![("adapter", if four { "qlora" } else { "lora" }.to_owned())];
        if four || adapter.base == FrozenBase::Int8 {
            lines.push((if four { "load_in_4bit" } else { "load_in_8bit" }, yes()));
        }
        lines.extend([
            ("lora_r", adapter.rank.to_string()),
            ("lora_alpha", (2 * adapter.rank).to_string()),
            ("lora_dropout", self.request.dropout.unwrap_or(0.0).to_string()),
        ]);
        lines.push(if all_linear(adapter) {
            ("lora_target_linear", yes())
        } else {
            ("lora_target_modules", format!("[{}]", modules(adapter.targets).join(", ")))
        });
        if adapter.method == Method::Decomposed {
            lines.push(("peft_use_dora", yes()));
        }
        if self.is_rank_stabilised() {
            lines.push(("peft_use_rslora", yes()));
        }
        lines
    }

    fn torchtune(&self) -> Option<Command> {
        let adapter = self.low_rank();
        let four =
            |adapter: &&Adapter| adapter.base == FrozenBase::Wide || adapter.base == FrozenBase::Nf4Double;
        let known = adapter.is_none_or(|adapter| four(&adapter));
        if self.freezes() || !known || self.asked.algorithm != Algorithm::Sft {
            return None;
        }
        let job = self.planned.job();
        let kind = if adapter.is_some() { "lora_finetune" } else { "full_finetune" };
        let place = if self.ranks() > 1 { "distributed" } else { "single_device" };
        let mut text = "tune run".to_owned();
        if self.ranks() > 1 {
            let _ = write!(text, " --nproc_per_node {}", self.planned.cluster.per_node);
        }
        let _ = write!(
            text,
            " {kind}_{place} --config CONFIG tokenizer.max_seq_len={} dataset.packed={} batch_size={} \
             gradient_accumulation_steps={} epochs={} dtype=bf16 enable_activation_checkpointing={}",
            job.batch.sequence,
            yes(self.data.packing),
            self.micro(),
            job.batch.accumulation,
            self.data.epochs,
            yes(self.checkpoints()),
        );
        text.push_str(&adapter.map(torchtune_adapter).unwrap_or_default());
        Some(Command { software: "torchtune", line: text, file: None })
    }

    fn unsloth(&self) -> Option<Command> {
        let adapter = self.low_rank()?;
        let four = matches!(adapter.base, FrozenBase::Nf4 | FrozenBase::Nf4Double);
        let plain = adapter.method == Method::LowRank && all_linear(adapter);
        let known = (four || adapter.base == FrozenBase::Wide) && plain && self.ranks() == 1;
        if !known || self.asked.algorithm != Algorithm::Sft {
            return None;
        }
        let job = self.planned.job();
        let mut text = format!("python unsloth-cli.py --model_name {} --dataset DATASET", self.model());
        let _ = write!(text, " --max_seq_length {}", job.batch.sequence);
        if four {
            text.push_str(" --load_in_4bit");
        }
        let _ = write!(
            text,
            " --r {} --lora_alpha {} --lora_dropout {} --use_gradient_checkpointing unsloth",
            adapter.rank,
            2 * adapter.rank,
            self.request.dropout.unwrap_or(0.0)
        );
        if self.is_rank_stabilised() {
            text.push_str(" --use_rslora");
        }
        if self.data.packing {
            text.push_str(" --packing");
        }
        let _ = write!(
            text,
            " --per_device_train_batch_size {} --gradient_accumulation_steps {}",
            self.micro(),
            job.batch.accumulation
        );
        Some(Command { software: "unsloth", line: text, file: None })
    }
}

fn torchtune_adapter(adapter: &Adapter) -> String {
    let own = |name: &&str| matches!(*name, "q_proj" | "k_proj" | "v_proj");
    let mut names: Vec<&str> = modules(adapter.targets).into_iter().filter(own).collect();
    if adapter.targets.has(Targets::OUT) {
        names.push("output_proj");
    }
    let mut text = format!(
        " model.lora_rank={} model.lora_alpha={} 'model.lora_attn_modules=[{}]' model.apply_lora_to_mlp={}",
        adapter.rank,
        2 * adapter.rank,
        names.join(","),
        yes(adapter.targets.has(Targets::FEED_FORWARD))
    );
    if adapter.base.is_quantized() {
        text.push_str(" model.quantize_base=True");
    }
    if adapter.method == Method::Decomposed {
        text.push_str(" model.use_dora=True");
    }
    text
}
