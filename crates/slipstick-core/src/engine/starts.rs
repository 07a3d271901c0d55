//! What starts of an engine showed of its memory, against what its rules say.

use super::Stage;
use crate::{
    basis::{Basis, Known},
    formulas::memory::activations::share_of_count,
    quantity::Quantity as Q,
    trace::{Source, Trace, fact, rules},
    traced,
    units::Bytes,
};

impl Stage {
    /// What lies outside the allocator.
    pub(crate) fn outside(&self, counted: Known<Bytes>) -> Known<Bytes> {
        shown(counted, self.memory_use.outside)
    }

    /// Captured graphs.
    pub(crate) fn captured(&self, counted: Known<Bytes>) -> Known<Bytes> {
        shown(counted, self.memory_use.graphs)
    }

    /// The peak of a step.
    pub(crate) fn peak_of_starts(&self, counted: Known<Bytes>, trace: Trace<'_>) -> Known<Bytes> {
        record_shown(Q::Activations, counted, self.memory_use.activations, trace);
        shown(counted, self.memory_use.activations)
    }
}

/// Whether starts showed anything else than the rules say.
fn differs(share: f64) -> bool {
    share.total_cmp(&1.0).is_ne()
}

/// So much of what the rules say.
fn shown(counted: Known<Bytes>, share: f64) -> Known<Bytes> {
    if !differs(share) || counted.is_zero() {
        return counted;
    }
    Known { basis: Basis::Fitted, ..counted.map(|bytes| share_of_count(share, bytes)) }
}

/// Records what the rules say and how much of it starts showed, if that is anything else.
pub(crate) fn record_shown(quantity: Q, counted: Known<Bytes>, share: f64, trace: Trace<'_>) {
    if differs(share) && !counted.is_zero() {
        traced!(trace, quantity, share_of_count {
            f: share => fact("", Source::Starts, Basis::Fitted),
            M_c: counted.value => rules("B"),
        });
    }
}
