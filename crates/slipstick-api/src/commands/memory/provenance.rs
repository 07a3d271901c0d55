//! Where the numbers of a deployment's memory come from.

use slipstick_core::{basis::Basis, trace::Records};

use super::MemoryAnswer;
use crate::{
    Provenance,
    provenance::{Entry, Names},
};

/// The records of a memory document.
pub(super) fn record(a: &MemoryAnswer) -> Provenance {
    let records = Records::default();
    a.resolved.memory_model().record(&a.workload, &a.estimate, records.trace());
    let mut provenance = Provenance::recorded(records.into_nodes(), "", &names(a));
    searched(a, "", &mut provenance);
    provenance
}

/// The names of what its numbers come from.
pub(crate) fn names(a: &MemoryAnswer) -> Names {
    Names::of(&a.resolved, a.estimate.rank().total().basis)
}

/// Records how far the counts of a memory object at `prefix` go: they are searched, not computed.
pub(crate) fn searched(a: &MemoryAnswer, prefix: &str, provenance: &mut Provenance) {
    let basis = a.estimate.rank().total().basis;
    for (name, what, unit) in [
        ("max_concurrency", "largest number of sequences of this context that fits", "sequences"),
        ("max_context_tokens", "longest context of this many sequences that fits", "tokens"),
    ] {
        let entry = Entry::fact(what, unit, basis, "the largest count whose memory fits, by the same sums");
        provenance.record(format!("{prefix}/{name}"), entry);
    }
    if a.resolved.model.assumed_architecture {
        provenance.weaken(Basis::Assumed);
    }
}
