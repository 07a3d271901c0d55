//! Where the numbers of a training answer come from.

use slipstick_core::{basis::Basis, trace::Node};

use super::Answer;
use crate::{
    Provenance,
    commands::estimate::dated,
    provenance::{Entry, Names},
};

/// What was recorded, with what the catalogue and the request state.
pub(crate) fn recorded(a: &Answer, nodes: Vec<Node>) -> Provenance {
    let planned = &a.trained.planned;
    let mut provenance = Provenance::recorded(nodes, "", &names(a));
    let way = planned.convention as usize;
    for name in ["mfu", "flops_per_s_per_accelerator"] {
        let listed = provenance.get(&format!("/mfu_by_convention/{way}/{name}")).cloned();
        if let Some(entry) = listed {
            provenance.record(format!("/{name}"), entry);
        }
    }
    if let Some(entry) = provenance.get("/memory/device_bytes").cloned() {
        provenance.record("/memory/peak_bytes", entry);
    }
    for (pointer, entry) in stated(a) {
        provenance.record(pointer, entry);
    }
    if planned.assumed_architecture || !planned.software.known {
        provenance.weaken(Basis::Assumed);
    }
    provenance
}

/// Numbers that nothing computes.
fn stated(a: &Answer) -> [(&'static str, Entry); 4] {
    let planned = &a.trained.planned;
    let chip = format!("catalogue: {}", planned.cluster.accelerator.id);
    let points = Entry::fact("measured runs behind the times", "runs", planned.efficiency.basis, fit(a));
    [
        ("/parameters", Entry::fact("parameters", "parameters", Basis::Exact, planned.name.clone())),
        ("/stack/points", points),
        (
            "/memory/capacity_bytes",
            Entry::fact("memory that the driver shows", "B", Basis::Specified, chip.clone()),
        ),
        (
            "/peak_flops_per_s",
            Entry::fact("dense peak of the products' format", "FLOP/s", Basis::Specified, chip),
        ),
    ]
}

/// What times were fitted on.
fn fit(a: &Answer) -> String {
    format!("training_fits.csv: {}", a.trained.planned.efficiency.fitted_on)
}

fn names(a: &Answer) -> Names {
    let planned = &a.trained.planned;
    let stack = &planned.software.entry.stack;
    Names::of_training(
        planned.name.clone(),
        &planned.cluster.accelerator.id,
        format!("rules of {} {}", stack.name, stack.version),
        (fit(a), planned.efficiency.basis),
        a.price.as_ref().map(dated).unwrap_or_default(),
    )
}
