//! The order of micro-batches on the stages of a pipeline: how long stages wait, and how much they hold meanwhile.

use super::{Layout, LayoutError};
use crate::{
    basis::Basis,
    formulas::training::{
        activations::{balanced_in_flight, chunks_in_flight, doubled_in_flight},
        bubble::{controlled, from_both_ends, one_forward_one_backward, zero_bubble},
    },
    quantity::{Detail, Quantity},
    trace::{Source, Trace, at, fitted, layout as origin},
    traced,
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
#[derive(Debug, Clone, Copy, PartialEq, Default)]
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

    /// Passes over the layers of a stage whose activations it holds at once, as a fraction; the number above the line is
    /// recorded under `quantity`.
    pub fn in_flight(
        self,
        layout: &Layout,
        micro_batches: u64,
        stage: u64,
        (trace, quantity): (Trace<'_>, Quantity),
    ) -> (u64, u64) {
        let (m, p) = (micro_batches, layout.pp);
        let chunks = |v: u64| {
            let count = traced!(trace, quantity, chunks_in_flight {
                m: m => origin("micro-batches"), p: p => origin("stages"), i: stage => origin(""), v: v => origin("chunks"),
            });
            (count, v)
        };
        let balanced = |v: u64| {
            let count = traced!(trace, quantity, balanced_in_flight {
                m: m => origin("micro-batches"), p: p => origin("stages"), v: v => origin(""),
            });
            (count, v)
        };
        let stated = |count: u64, of: u64| {
            trace.stated(quantity, count, Source::Layout, Basis::Exact);
            (count, of)
        };
        if p == 1 {
            return stated(1, 1);
        }
        match self {
            Self::GPipe => stated(m, 1),
            Self::OneForwardOneBackward => chunks(layout.vpp),
            Self::ZeroBubble => chunks(1),
            Self::ZeroBubbleDoubled => {
                let count = traced!(trace, quantity, doubled_in_flight {
                    m: m => origin("micro-batches"), p: p => origin("stages"), i: stage => origin(""),
                });
                (count, 1)
            }
            Self::ZeroBubbleV => balanced(1),
            Self::VHalf => balanced(2),
            Self::VMin => balanced(3),
            Self::DualPipe => stated(p + 1, 1),
            Self::DualPipeV => stated(2 * p + 1, 2),
        }
    }

    /// How long a stage waits in a step; recorded as `quantity`.
    pub fn bubble(self, layout: &Layout, turn: Turn, (trace, quantity): (Trace<'_>, Quantity)) -> Seconds {
        let Turn { forward, backward, weights } = turn;
        let p = layout.pp;
        let [ahead, back, of_weights] = [0, 1, 2].map(|part| at(Detail::Turn(part)));
        if p == 1 {
            trace.stated(quantity, Seconds::ZERO, Source::Layout, Basis::Exact);
            return Seconds::ZERO;
        }
        let in_turn = |v: u64| {
            traced!(trace, quantity, one_forward_one_backward {
                p: p => origin("stages"), F: forward => ahead, B: backward => back, v: v => origin("chunks"),
            })
        };
        let filled = |k: u64| {
            traced!(trace, quantity, zero_bubble {
                p: p => origin("stages"), F: forward => ahead, B: backward => back, W: weights => of_weights, k: k => origin(""),
            })
        };
        let held = |f: f64| {
            traced!(trace, quantity, controlled {
                p: p => origin("stages"), F: forward => ahead, B: backward => back, f: f => origin(""),
            })
        };
        let both_ends = |p: u64, part: f64| met(p, part, turn, (trace, quantity));
        match self {
            Self::GPipe => in_turn(1),
            Self::OneForwardOneBackward => in_turn(layout.vpp),
            Self::ZeroBubble => filled(2),
            Self::ZeroBubbleDoubled | Self::ZeroBubbleV => filled(3),
            Self::VHalf => held(1.0 / 2.0),
            Self::VMin => held(2.0 / 3.0),
            Self::DualPipe => both_ends(p, 1.0),
            // Twice as many stages of half the layers each.
            Self::DualPipeV => both_ends(2 * p, 0.5),
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

/// The bubble of a schedule that feeds from both ends, whose stages are such a part of the layers of a rank.
fn met(p: u64, part: f64, turn: Turn, (trace, quantity): (Trace<'_>, Quantity)) -> Seconds {
    let Turn { forward, backward, weights } = turn;
    let time = fitted("s");
    traced!(trace, quantity, from_both_ends {
        p: p => origin("stages"),
        F_B: (forward + backward) * part => time,
        B: backward * part => time,
        W: weights * part => time,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(schedule: Schedule) -> f64 {
        let layout = Layout { pp: 8, ..Layout::ONE };
        let turn = Turn { forward: Seconds::s(1.0), backward: Seconds::s(2.0), weights: Seconds::s(1.0) };
        schedule.bubble(&layout, turn, (Trace::off(), Quantity::Stage)).get()
    }

    fn holds(schedule: Schedule) -> f64 {
        let (count, of) =
            schedule.in_flight(&Layout { pp: 8, ..Layout::ONE }, 64, 0, (Trace::off(), Quantity::Stage));
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
