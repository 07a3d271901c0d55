//! The order of micro-batches on the stages of a pipeline: how long stages wait, and how much they hold meanwhile.

use super::{Layout, LayoutError};
use crate::{
    formulas::training::{
        activations::{balanced_in_flight, chunks_in_flight, doubled_in_flight},
        bubble::{controlled, from_both_ends, one_forward_one_backward, zero_bubble},
    },
    units::Seconds,
};

/// The order of micro-batches on the stages of a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Schedule {
    /// All forward passes, then all backward ones.
    GPipe,
    /// One forward and one backward in turn; with several chunks a stage, interleaved.
    OneForwardOneBackward,
    /// Gradients of weights fill the wait.
    ZeroBubble,
    /// The same, with twice the micro-batches in flight.
    ZeroBubbleDoubled,
    /// The same with two chunks a stage, the second in reverse order.
    ZeroBubbleV,
    /// Two chunks a stage so that half of the activations are held.
    VHalf,
    /// Two chunks a stage so that a third of the activations is held.
    VMin,
    /// Micro-batches enter from both ends; each rank holds two stages.
    DualPipe,
    /// The same with two chunks a stage, and one copy of the weights.
    DualPipeV,
}

/// The times of one micro-batch on a stage.
#[derive(Debug, Clone, Copy)]
pub struct Turn {
    /// Forward.
    pub forward: Seconds,
    /// The whole backward pass.
    pub backward: Seconds,
    /// The part of it that computes gradients of weights.
    pub weights: Seconds,
}

impl Schedule {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::GPipe,
        Self::OneForwardOneBackward,
        Self::ZeroBubble,
        Self::ZeroBubbleDoubled,
        Self::ZeroBubbleV,
        Self::VHalf,
        Self::VMin,
        Self::DualPipe,
        Self::DualPipeV,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::GPipe => "gpipe",
            Self::OneForwardOneBackward => "1f1b",
            Self::ZeroBubble => "zb-h1",
            Self::ZeroBubbleDoubled => "zb-h2",
            Self::ZeroBubbleV => "zb-v",
            Self::VHalf => "v-half",
            Self::VMin => "v-min",
            Self::DualPipe => "dualpipe",
            Self::DualPipeV => "dualpipev",
        }
    }

    /// Whether each rank holds the layers of two stages, from both ends of the pipeline.
    pub const fn is_mirrored(self) -> bool {
        matches!(self, Self::DualPipe)
    }

    /// Whether the first rank holds the last layers too.
    pub const fn is_folded(self) -> bool {
        matches!(self, Self::ZeroBubbleV | Self::VHalf | Self::VMin | Self::DualPipeV)
    }

    /// Passes over the layers of a stage whose activations it holds at once, as a fraction.
    pub fn in_flight(self, layout: &Layout, micro_batches: u64, stage: u64) -> (u64, u64) {
        let (m, p) = (micro_batches, layout.pp);
        if p == 1 {
            return (1, 1);
        }
        match self {
            Self::GPipe => (m, 1),
            Self::OneForwardOneBackward => (chunks_in_flight(m, p, stage, layout.vpp), layout.vpp),
            Self::ZeroBubble => (chunks_in_flight(m, p, stage, 1), 1),
            Self::ZeroBubbleDoubled => (doubled_in_flight(m, p, stage), 1),
            Self::ZeroBubbleV => (balanced_in_flight(m, p), 1),
            // Never less than one micro-batch.
            Self::VHalf => (balanced_in_flight(m, p).max(2), 2),
            Self::VMin => (balanced_in_flight(m, p).max(3), 3),
            Self::DualPipe => (p + 1, 1),
            Self::DualPipeV => (2 * p + 1, 2),
        }
    }

    /// How long a stage waits in a step.
    pub fn bubble(self, layout: &Layout, turn: Turn) -> Seconds {
        let Turn { forward, backward, weights } = turn;
        let p = layout.pp;
        if p == 1 {
            return Seconds::ZERO;
        }
        match self {
            Self::GPipe => one_forward_one_backward(p, forward, backward, 1),
            Self::OneForwardOneBackward => one_forward_one_backward(p, forward, backward, layout.vpp),
            Self::ZeroBubble => zero_bubble(p, forward, backward, weights, 2),
            Self::ZeroBubbleDoubled | Self::ZeroBubbleV => zero_bubble(p, forward, backward, weights, 3),
            Self::VHalf => controlled(p, forward, backward, 1.0 / 2.0),
            Self::VMin => controlled(p, forward, backward, 2.0 / 3.0),
            Self::DualPipe => from_both_ends(p, forward + backward, backward, weights),
            // Twice as many stages of half the layers each.
            Self::DualPipeV => {
                from_both_ends(2 * p, (forward + backward) * 0.5, backward * 0.5, weights * 0.5)
            }
        }
    }

    /// Whether a layout with so many micro-batches can be run in this order.
    ///
    /// # Errors
    /// If it takes other stages, chunks or micro-batches.
    pub const fn check(self, layout: &Layout, micro_batches: u64) -> Result<(), LayoutError> {
        let (p, m) = (layout.pp, micro_batches);
        if p == 1 || matches!(self, Self::OneForwardOneBackward) {
            return Ok(());
        }
        if layout.vpp > 1 {
            return Err(LayoutError::Chunks { schedule: self.name(), chunks: layout.vpp });
        }
        if !matches!(self, Self::DualPipe | Self::DualPipeV) {
            return Ok(());
        }
        if self.is_mirrored() && !p.is_multiple_of(2) {
            return Err(LayoutError::OddStages { schedule: self.name(), stages: p });
        }
        if m < 2 * p {
            return Err(LayoutError::MicroBatches { schedule: self.name(), least: 2 * p, micro_batches: m });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(schedule: Schedule) -> f64 {
        let layout = Layout { pp: 8, ..Layout::ONE };
        let turn = Turn { forward: Seconds::s(1.0), backward: Seconds::s(2.0), weights: Seconds::s(1.0) };
        schedule.bubble(&layout, turn).get()
    }

    fn holds(schedule: Schedule) -> f64 {
        let (count, of) = schedule.in_flight(&Layout { pp: 8, ..Layout::ONE }, 64, 0);
        count as f64 / of as f64
    }

    /// Where forward, backward and gradients of weights take equally long: the figures of the papers' tables, in units of one
    /// forward pass and of one micro-batch's activations.
    #[test]
    fn schedules_trade_waiting_for_memory_as_their_papers_say() {
        let figures = [
            (Schedule::GPipe, 21.0, 64.0),
            (Schedule::OneForwardOneBackward, 21.0, 8.0),
            (Schedule::ZeroBubble, 7.0, 8.0),
            (Schedule::ZeroBubbleDoubled, 0.0, 15.0),
            (Schedule::ZeroBubbleV, 0.0, 8.0),
            (Schedule::VHalf, 10.5, 4.0),
            (Schedule::VMin, 14.0, 8.0 / 3.0),
            (Schedule::DualPipe, 6.0, 9.0),
            (Schedule::DualPipeV, 7.0, 8.5),
        ];
        for (schedule, idle, held) in figures {
            assert!((waits(schedule) - idle).abs() < 1e-12, "{}: {}", schedule.name(), waits(schedule));
            assert!((holds(schedule) - held).abs() < 1e-12, "{}: {}", schedule.name(), holds(schedule));
        }
        assert_eq!(figures.len(), Schedule::ALL.len());
    }
}
