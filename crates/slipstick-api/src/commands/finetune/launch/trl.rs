//! The command line of TRL.

use core::fmt::Write as _;

use slipstick_core::{
    numeric::ScalarFormat,
    training::{Adapter, FrozenBase, Loss, Method, Sharding},
};

use super::{
    super::beside::engine_ranks, Algorithm, Command, Run, all_linear, command, modules, quoted, yes,
};

impl Run<'_> {
    pub(super) fn trl(&self) -> Option<Command> {
        let (recipe, job) = (self.recipe(), self.planned.job());
        let offload = recipe.offload;
        let none = offload.weights || offload.optimizer || job.layout.cp > 1 || recipe.shard_group.is_some();
        // There is no such command of its own.
        let apart = matches!(self.asked.algorithm, Algorithm::Ppo | Algorithm::Orpo);
        if none || apart || recipe.loss == Loss::Fused || !self.is_usual() {
            return None;
        }
        let mut text = format!("trl {} --model_name_or_path {}", self.asked.algorithm.name(), self.model());
        let _ = write!(text, " --dataset_name DATASET {} --optim {}", self.formats(), self.optimizer()?);
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
        text.push_str(&self.kernels());
        text.push_str(&self.low_rank().map(|adapter| self.peft(adapter)).unwrap_or_default());
        text.push_str(&self.engine());
        if let Some(name) = self.accelerate() {
            let _ = write!(text, " --accelerate_config {name} --num_processes {}", self.ranks());
            let nodes = self.ranks().div_ceil(u64::from(self.planned.cluster.per_node).max(1));
            if nodes > 1 {
                let _ = write!(text, " --num_machines {nodes}");
            }
        }
        Some(command("trl", text, None))
    }

    /// Formats of weights and of products.
    fn formats(&self) -> &'static str {
        match (self.recipe().compute, self.recipe().master) {
            (ScalarFormat::Fp16, true) => "--dtype float32 --fp16",
            (ScalarFormat::Fp16, false) => "--dtype float16 --fp16",
            (_, true) => "--dtype float32 --bf16",
            (_, false) => "--dtype bfloat16 --bf16",
        }
    }

    /// What differs from eager layers with a kernel for attention.
    fn kernels(&self) -> String {
        let recipe = self.recipe();
        let words = [
            (recipe.loss == Loss::Chunked, " --use_liger_kernel"),
            (recipe.compiled, " --torch_compile"),
            (recipe.offload.activations, " --activation_offloading"),
            (self.is_unfused(), " --attn_implementation eager"),
        ];
        words.into_iter().filter(|(holds, _)| *holds).map(|(_, word)| word).collect()
    }

    /// The engine that draws samples, and the model that judges them.
    fn engine(&self) -> String {
        if !self.asked.algorithm.samples() {
            return String::new();
        }
        let models = &self.request.models;
        let share = models.engine_share.unwrap_or(0.3);
        let sleep = if models.sleep { " --vllm_enable_sleep_mode" } else { "" };
        let judge = models.reward_model.as_ref();
        let judge =
            judge.map(|name| format!(" --reward_model_name_or_path {}", quoted(name))).unwrap_or_default();
        if models.rollout_on.is_some() {
            return format!(" --use_vllm --vllm_mode server{judge}");
        }
        let parameters = self.planned.shape.parameters();
        // What does not divide was refused before anything is launched.
        let tp = engine_ranks(self.request, parameters, &self.planned.cluster).unwrap_or(1);
        let split = if tp > 1 { format!(" --vllm_tensor_parallel_size {tp}") } else { String::new() };
        format!(" --use_vllm --vllm_mode colocate --vllm_gpu_memory_utilization {share}{split}{sleep}{judge}")
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
        match self.recipe().sharding {
            _ if self.ranks() == 1 => None,
            Sharding::Whole => Some("multi_gpu"),
            Sharding::Optimizer => Some("zero1"),
            Sharding::Gradients => Some("zero2"),
            Sharding::Weights => Some(if zero { "zero3" } else { "fsdp2" }),
        }
    }
}
