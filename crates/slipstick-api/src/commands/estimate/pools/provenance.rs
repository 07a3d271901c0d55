//! Where the numbers of two pools come from.

use slipstick_core::{basis::Basis, trace::Records};

use super::{
    super::{Priced, provenance},
    Pooled,
};
use crate::{
    Provenance,
    commands::memory::{MemoryAnswer, provenance as held},
    provenance::Entry,
};

/// Where the memory of each pool stands, and that of a worker that writes a second time: as the estimate's own.
const PREFILL: &str = "/pools/prefill/memory";
const DECODE: [&str; 2] = ["/pools/decode/memory", "/memory"];

/// What was recorded of both together, and what each holds.
pub(super) fn recorded(
    records: Records,
    decode: &MemoryAnswer,
    pools: &Pooled,
    price: Option<&Priced>,
) -> Provenance {
    let names = held::names(decode).priced(price.map(provenance::dated).unwrap_or_default());
    let mut all = Provenance::recorded(records.into_nodes(), DECODE[1], &names);
    for (memory, place) in DECODE.map(|place| (decode, place)).into_iter().chain([(&pools.prefill, PREFILL)])
    {
        let records = Records::default();
        memory.resolved.memory_model().record(&memory.workload, &memory.estimate, records.trace());
        all.extend(Provenance::recorded(records.into_nodes(), place, &held::names(memory)));
        held::searched(memory, place, &mut all);
    }
    if pools.service.is_some() {
        let spreads = decode.resolved.calibration().spreads.pools;
        provenance::stated(decode, spreads, price, &mut all);
    }
    if pools.best.is_some() {
        let tried = "every split of the accelerators between such workers, served the same load";
        let entry = Entry::fact("requests a second of the best split", "1/s", Basis::Fitted, tried);
        all.record("/pools/best/requests_per_s", entry);
        for workers in ["prefill_workers", "decode_workers"] {
            let entry = Entry::fact("workers of the best split", "workers", Basis::Fitted, tried);
            all.record(format!("/pools/best/{workers}"), entry);
        }
    }
    all
}
