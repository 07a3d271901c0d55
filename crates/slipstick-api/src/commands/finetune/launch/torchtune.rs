//! The command line of torchtune.

use core::fmt::Write as _;

use slipstick_core::{
    numeric::ScalarFormat,
    training::{Adapter, FrozenBase, Loss, Method, Optimizer, Sharding, Targets},
};

use super::{Algorithm, Command, Run, command, modules, yes};

impl Run<'_> {
    pub(super) fn torchtune(&self) -> Option<Command> {
        let (job, adapter) = (self.planned.job(), self.low_rank());
        if !self.is_torchtune() || !self.is_usual() {
            return None;
        }
        let kind = if adapter.is_some() { "lora_finetune" } else { "full_finetune" };
        let place = if self.ranks() > 1 { "distributed" } else { "single_device" };
        let mut text = "tune run".to_owned();
        if self.ranks() > 1 {
            let _ = write!(text, " --nproc_per_node {}", self.planned.cluster.per_node);
        }
        let _ = write!(
            text,
            " {kind}_{place} --config CONFIG tokenizer.max_seq_len={} dataset.packed={} batch_size={} \
             gradient_accumulation_steps={} epochs={} dtype={} enable_activation_checkpointing={}",
            job.batch.sequence,
            yes(self.data.packing),
            self.micro(),
            job.batch.accumulation,
            self.data.epochs,
            if self.recipe().master { "fp32" } else { "bf16" },
            yes(self.checkpoints()),
        );
        text.push_str(self.torchtune_optimizer()?);
        text.push_str(&self.torchtune_habits());
        text.push_str(&adapter.map(|adapter| self.torchtune_adapter(adapter)).unwrap_or_default());
        Some(command("torchtune", text, None))
    }

    /// Whether its recipes can do it: several accelerators always share weights, and adapters are on all of the feed-forward
    /// or on none of it.
    fn is_torchtune(&self) -> bool {
        let (recipe, layout) = (self.recipe(), self.planned.job().layout);
        let shared = recipe.sharding == Sharding::Weights
            && self.request.layout.zero.is_none()
            && recipe.shard_group.is_none();
        let known = |adapter: &Adapter| {
            let feed = [Targets::GATE, Targets::UP, Targets::DOWN].map(|part| adapter.targets.has(part));
            matches!(adapter.base, FrozenBase::Wide | FrozenBase::Nf4Double)
                && feed.iter().all(|part| *part == feed[0])
                && !self.is_rank_stabilised()
        };
        self.asked.algorithm == Algorithm::Sft
            && (self.ranks() == 1 || shared)
            && layout.cp <= 1
            && recipe.compute == ScalarFormat::Bf16
            && !(recipe.master && self.adapter().is_some())
            && recipe.loss != Loss::Fused
            && !(recipe.offload.weights || recipe.offload.optimizer || self.is_unfused())
            && self.adapter().is_none_or(known)
    }

    fn torchtune_optimizer(&self) -> Option<&'static str> {
        let recipe = self.recipe();
        Some(match (recipe.optimizer, recipe.paged) {
            (Optimizer::AdamW, false) => " optimizer._component_=torch.optim.AdamW optimizer.fused=True",
            (Optimizer::AdamWForeach, false) => {
                " optimizer._component_=torch.optim.AdamW optimizer.fused=False"
            }
            (Optimizer::AdamW, true) => " optimizer._component_=bitsandbytes.optim.PagedAdamW",
            (Optimizer::AdamW8Bit, false) => " optimizer._component_=bitsandbytes.optim.AdamW8bit",
            (Optimizer::AdamW8Bit, true) => " optimizer._component_=bitsandbytes.optim.PagedAdamW8bit",
            (Optimizer::Sgd, false) => " optimizer._component_=torch.optim.SGD",
            _ => return None,
        })
    }

    fn torchtune_habits(&self) -> String {
        let recipe = self.recipe();
        let words = [
            (
                recipe.loss == Loss::Chunked,
                " loss._component_=torchtune.modules.loss.CEWithChunkedOutputLoss",
            ),
            (recipe.loss == Loss::Full, " loss._component_=torch.nn.CrossEntropyLoss"),
            (recipe.in_backward, " optimizer_in_bwd=True"),
            (recipe.compiled, " compile=True"),
            (recipe.offload.activations, " enable_activation_offloading=True"),
        ];
        words.into_iter().filter(|(holds, _)| *holds).map(|(_, word)| word).collect()
    }

    fn torchtune_adapter(&self, adapter: &Adapter) -> String {
        let own = |name: &&str| matches!(*name, "q_proj" | "k_proj" | "v_proj");
        let mut names: Vec<&str> = modules(adapter.targets).into_iter().filter(own).collect();
        if adapter.targets.has(Targets::OUT) {
            names.push("output_proj");
        }
        let mut text = format!(
            " model.lora_rank={} model.lora_alpha={} model.lora_dropout={} 'model.lora_attn_modules=[{}]' \
             model.apply_lora_to_mlp={} model.apply_lora_to_output={}",
            adapter.rank,
            2 * adapter.rank,
            self.request.dropout.unwrap_or(0.0),
            names.join(","),
            yes(adapter.targets.has(Targets::FEED_FORWARD)),
            yes(adapter.targets.has(Targets::HEAD))
        );
        if adapter.base.is_quantized() {
            text.push_str(" model.quantize_base=True");
        }
        if adapter.method == Method::Decomposed {
            text.push_str(" model.use_dora=True");
        }
        text
    }
}
