//! Where the numbers of a comparison with hosted prices come from.

use slipstick_core::{basis::Basis, trace::Node};

use super::Answer;
use crate::{
    Provenance,
    commands::{estimate::dated, memory},
    provenance::Entry,
};

/// What was recorded, beside the records of the estimate, and the prices that are stated.
pub(super) fn of(a: &Answer<'_>, nodes: Vec<Node>) -> Provenance {
    let mut provenance = Provenance::default();
    provenance.embed("/own", a.replica.provenance.clone());
    let names = memory::provenance::names(&a.replica.memory).priced(dated(&a.price));
    provenance.extend(Provenance::recorded_below("/own", nodes, "/memory", &names));
    for (row, (hosted, _)) in a.api.iter().enumerate() {
        let price = &hosted.price;
        let kinds = [
            ("usd_per_million_input_tokens", "a million input tokens", Some(price.input)),
            ("usd_per_million_cached_input_tokens", "a million cached input tokens", price.cached),
            ("usd_per_million_output_tokens", "a million output tokens", Some(price.output)),
        ];
        for (field, what, usd) in kinds {
            let Some(usd) = usd else { continue };
            let mut entry = Entry::fact(what, "USD", Basis::Specified, hosted.source.clone());
            entry.value = Some(usd.get().into());
            provenance.record(format!("/api/{row}/{field}"), entry);
        }
    }
    provenance
}
