//! The command line of Unsloth.

use core::fmt::Write as _;

use slipstick_core::training::{Adapter, FrozenBase, Loss, Method};

use super::{Algorithm, Command, Run, all_linear, command};

impl Run<'_> {
    pub(super) fn unsloth(&self) -> Option<Command> {
        let adapter = self.low_rank()?;
        if !self.is_unsloth(adapter) || !self.is_usual() {
            return None;
        }
        let job = self.planned.job();
        let mut text = format!("python unsloth-cli.py --model_name {} --dataset DATASET", self.model());
        let _ = write!(text, " --max_seq_length {}", job.batch.sequence);
        if adapter.base == FrozenBase::Nf4Double {
            text.push_str(" --load_in_4bit");
        }
        let _ = write!(
            text,
            " --r {} --lora_alpha {} --lora_dropout {} --use_gradient_checkpointing unsloth",
            adapter.rank,
            2 * adapter.rank,
            self.request.dropout.unwrap_or(0.0),
        );
        if self.is_rank_stabilised() {
            text.push_str(" --use_rslora");
        }
        if self.data.packing {
            text.push_str(" --packing");
        }
        let _ = write!(
            text,
            " --per_device_train_batch_size {} --gradient_accumulation_steps {} --optim {}",
            self.micro(),
            job.batch.accumulation,
            self.optimizer()?
        );
        let mut told = command("unsloth", text, None);
        told.notes.push(
            "unsloth-cli.py stops after 400 steps unless its argument max_steps says otherwise".to_owned(),
        );
        Some(told)
    }

    /// Whether its script can do it: low-rank adapters on all linear layers of one accelerator, with kernels of its own.
    fn is_unsloth(&self, adapter: &Adapter) -> bool {
        let (recipe, request) = (self.recipe(), self.request);
        let plain = adapter.method == Method::LowRank && all_linear(adapter);
        let known = matches!(adapter.base, FrozenBase::Nf4Double | FrozenBase::Wide);
        let own = recipe.loss != Loss::Fused && !self.is_unfused() && !recipe.compiled && !recipe.master;
        let offload = recipe.offload;
        // The script takes a word where its library takes no, and refuses it.
        plain
            && known
            && own
            && self.checkpoints()
            && request.recipe.precision.is_none()
            && !(offload.weights || offload.optimizer || offload.activations)
            && self.ranks() == 1
            && self.asked.algorithm == Algorithm::Sft
    }
}
