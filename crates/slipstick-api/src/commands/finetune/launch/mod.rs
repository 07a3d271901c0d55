//! How other people's programs are told to do the same: their own words, checked against their sources at the versions in
//! `CHECKED` (TRL's `ModelConfig`, `SFTConfig` and `GRPOConfig`, torchtune's recipes, axolotl's schema, `unsloth-cli.py`).

mod axolotl;
mod torchtune;
mod trl;
mod unsloth;

use slipstick_core::{
    engine::quoted,
    numeric::ScalarFormat,
    training::{Adapter, AttentionKernel, FrozenBase, Recipe, Recompute, Targets},
};

use super::{FinetuneRequest, algorithm::Algorithm, data::Data, method::Asked};
use crate::commands::train::{LaunchCommand as Command, Planned, trainer_optimizer};

/// The programs, and the version of each whose source every word below was looked up in.
const CHECKED: [(&str, &str); 4] =
    [("trl", "1.9.0"), ("axolotl", "0.18.0"), ("torchtune", "0.6.1"), ("unsloth", "2026.8.19")];

/// Why there may be no command.
pub(super) const NONE: &str = "no program that is known has words for all of it";

/// What a command says.
pub(super) struct Run<'a> {
    pub(super) request: &'a FinetuneRequest,
    pub(super) asked: &'a Asked,
    pub(super) planned: &'a Planned,
    pub(super) data: &'a Data,
    /// The name of the model on its hub, or its folder.
    pub(super) model: &'a str,
}

/// The commands of the programs that can be told all of it: what a program has no word for, it is not asked.
pub(super) fn commands(run: &Run<'_>) -> Vec<Command> {
    let all = [run.trl(), run.axolotl(), run.torchtune(), run.unsloth()];
    let unsaid = run.unsaid();
    all.into_iter().flatten().map(|command| Command { unsaid: unsaid.clone(), ..command }).collect()
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

/// A command of a program, with the file that it reads.
fn command(software: &'static str, line: String, file: Option<String>) -> Command {
    let checked = CHECKED.iter().find(|(name, _)| *name == software).map_or("", |(_, version)| version);
    let command = Command::new(software, checked, line, Vec::new());
    match file {
        Some(text) => command.reads("config.yaml", text),
        None => command,
    }
}

impl Run<'_> {
    fn adapter(&self) -> Option<&Adapter> {
        self.asked.adapter.as_ref()
    }

    fn low_rank(&self) -> Option<&Adapter> {
        self.adapter().filter(|adapter| adapter.is_on_matrices())
    }

    fn recipe(&self) -> &Recipe {
        self.planned.job().recipe
    }

    fn micro(&self) -> u64 {
        self.planned.job().batch.micro / self.asked.algorithm.sequences()
    }

    fn ranks(&self) -> u64 {
        self.planned.job().layout.accelerators()
    }

    /// How one rank shares states with itself, which no program is told.
    fn unsaid(&self) -> Vec<String> {
        let layout = &self.request.layout;
        // Stage 0 is what one rank does by itself.
        let zero = layout.zero.filter(|stage| stage.0 > 0).map(|stage| format!("--zero {}", stage.0));
        let own = zero.or_else(|| layout.fsdp.then(|| "--fsdp".to_owned()));
        own.filter(|_| self.ranks() == 1).into_iter().collect()
    }

    fn checkpoints(&self) -> bool {
        self.recipe().recompute == Recompute::Full
    }

    fn is_rank_stabilised(&self) -> bool {
        self.asked.method == "rslora"
    }

    fn is_unfused(&self) -> bool {
        self.recipe().attention == AttentionKernel::Unfused
    }

    fn model(&self) -> String {
        quoted(self.model)
    }

    /// Whether programs that split no matrix, compute layers again whole or not at all, multiply in 16 bits and have adapters
    /// on matrices alone have words for it.
    fn is_usual(&self) -> bool {
        let (recipe, layout) = (self.recipe(), self.planned.job().layout);
        let whole = [layout.tp, layout.pp, layout.ep].into_iter().all(|degree| degree <= 1);
        let formats = matches!(recipe.compute, ScalarFormat::Bf16 | ScalarFormat::Fp16);
        let again = matches!(recipe.recompute, Recompute::Full | Recompute::None);
        // Fused experts are parameters, and no modules that these names reach.
        let named = |adapter: &Adapter| {
            adapter.is_on_matrices()
                && !adapter.targets.has(Targets::EXPERTS)
                && adapter.experts_base == adapter.base
                && !matches!(adapter.base, FrozenBase::Fp8 | FrozenBase::Int4Groups)
        };
        whole && formats && again && self.adapter().is_none_or(named)
    }

    /// The optimizer as the Trainer of transformers calls it.
    fn optimizer(&self) -> Option<&'static str> {
        let recipe = self.recipe();
        let name = trainer_optimizer(recipe.optimizer, recipe.paged)?;
        (!recipe.in_backward).then_some(name)
    }
}
