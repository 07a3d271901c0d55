//! Where the numbers of a fine-tuning answer come from.

use slipstick_core::{basis::Basis, trace::Node};

use super::Tuned;
use crate::{Provenance, commands::train, provenance::Entry};

/// What was recorded of the run, with what memory and the request state.
pub(super) fn recorded(a: &Tuned<'_>, nodes: Vec<Node>) -> Provenance {
    let mut provenance = train::recorded(&a.answer, nodes);
    for (pointer, entry) in stated(a) {
        provenance.record(pointer, entry);
    }
    let stack = &a.memory.planned.software.entry.stack;
    let rules = format!("rules of {} {}", stack.name, a.memory.planned.software.version);
    for (place, item) in a.items.iter().enumerate() {
        let entry = Entry::fact(item.name, "B", Basis::Fitted, rules.clone());
        provenance.record(format!("/items/{place}/bytes"), entry);
    }
    provenance
}

fn stated(a: &Tuned<'_>) -> Vec<(&'static str, Entry)> {
    let name = a.memory.planned.name.clone();
    let search = "the largest count whose memory fits, by the same sums".to_owned();
    vec![
        (
            "/trainable_parameters",
            Entry::fact("parameters that are trained", "parameters", Basis::Exact, name.clone()),
        ),
        ("/trainable_share", Entry::fact("trained of all parameters", "", Basis::Exact, name)),
        (
            "/max_sequence_tokens",
            Entry::fact("longest sequence that fits", "tokens", Basis::Fitted, search.clone()),
        ),
        (
            "/max_micro_batch",
            Entry::fact("largest micro-batch that fits", "examples", Basis::Fitted, search.clone()),
        ),
        ("/minimum_accelerators", Entry::fact("fewest accelerators", "accelerators", Basis::Fitted, search)),
    ]
}
