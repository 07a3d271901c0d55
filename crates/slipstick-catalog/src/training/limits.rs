//! What a training software can do: how it splits a model, and what its ranks share.

use crate::tables::TRAINING_LIMITS;

/// What a software may split between ranks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// Matrices.
    Tensor,
    /// Layers, into stages.
    Pipeline,
    /// Sequences.
    Context,
    /// Experts.
    Expert,
}

/// What a training software can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StackLimits {
    split: [bool; 4],
    zero: &'static str,
    zero_with_pipeline: &'static str,
}

impl StackLimits {
    /// Whether it splits such things.
    pub const fn splits(&self, what: Split) -> bool {
        self.split[what as usize]
    }

    /// Whether its ranks can share as much as a stage says (0 nothing, 1 optimizer state, 2 gradients too, 3 weights too),
    /// with stages of a pipeline or without.
    pub fn shares(&self, stage: u64, pipelined: bool) -> bool {
        self.stages(pipelined).any(|known| known == stage)
    }

    /// The stages that it knows.
    pub fn stages(&self, pipelined: bool) -> impl Iterator<Item = u64> + use<> {
        let list = if pipelined { self.zero_with_pipeline } else { self.zero };
        list.split(' ').filter_map(|stage| stage.parse().ok())
    }
}

/// What the softwares of this catalogue can do, by name.
pub fn stack_limits() -> impl Iterator<Item = (&'static str, StackLimits)> {
    TRAINING_LIMITS.iter().map(|row| {
        let limits = StackLimits {
            split: [row.tensor, row.pipeline, row.context, row.expert].map(|cell| cell == "yes"),
            zero: row.zero,
            zero_with_pipeline: row.zero_with_pipeline,
        };
        (row.stack, limits)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{source, tables::TRAINING_STACKS};

    #[test]
    fn every_software_has_limits_and_its_habit_is_within_them() {
        for row in &TRAINING_STACKS {
            let (_, limits) = stack_limits().find(|(name, _)| *name == row.name).expect(row.name);
            let habit =
                ["whole", "optimizer", "gradients", "weights"].iter().position(|name| *name == row.sharding);
            let habit = habit.expect(row.sharding) as u64;
            assert!(limits.shares(habit, false), "{}", row.name);
            assert!(!limits.splits(Split::Pipeline) || limits.shares(habit, true), "{}", row.name);
        }
    }

    #[test]
    fn every_row_is_read_and_has_a_source() {
        for row in &TRAINING_LIMITS {
            assert!(source(row.source).is_some(), "{}", row.stack);
            for cell in [row.tensor, row.pipeline, row.context, row.expert] {
                assert!(["yes", "no"].contains(&cell), "{}: {cell}", row.stack);
            }
            assert_eq!(row.pipeline == "yes", !row.zero_with_pipeline.is_empty(), "{}", row.stack);
        }
    }
}
