//! Where the numbers of a fine-tuning answer come from.

use slipstick_core::{
    basis::Basis,
    formulas::{
        parts::{largest, least, total},
        training::{
            data::{computed_share, padded_length, padded_tokens, passes_over, trained_part},
            held::{last_held, left_of, share_of_device},
            states::sharded,
        },
    },
    quantity::Detail,
    trace::Node,
    training::Adapter,
    units::Bytes,
};

use super::{
    Tuned,
    beside::{Beside, Made},
    round,
};
use crate::{Provenance, commands::train, provenance::Entry};

/// What was recorded of the run and of memory, with what data, limits and other models say.
pub(super) fn recorded(a: &Tuned<'_>, nodes: Vec<Node>) -> Provenance {
    let mut provenance = train::recorded(&a.answer, nodes);
    trained(a, &mut provenance);
    items(a, &mut provenance);
    others(a, &mut provenance);
    limits(a, &mut provenance);
    data(a, &mut provenance);
    if let Some(round) = &a.round {
        round::recorded(round, &a.answer.trained, &mut provenance);
    }
    provenance
}

/// Parameters that are trained, and their share.
fn trained(a: &Tuned<'_>, provenance: &mut Provenance) {
    let all = a.memory.planned.shape.parameters();
    if provenance.get("/trainable_parameters").is_none() {
        let entry = Entry::of(&total::FORMULA, "parameters", Basis::Exact).from_pointer(
            "all",
            all,
            "parameters",
            "/parameters",
        );
        provenance.record("/trainable_parameters", entry);
    }
    let entry = Entry::of(&trained_part::FORMULA, "", Basis::Exact)
        .from_pointer("n", a.trainable(), "parameters", "/trainable_parameters")
        .from_pointer("N", all, "parameters", "/parameters");
    provenance.record("/trainable_share", entry);
    if let Some(adapter) = a.memory.planned.job().recipe.adapter.filter(Adapter::is_on_matrices) {
        let said =
            if a.request.rank.is_some() { ("request", Basis::Exact) } else { ("default", Basis::Assumed) };
        let entry = Entry::fact(format!("rank {} of adapters", adapter.rank), "", said.1, said.0);
        provenance.record("/rank", entry);
    }
}

/// What memory is for, by the records of the stage that is itemised.
fn items(a: &Tuned<'_>, provenance: &mut Provenance) {
    for (place, item) in a.items.iter().enumerate() {
        if let Some(entry) = provenance.of(item.from).cloned() {
            provenance.record(format!("/items/{place}/bytes"), entry);
        }
    }
}

/// Records a number that stands nowhere else, with its value.
fn valued(provenance: &mut Provenance, pointer: &str, mut entry: Entry, value: Bytes) {
    entry.value = Some(value.get().into());
    provenance.record(pointer, entry);
}

/// Other models, in a phase and all together.
fn others(a: &Tuned<'_>, provenance: &mut Provenance) {
    for (place, model) in a.models.iter().enumerate() {
        other(a, &format!("/models/{place}/bytes"), model, provenance);
    }
    let sum = |pointer: &str, test: &dyn Fn(&Beside) -> bool, provenance: &mut Provenance| {
        let mut entry = Entry::of(&total::FORMULA, "B", Basis::Exact);
        let own = a.models.iter().enumerate().filter(|(_, model)| test(model));
        for (place, model) in own.clone() {
            let from = format!("/models/{place}/bytes");
            entry = entry.from_pointer(model.role.replace(' ', "_"), model.bytes.get(), "B", from);
        }
        valued(provenance, pointer, entry, own.map(|(_, model)| model.bytes).sum());
    };
    let training: &dyn Fn(&Beside) -> bool = &|model| model.while_training;
    for (quantity, test) in
        [(Detail::OtherModels, training), (Detail::RolloutEngine, &|model: &Beside| !model.while_training)]
    {
        if let Some(pointer) = provenance.pointer_of(quantity.into()) {
            sum(&pointer, test, provenance);
        }
    }
    if let Some(generation) = a.generation() {
        sum("/models/all_bytes", &|_| true, provenance);
        let all: Bytes = a.models.iter().map(|model| model.bytes).sum();
        let stage = format!("/memory/stages/{}/weights_bytes", a.memory.stages.len());
        let entry = Entry::of(&left_of::FORMULA, "B", Basis::Exact)
            .from_pointer("a", generation.weights.get(), "B", stage)
            .from_pointer("b", all.get(), "B", "/models/all_bytes");
        valued(provenance, "/models/of_its_own", entry, generation.weights.saturating_sub(all));
    }
    for (place, (_, from)) in a.other_items().into_iter().enumerate() {
        if let Some(entry) = provenance.get(&from).cloned() {
            provenance.record(format!("/items/{}/bytes", a.items.len() + place), entry);
        }
    }
}

