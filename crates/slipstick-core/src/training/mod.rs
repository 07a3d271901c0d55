//! Training: memory by pipeline stage and phase, step time, whole runs, and the search for a layout.
//!
//! A model is condensed once into a [`Shape`]; a [`Layout`] and a [`Recipe`] then give memory and time by integer and
//! float arithmetic alone, so that a search asks the same functions a single answer does.

mod activations;
mod adapters;
mod allocator;
mod block;
mod efficiency;
mod explained;
mod layout;
mod memory;
mod meters;
mod passes;
mod rates;
mod recipe;
mod run;
mod schedule;
pub mod search;
mod shape;
mod stack;
mod step;
mod work;

pub use adapters::{Adapter, FrozenBase, Item, Method, Targets, items, largest};
pub use allocator::{Allocator, Blocks, blocks};
pub use block::{Block, Matrix, Narrow};
pub use efficiency::{
    AdapterReach, AttentionReach, AttentionShares, Efficiency, Hidden, RunAssumptions, Taken,
};
pub use explained::record_memory;
pub use layout::{Batch, Layout, LayoutError};
pub use memory::{Phase, StageMemory, peak, stages};
pub use meters::{MeterFits, Meters, Room, by_rule, holds, meters};
pub use rates::{Rates, Use, product_peak, rates, used};
pub use recipe::{AttentionKernel, Loss, Offload, Optimizer, Parts, Recipe, Recompute, Sharding};
pub use run::{Run, RunInputs, run};
pub use schedule::{Schedule, Turn};
pub use shape::Shape;
pub use stack::{Stack, TensorOverlap, UncastLogits};
pub use step::{StepTime, step};
pub use work::Convention;

/// Everything that a training step depends on.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    /// The model, condensed.
    pub shape: &'a Shape,
    /// How it is trained.
    pub recipe: &'a Recipe,
    /// What its software keeps and how.
    pub stack: &'a Stack,
    /// How it is split.
    pub layout: Layout,
    /// What a step works on.
    pub batch: Batch,
}

impl Job<'_> {
    /// Whether the model, the batch and the recipe can be run so.
    ///
    /// # Errors
    /// As [`Layout::check`] and [`Schedule::check`], and if groups that share states do not divide the ranks.
    pub fn check(&self) -> Result<(), LayoutError> {
        self.layout.check(self.shape, self.batch)?;
        self.recipe.schedule.check(&self.layout, self.batch.accumulation)?;
        let ranks = self.layout.replicas();
        match self.recipe.shard_group {
            Some(group) if group == 0 || !ranks.is_multiple_of(group) => {
                Err(LayoutError::Groups { group, ranks })
            }
            _ => Ok(()),
        }
    }

    /// Ranks that share states between them: all that work on other data, or a group of them.
    pub fn shard_ranks(&self) -> u64 {
        self.layout.replicas().min(self.recipe.shard_group.unwrap_or(u64::MAX)).max(1)
    }

    /// Whether modules are single operators of an eager framework.
    pub const fn is_eager(&self) -> bool {
        self.stack.eager && !self.recipe.compiled
    }

    /// Whether products take 16-bit casts of fp32 weights, which one rank holds whole.
    pub fn is_autocast(&self) -> bool {
        let gathered = self.recipe.sharding == Sharding::Weights && self.layout.replicas() > 1;
        let narrow = self.recipe.compute != crate::numeric::ScalarFormat::Fp32;
        self.is_eager()
            && narrow
            && self.recipe.adapter.is_none()
            && self.recipe.master
            && !self.stack.master_apart
            && !gathered
    }
}
