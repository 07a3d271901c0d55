//! What a layer keeps where inputs of products are kept in the narrow format that they are multiplied in.

use super::{Block, EXPERTS, INNER, STREAM};
use crate::{
    formulas::training::held::narrow_inputs,
    model::Role,
    quantity::Detail as D,
    trace::{Trace, asked, at, model},
    traced,
    training::Parts,
};

/// Bytes of an element that is kept in 16 bit.
const WIDE: f64 = 2.0;

/// Inputs of a token that are kept narrow, in elements; those of second products and of experts stand elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Narrow {
    /// Outputs of norms, in the residual stream.
    stream: u64,
    /// Inputs of a recurrent mixer's last product.
    state: u64,
    /// Inputs that something else keeps in 16 bit too.
    besides: u64,
}

impl Narrow {
    /// Those of a layer of this hidden size.
    pub(super) fn of(block: &Block, hidden: u64) -> Self {
        let inputs = |role: Role| block.sum(role).1;
        let has = |role: Role| inputs(role) > 0;
        // A router takes a norm's output in 16 bit, so that a shared expert's is a copy.
        let alone = block.experts == 0 && has(Role::Up);
        let shared = block.experts > 0 && has(Role::SharedUp);
        let norms = u64::from(!block.mixers.is_empty()) + u64::from(alone);
        let copies = if shared { hidden } else { 0 };
        Self {
            stream: norms * hidden,
            state: inputs(Role::StateOut),
            besides: inputs(Role::AttentionOut) + copies,
        }
    }
}

impl Block {
    /// Bytes of a token that fused kernels keep where inputs of products take so many bytes an element: the stream, between
    /// projections, experts.
    pub(in crate::training) fn kept_as(&self, parts: Parts, width: f64) -> [u64; 3] {
        let kept = self.kept(parts);
        if width >= WIDE {
            return kept;
        }
        [STREAM, INNER, EXPERTS].map(|portion| {
            let [instead, besides] = self.narrowed(parts, portion);
            narrow_inputs(kept[portion], instead, besides, width).get()
        })
    }

    /// Elements that are kept narrow instead of in 16 bit, and besides.
    fn narrowed(&self, parts: Parts, portion: usize) -> [u64; 2] {
        let repeats = |any: &[Parts]| any.iter().any(|part| parts.has(*part));
        let second = |of: usize, again: bool| if again { 0 } else { self.activation_outputs[of] / 2 };
        match portion {
            STREAM => [if repeats(&[Parts::NORMS]) { 0 } else { self.narrow.stream }, 0],
            INNER => {
                let again = repeats(&[Parts::FEED_FORWARD, Parts::ACTIVATION]);
                [self.narrow.state + second(0, again), self.narrow.besides]
            }
            _ if repeats(&[Parts::EXPERTS]) => [0, 0],
            _ => {
                let first = self.expert_inputs.saturating_sub(self.activation_outputs[1] / 2);
                [first + second(1, repeats(&[Parts::ACTIVATION])), 0]
            }
        }
    }

    /// The places of what it keeps, of a layer as it is kept or without recomputation.
    pub(in crate::training) fn places_as(
        &self,
        (parts, width): (Parts, f64),
        kind: usize,
        which: usize,
    ) -> [D; 3] {
        let wide = self.places(parts, kind);
        if width >= WIDE {
            wide
        } else {
            [STREAM, INNER, EXPERTS].map(|portion| D::KeptNarrow(kind, 3 * which + portion))
        }
    }

    /// Records what is left where inputs are kept narrow.
    pub(in crate::training) fn record_narrow(
        &self,
        (parts, width): (Parts, f64),
        (kind, which): (usize, usize),
        trace: Trace<'_>,
    ) {
        if width >= WIDE {
            return;
        }
        let (kept, from) = (self.kept(parts), self.places(parts, kind));
        for portion in [STREAM, INNER, EXPERTS] {
            let [instead, besides] = self.narrowed(parts, portion);
            traced!(trace, D::KeptNarrow(kind, 3 * which + portion), narrow_inputs {
                M: kept[portion] => if kept[portion] > 0 { at(from[portion]) } else { model("B") },
                x: instead => model("elements"), y: besides => model("elements"), w: width => asked("B"),
            });
        }
    }
}
