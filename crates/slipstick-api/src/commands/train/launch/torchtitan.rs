//! The TOML of torchtitan, and since it is configured in Python its arguments by the same names.

use core::fmt::Write as _;

use slipstick_core::training::{Optimizer, Parts, Recompute, Schedule, Sharding};

use super::{Arguments, Command, Said};

/// The first release without TOML.
const IN_PYTHON: [u64; 2] = [2026, 3];
/// The first month whose batches are counted in tokens.
const IN_TOKENS: [u64; 2] = [2026, 9];
/// The first month in which a configuration holds what is computed again, and no argument does.
const CHECKPOINT_CLASSES: [u64; 2] = [2026, 7];

/// The first month whose experts are split between ranks alone, and each whole.
const WHOLE_EXPERTS: [u64; 2] = [2026, 5];

/// A table, its key and its value; whether that is a text.
type Line = (&'static str, &'static str, String, bool);

impl Said<'_> {
    pub(super) fn torchtitan(&self) -> Command {
        if self.version() < IN_PYTHON {
            let line = self.torchrun("-m torchtitan.train --job.config_file train.toml");
            let missing =
                "add the table [model] with the name and the flavor of yours, and [training] dataset";
            let command = Command::new("torchtitan", "0.2.2", line, vec![missing.to_owned()]);
            return command.reads("train.toml", toml(&self.lines()));
        }
        let start = self.torchrun("-m torchtitan.train --module MODULE --config CONFIG");
        let mut arguments = Arguments::new(start, " ");
        for (table, key, value, _) in self.lines() {
            arguments.say(&format!("--{table}.{key}"), value);
        }
        Command::new("torchtitan", "2026-08-21", arguments.text, self.missing())
    }

    /// What arguments leave to the configuration that they change.
    fn missing(&self) -> Vec<String> {
        let version = self.version();
        let all = [
            (true, "MODULE and CONFIG are the model's own, such as llama3 and llama3_8b"),
            (
                version < IN_TOKENS,
                "since 2026-08-20 torchtitan counts batches in tokens: ask for --stack torchtitan@2026.9 if yours does",
            ),
            (
                version >= CHECKPOINT_CLASSES,
                "what is computed again is part of CONFIG: FullAC.Config() or SelectiveAC.Config()",
            ),
        ];
        all.into_iter().filter(|(holds, _)| *holds).map(|(_, text)| text.to_owned()).collect()
    }

    fn lines(&self) -> Vec<Line> {
        let mut lines = self.training();
        lines.extend(self.parallelism());
        let recipe = self.recipe();
        let mode = match recipe.recompute {
            Recompute::None => Some(("none", false)),
            Recompute::Full => Some(("full", false)),
            Recompute::Selective(parts) if parts == operators() => Some(("selective", true)),
            Recompute::Selective(_) | Recompute::Block(_) => None,
        };
        if let Some((mode, by_operator)) = mode.filter(|_| self.version() < CHECKPOINT_CLASSES) {
            lines.push(("activation_checkpoint", "mode", mode.to_owned(), true));
            lines.extend(
                by_operator.then(|| ("activation_checkpoint", "selective_ac_option", "op".to_owned(), true)),
            );
        }
        let implementation = match recipe.optimizer {
            Optimizer::AdamW => Some("fused"),
            Optimizer::AdamWForeach => Some("foreach"),
            _ => None,
        };
        if let Some(implementation) = implementation {
            lines.push(("optimizer", "name", "AdamW".to_owned(), true));
            lines.push(("optimizer", "implementation", implementation.to_owned(), true));
        }
        lines
    }

    fn training(&self) -> Vec<Line> {
        let (batch, layout) = (self.planned.chosen.batch, self.layout());
        let (micro, sequence) = (batch.micro, batch.sequence);
        // Stages take a rank's batch in micro-batches.
        let local = if layout.pp > 1 { micro * batch.accumulation } else { micro };
        let own = |key, value: u64| ("training", key, value.to_string(), false);
        let mut lines = if self.version() >= IN_TOKENS {
            vec![
                own("max_context_length", sequence),
                own("num_tokens_per_microbatch_per_dp_rank", micro * sequence),
                own("num_tokens_per_train_step", self.global() * sequence),
            ]
        } else {
            vec![
                own("seq_len", sequence),
                own("local_batch_size", local),
                own("global_batch_size", self.global()),
            ]
        };
        lines.push(own("steps", self.steps));
        let word = |is_wide: bool| if is_wide { "float32" } else { "bfloat16" }.to_owned();
        lines.push(("training", "dtype", word(self.recipe().master), true));
        if matches!(self.precision(), "bf16" | "fp32") {
            lines.push(("training", "mixed_precision_param", word(self.precision() == "fp32"), true));
        }
        lines
    }

    fn parallelism(&self) -> Vec<Line> {
        let (layout, recipe, batch) = (self.layout(), self.recipe(), self.planned.chosen.batch);
        let own = |key, value: u64| ("parallelism", key, value.to_string(), false);
        let shared = recipe.shard_group.map_or(layout.dp, |ranks| (ranks / layout.cp).max(1));
        let shard = if recipe.sharding == Sharding::Whole { 1 } else { shared };
        let mut lines = vec![
            own("data_parallel_replicate_degree", layout.dp / shard.max(1)),
            own("data_parallel_shard_degree", shard),
            own("tensor_parallel_degree", layout.tp),
            own("pipeline_parallel_degree", layout.pp),
            own("context_parallel_degree", layout.cp),
        ];
        if self.planned.shape.experts > 0 {
            lines.push(own("expert_parallel_degree", layout.ep));
            lines.extend(
                (self.version() < WHOLE_EXPERTS).then(|| own("expert_tensor_parallel_degree", layout.etp)),
            );
        }
        if recipe.sharding != Sharding::Whole {
            let when = if recipe.sharding == Sharding::Weights { "always" } else { "never" };
            lines.push(("parallelism", "fsdp_reshard_after_forward", when.to_owned(), true));
        }
        if layout.pp > 1 {
            if self.version() >= IN_TOKENS {
                lines.push(own("num_pp_microbatches", batch.accumulation));
            } else {
                lines.push(own("pipeline_parallel_microbatch_size", batch.micro));
            }
            lines.extend(
                self.order()
                    .map(|order| ("parallelism", "pipeline_parallel_schedule", order.to_owned(), true)),
            );
        }
        lines
    }

    /// The order of micro-batches, as PyTorch's schedules are called.
    fn order(&self) -> Option<&'static str> {
        match self.recipe().schedule {
            Schedule::OneForwardOneBackward if self.is_interleaved() => Some("Interleaved1F1B"),
            Schedule::OneForwardOneBackward => Some("1F1B"),
            Schedule::GPipe => Some("GPipe"),
            Schedule::ZeroBubbleV => Some("ZBVZeroBubble"),
            Schedule::DualPipeV => Some("DualPipeV"),
            Schedule::ZeroBubble
            | Schedule::ZeroBubbleDoubled
            | Schedule::VHalf
            | Schedule::VMin
            | Schedule::DualPipe => None,
        }
    }
}

/// What selective checkpointing by operators computes again.
const fn operators() -> Parts {
    Parts::NORMS.and(Parts::ATTENTION).and(Parts::ACTIVATION).and(Parts::SECOND_PRODUCTS)
}

/// Lines below the names of their tables.
fn toml(lines: &[Line]) -> String {
    let (mut text, mut table) = (String::new(), "");
    for (own, key, value, is_text) in lines {
        if *own != table {
            let _ = writeln!(text, "[{own}]");
            table = own;
        }
        let quote = if *is_text { "\"" } else { "" };
        let _ = writeln!(text, "{key} = {quote}{value}{quote}");
    }
    text
}
