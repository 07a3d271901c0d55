//! `slipstick finetune`: what it answers.

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_core::{
    training::Item,
    units::{Bytes, Seconds},
};

use super::{Tuned, beside::Beside, data::Data, round::Round};
use crate::{
    commands::train::TrainReport,
    report::{Plain, Report},
};

/// `slipstick finetune`: memory by phase, longest sequence, largest batch, time and cost of fine-tuning a model.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct FinetuneReport {
    /// What training says too.
    #[serde(flatten)]
    pub training: TrainReport,
    /// How it is fine-tuned.
    pub method: String,
    /// What is optimised.
    pub algorithm: &'static str,
    /// Parameters that are trained.
    pub trainable_parameters: u64,
    /// The same as a share of all.
    pub trainable_share: f64,
    /// Rank of the adapters; null where there are none.
    pub rank: Option<u64>,
    /// Format of the frozen weights; null where none are frozen.
    pub base_format: Option<&'static str>,
    /// Whether ranks share the frozen weights.
    pub base_shared: Option<bool>,
    /// The longest sequence whose tensors fit at this micro-batch; 0 if not one token's do.
    #[schemars(extend("better" = "larger"))]
    pub max_sequence_tokens: u64,
    /// The longest one before the driver shows a full accelerator: between the two the allocator gives back what it caches and
    /// asks again, which takes time; 0 if not one token leaves it room.
    #[schemars(extend("better" = "larger"))]
    pub easy_sequence_tokens: u64,
    /// Examples of the largest micro-batch that fits at this sequence; 0 if not one does.
    #[schemars(extend("better" = "larger"))]
    pub max_micro_batch: u64,
    /// The fewest accelerators that hold one example, sharing all they can, in powers of two.
    pub minimum_accelerators: Option<u64>,
    /// What memory is for, in each phase of the fullest stage.
    pub items: Vec<MemoryItem>,
    /// Models beside the one that is trained.
    pub models: Vec<BesideModel>,
    /// The round that an update is a part of, phase by phase; null where updates are all there is to do, or nothing fits.
    pub round: Option<RoundReport>,
    /// The data set.
    pub data: DataReport,
}

impl Report for FinetuneReport {
    const COMMAND: &'static str = "finetune";
}

/// What some memory of a phase is for.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct MemoryItem {
    /// The phase.
    pub phase: &'static str,
    /// What it is for.
    pub item: String,
    /// How much it is.
    pub bytes: Plain<Bytes>,
}

/// A model beside the one that is trained.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct BesideModel {
    /// What it is for.
    pub role: &'static str,
    /// Its name.
    pub model: String,
    /// What it holds of each accelerator.
    pub bytes: Plain<Bytes>,
    /// Whether it is held while weights are trained.
    pub while_training: bool,
    /// Why it is that much.
    pub why: String,
}

/// What is done for one lot of samples: they are drawn, other models look at them, weights are trained on them.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct RoundReport {
    /// All of it; where other accelerators draw samples meanwhile, the longer of the two.
    pub time_s: Plain<Seconds>,
    /// Updates of it.
    pub updates: f64,
    /// One update alone.
    pub update_s: Plain<Seconds>,
    /// Its phases, in order.
    pub phases: Vec<RoundPhase>,
    /// The samples; null where none are drawn.
    pub samples: Option<SamplesReport>,
}

/// A phase of a round.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct RoundPhase {
    /// The phase.
    pub phase: &'static str,
    /// How long it takes.
    pub time_s: Plain<Seconds>,
}

/// Samples that are drawn.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct SamplesReport {
    /// Samples of a round.
    pub samples: u64,
    /// Engines that draw them.
    pub engines: u64,
    /// Samples that an engine runs at once.
    pub at_once: f64,
    /// Tokens of a prompt.
    pub prompt_tokens: u64,
    /// Tokens that a sample writes on average.
    pub written_tokens: f64,
    /// Tokens at which the longest is cut.
    pub longest_tokens: f64,
}

/// A data set.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct DataReport {
    /// Its examples, if they are known.
    pub examples: Option<u64>,
    /// Passes over it.
    pub epochs: u64,
    /// Tokens of all passes, padding apart.
    pub tokens: u64,
    /// Whether short examples share a sequence.
    pub packing: bool,
    /// Tokens of a sequence of a step on average, padding included.
    pub sequence_tokens: u64,
    /// Tokens that are computed for each that is trained on.
    pub computed_per_token: f64,
}

impl FinetuneReport {
    pub(super) fn of(a: &Tuned<'_>) -> Self {
        let adapter = a.memory.planned.job().recipe.adapter;
        let matrices = adapter.filter(slipstick_core::training::Adapter::is_on_matrices);
        let parameters = a.memory.planned.shape.parameters();
        Self {
            training: a.training(),
            method: a.asked.method.clone(),
            algorithm: a.asked.algorithm.name(),
            trainable_parameters: a.trainable(),
            trainable_share: a.trainable() as f64 / parameters.max(1) as f64,
            rank: matrices.map(|adapter| adapter.rank),
            base_format: adapter.map(|adapter| super::names::base_name(adapter.base)),
            base_shared: adapter.map(|adapter| adapter.base_shared && a.ranks_share()),
            max_sequence_tokens: a.limits.sequence,
            easy_sequence_tokens: a.limits.easy_sequence,
            max_micro_batch: a.limits.micro,
            minimum_accelerators: a.limits.accelerators,
            items: a
                .items
                .iter()
                .map(MemoryItem::from)
                .chain(a.other_items().into_iter().map(|(item, _)| item))
                .collect(),
            models: a.models.iter().map(BesideModel::from).collect(),
            round: a.round.as_ref().map(RoundReport::from),
            data: DataReport::from(&a.data),
        }
    }
}

impl From<&Item> for MemoryItem {
    fn from(item: &Item) -> Self {
        Self { phase: item.phase.name(), item: item.name.to_owned(), bytes: item.bytes.into() }
    }
}

impl From<&Round> for RoundReport {
    fn from(round: &Round) -> Self {
        let phases = round.phases.iter();
        Self {
            time_s: round.time().into(),
            updates: round.updates,
            update_s: round.update.into(),
            phases: phases.map(|phase| RoundPhase { phase: phase.name, time_s: phase.time.into() }).collect(),
            samples: round.drawn.as_ref().map(|drawn| SamplesReport {
                samples: drawn.draw.samples,
                engines: drawn.draw.engines,
                at_once: drawn.places,
                prompt_tokens: drawn.draw.prompt,
                written_tokens: drawn.draw.mean,
                longest_tokens: drawn.draw.longest,
            }),
        }
    }
}

impl From<&Beside> for BesideModel {
    fn from(model: &Beside) -> Self {
        Self {
            role: model.role,
            model: model.model.clone(),
            bytes: model.bytes.into(),
            while_training: model.while_training,
            why: model.why.clone(),
        }
    }
}

impl From<&Data> for DataReport {
    fn from(data: &Data) -> Self {
        Self {
            examples: data.examples,
            epochs: data.epochs,
            tokens: data.real,
            packing: data.packing,
            sequence_tokens: data.sequence,
            computed_per_token: data.computed.value as f64 / data.real.max(1) as f64,
        }
    }
}