/// What one of them is made of.
fn other(a: &Tuned<'_>, pointer: &str, model: &Beside, provenance: &mut Provenance) {
    let (name, exact) = (model.model.clone(), Basis::Exact);
    let entry = match model.made {
        Made::Nothing => Entry::fact("a model with adapters switched off", "B", exact, name),
        Made::Weights(parameters, ranks) => Entry::of(&sharded::FORMULA, "B", exact)
            .input("N", parameters, "parameters", exact, name)
            .input("b", 2.0, "B", exact, "16-bit weights")
            .input("R", ranks, "ranks", exact, "layout"),
        Made::States(states) => {
            let names = ["weights", "gradients", "optimizer"];
            let entry = Entry::of(&total::FORMULA, "B", exact);
            names.into_iter().zip(states).fold(entry, |entry, (part, bytes)| {
                entry.input(part, bytes.get(), "B", Basis::Specified, format!("slipstick finetune: {name}"))
            })
        }
        Made::Share(share, need) => {
            let capacity = a.memory.planned.cluster.accelerator.memory;
            let own = format!("{pointer}/share");
            let said =
                a.request.models.engine_share.map_or(("default", Basis::Assumed), |_| ("request", exact));
            let entry = Entry::of(&share_of_device::FORMULA, "B", exact)
                .input("s", share, "", said.1, said.0)
                .from_pointer("C", capacity.get(), "B", "/memory/capacity_bytes");
            valued(provenance, &own, entry, capacity.fraction(share));
            Entry::of(&largest::FORMULA, "B", exact)
                .from_pointer("share", capacity.fraction(share).get(), "B", own)
                .input("need", need.get(), "B", Basis::Specified, format!("slipstick memory: {name}"))
        }
    };
    provenance.record(pointer, entry);
}

/// How far memory goes: the last count that is held, and what the next one that was tried needs.
fn limits(a: &Tuned<'_>, provenance: &mut Provenance) {
    let sure = provenance.basis("/memory/allocated_bytes").unwrap_or(Basis::Fitted);
    let all = a.memory.planned.cluster.accelerator.memory;
    let holds = (a.memory.planned.capacity, "what the allocator can use of the accelerator");
    let driver = (all, "all that the driver shows");
    let limits = &a.limits;
    let found = [
        ("/max_sequence_tokens", limits.sequence, "tokens", holds),
        ("/easy_sequence_tokens", limits.easy_sequence, "tokens", driver),
        ("/max_micro_batch", limits.micro, "examples", holds),
        ("/minimum_accelerators", limits.accelerators.unwrap_or(0), "accelerators", holds),
    ];
    for ((pointer, count, unit, (memory, whose)), need) in found.into_iter().zip(&limits.needs) {
        if pointer == "/minimum_accelerators" && limits.accelerators.is_none() {
            continue;
        }
        let entry = Entry::of(&last_held::FORMULA, unit, sure)
            .input("n", count, unit, Basis::Exact, "search over counts")
            .input("M", need.last.get(), "B", sure, "the sums of /memory at this count")
            .input("M_b", need.next.get(), "B", sure, "the same at the next count that was tried")
            .input("C", memory.get(), "B", Basis::Specified, whose);
        provenance.record(pointer, entry);
    }
}

/// Tokens that are trained on, and those that are computed for it.
fn data(a: &Tuned<'_>, provenance: &mut Provenance) {
    let (data, exact) = (&a.data, Basis::Exact);
    let said = if data.computed.asked { ("request", exact) } else { ("default", Basis::Assumed) };
    let fact = |name: &str, unit: &str| Entry::fact(name, unit, said.1, said.0);
    if data.examples.is_some() {
        provenance.record("/data/examples", fact("examples", "examples"));
    }
    provenance.record("/data/epochs", Entry::fact("passes over the data set", "", exact, "request"));
    let tokens = Entry::of(&passes_over::FORMULA, "tokens", exact)
        .from_pointer("e", data.epochs, "", "/data/epochs")
        .input("D_1", data.once, "tokens", said.1, said.0);
    provenance.record("/data/tokens", tokens);
    sequence(a, provenance);
    let share = Entry::of(&computed_share::FORMULA, "", exact)
        .from_pointer("D_c", data.computed.value, "tokens", "/run/tokens")
        .from_pointer("D", data.real, "tokens", "/data/tokens");
    provenance.record("/data/computed_per_token", share);
    let run = if data.packing {
        Entry::of(&total::FORMULA, "tokens", exact).from_pointer(
            "packed",
            data.real,
            "tokens",
            "/data/tokens",
        )
    } else {
        Entry::of(&padded_tokens::FORMULA, "tokens", exact)
            .input("n", data.rows, "examples", said.1, said.0)
            .from_pointer("e", data.epochs, "", "/data/epochs")
            .from_pointer("l", data.sequence, "tokens", "/data/sequence_tokens")
    };
    provenance.record("/run/tokens", run);
}

/// Tokens of a sequence of a step: the longest of a micro-batch, cut where sequences end.
fn sequence(a: &Tuned<'_>, provenance: &mut Provenance) {
    let (data, exact, pointer) = (&a.data, Basis::Exact, "/data/sequence_tokens");
    let longest = ("longest", data.longest, "tokens", exact, "request");
    let entry = Entry::of(&least::FORMULA, "tokens", exact)
        .input(longest.0, longest.1, longest.2, longest.3, longest.4);
    if data.packing {
        return provenance.record(pointer, entry);
    }
    let own = format!("{pointer}/padded");
    let growth = slipstick_catalog::training::padding_growth();
    let padded = padded_length(data.mean, growth, data.micro);
    let mut made = Entry::of(&padded_length::FORMULA, "tokens", exact)
        .input("m", data.mean, "tokens", exact, "request")
        .input("g", growth, "", Basis::Fitted, "catalogue: assumptions")
        .input("b", data.micro, "examples", exact, "request");
    made.value = Some(padded.into());
    provenance.record(own.clone(), made);
    provenance.record(pointer, entry.from_pointer("padded", padded, "tokens", own));
}
