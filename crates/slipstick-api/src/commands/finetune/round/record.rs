//! Where the times of a round come from.

use slipstick_catalog::training::round_fit;
use slipstick_core::{
    basis::Basis,
    formula::Formula,
    formulas::{
        parts::{largest, total},
        time::collective::transfer_time,
        training::{
            sampling::{beside_updates, between_phases, forward_passes, still_writing, waiting_samples},
            step::repeated_time,
        },
    },
    quantity::Detail,
    units::Seconds,
};

use super::{Drawn, Made, Phase, Round};
use crate::{Provenance, commands::train::Trained, provenance::Entry};

const ROOT: &str = "/round";
const UPDATE: &str = "/round/update_s";
const PHASED: &str = "/round/time_s/phases";

/// Records a round, whose updates are recorded already.
pub(in crate::commands::finetune) fn recorded(round: &Round, trained: &Trained, provenance: &mut Provenance) {
    update(round, provenance);
    for (place, phase) in round.phases.iter().enumerate() {
        let pointer = pointer(place);
        let entry = match phase.made {
            Made::Samples => samples(round, &pointer, provenance),
            Made::Forward(ratio) => forward(round, trained, ratio, provenance),
            Made::Updates(ratio) => updates(&repeated_time::FORMULA, "n", round.updates * ratio)
                .from_pointer("t_1", round.update.get(), "s", UPDATE),
            Made::Transfer(bytes, rate) => transfer(bytes, rate.get()),
            Made::Between => Entry::of(&between_phases::FORMULA, "s", Basis::Fitted)
                .input("k", round_fit().0, "", Basis::Fitted, "training_assumptions.csv: round")
                .from_pointer("T", round.phased().get(), "s", PHASED),
        };
        provenance.record(pointer, entry);
    }
    whole(round, provenance);
}

fn pointer(place: usize) -> String {
    format!("{ROOT}/phases/{place}/time_s")
}

fn updates(formula: &Formula, symbol: &str, value: f64) -> Entry {
    Entry::of(formula, "s", Basis::Exact).input(symbol, value, "updates", Basis::Exact, "request")
}

/// The update alone, by the parts of a step.
fn update(round: &Round, provenance: &mut Provenance) {
    let parts = ["compute_s", "exposed_communication_s", "bubble_s", "optimizer_s", "host_s"];
    if let Some(of) = provenance.get("/step/time_s").cloned() {
        let own = of.inputs.iter().filter(|(_, input)| {
            let at = input.pointer.as_deref().and_then(|at| at.strip_prefix("/step/"));
            at.is_some_and(|at| parts.contains(&at))
        });
        let inputs = own.cloned().collect();
        provenance.record(UPDATE, Entry { inputs, ..Entry::of(&total::FORMULA, "s", of.basis) });
    }
    let entry = Entry::fact("updates of a round", "updates", Basis::Exact, "request");
    provenance.record(format!("{ROOT}/updates"), entry);
    let before = updates(&beside_updates::FORMULA, "u", round.updates)
        .from_pointer("T", round.time().get(), "s", format!("{ROOT}/time_s"))
        .from_pointer("t", round.update.get(), "s", UPDATE);
    if round.before() > Seconds::ZERO {
        let at = "/step/before_training_s";
        provenance.record(at, before);
        if let Some(of) = provenance.get("/step/time_s").cloned() {
            let all = of.from_pointer("before_training", round.before().get(), "s", at);
            provenance.record("/step/time_s", all);
        }
    }
}

fn forward(round: &Round, trained: &Trained, ratio: f64, provenance: &Provenance) -> Entry {
    let (job, exact) = (trained.planned.job(), Basis::Exact);
    let entry = updates(&forward_passes::FORMULA, "u", round.updates)
        .input("x", ratio, "", exact, "parameters of both models")
        .input("m", job.batch.accumulation, "micro-batches", exact, "layout")
        .input("p", job.layout.pp, "stages", exact, "layout");
    let one = trained.step.turn.forward.get();
    match provenance.pointer_of(Detail::Turn(0).into()) {
        Some(pointer) => entry.from_pointer("F", one, "s", pointer),
        None => entry.input("F", one, "s", Basis::Fitted, "slipstick train"),
    }
}

fn transfer(bytes: f64, rate: f64) -> Entry {
    Entry::of(&transfer_time::FORMULA, "s", Basis::Exact)
        .input("alpha", 0.0, "s", Basis::Assumed, "one long transfer")
        .input("M", bytes, "B", Basis::Exact, "16-bit weights of a rank of the engine")
        .input("beta", rate, "B/s", Basis::Fitted, "calibration: the slowest link between them")
}

/// The phase in which samples are drawn, slice by slice.
fn samples(round: &Round, pointer: &str, provenance: &mut Provenance) -> Entry {
    let mut entry = Entry::of(&total::FORMULA, "s", Basis::Assumed);
    let Some(drawn) = &round.drawn else { return entry };
    stated(drawn, provenance);
    let own = format!("{pointer}/waiting");
    let valued = |entry: Entry, value: f64| Entry { value: Some(value.into()), ..entry };
    provenance.record(own.clone(), valued(waiting(drawn), drawn.waiting().get()));
    entry = entry.from_pointer("waiting", drawn.waiting().get(), "s", own);
    for (place, slice) in drawn.slices.iter().enumerate() {
        let own = format!("{pointer}/slices/{place}");
        let running = Entry::of(&still_writing::FORMULA, "samples", Basis::Assumed)
            .from_pointer("B", drawn.places, "samples", format!("{ROOT}/samples/at_once"))
            .input("l", slice.middle, "tokens", Basis::Exact, "slices of the length")
            .from_pointer("L", drawn.draw.longest, "tokens", format!("{ROOT}/samples/longest_tokens"))
            .from_pointer("m", drawn.draw.mean, "tokens", format!("{ROOT}/samples/written_tokens"));
        provenance.record(format!("{own}/running"), valued(running, slice.running));
        let time = repeated_time(slice.tokens, slice.step);
        let by = format!("slipstick estimate: a static batch of {:.0}", slice.running);
        let each = Entry::of(&repeated_time::FORMULA, "s", Basis::Fitted)
            .input("n", slice.tokens, "tokens", Basis::Exact, "slices of the length")
            .input("t_1", slice.step.get(), "s", Basis::Fitted, by);
        provenance.record(own.clone(), valued(each, time.get()));
        entry = entry.from_pointer(format!("x_{}", place + 1), time.get(), "s", own);
    }
    entry
}

fn waiting(drawn: &Drawn) -> Entry {
    let at = |name: &str| format!("{ROOT}/samples/{name}");
    Entry::of(&waiting_samples::FORMULA, "s", Basis::Fitted)
        .input("B", drawn.each, "samples", Basis::Exact, "samples of a round between engines")
        .from_pointer("C", drawn.places, "samples", at("at_once"))
        .from_pointer("m", drawn.draw.mean, "tokens", at("written_tokens"))
        .input("t", drawn.full.get(), "s", Basis::Fitted, "slipstick estimate: a static batch of all places")
}

/// What the request and the engine say of the samples.
fn stated(drawn: &Drawn, provenance: &mut Provenance) {
    let facts = [
        ("samples", "samples of a round", "samples"),
        ("engines", "engines that draw them", "engines"),
        ("prompt_tokens", "tokens of a prompt", "tokens"),
        ("written_tokens", "tokens that a sample writes on average", "tokens"),
        ("longest_tokens", "tokens at which a sample is cut", "tokens"),
    ];
    for (name, what, unit) in facts {
        let entry = Entry::fact(what, unit, Basis::Assumed, "request, or default");
        provenance.record(format!("{ROOT}/samples/{name}"), entry);
    }
    let by = format!("slipstick memory: at most {:.0} of its {:.0} samples", drawn.places, drawn.each);
    let entry = Entry::fact("samples that an engine runs at once", "samples", Basis::Fitted, by);
    provenance.record(format!("{ROOT}/samples/at_once"), entry);
}

/// All phases one after another, or the longer of those here and those elsewhere, with what is between them.
fn whole(round: &Round, provenance: &mut Provenance) {
    let at = format!("{ROOT}/time_s");
    let between = round.phases.iter().position(|phase| phase.made == Made::Between);
    let own = if between.is_some() { PHASED.to_owned() } else { at.clone() };
    phased(round, &own, provenance);
    if let Some(place) = between {
        let entry = Entry::of(&total::FORMULA, "s", Basis::Exact)
            .from_pointer("phases", round.phased().get(), "s", own)
            .from_pointer("between", round.phases[place].time.get(), "s", pointer(place));
        provenance.record(at, entry);
    }
}

/// The phases alone.
fn phased(round: &Round, at: &str, provenance: &mut Provenance) {
    let here = round.phases.iter().enumerate().filter(|(_, phase)| round.is_here(phase));
    let sum = here.fold(Entry::of(&total::FORMULA, "s", Basis::Exact), |entry, (place, phase)| {
        entry.from_pointer(symbol(phase), phase.time.get(), "s", pointer(place))
    });
    let valued = |entry: Entry, value: f64| Entry { value: Some(value.into()), ..entry };
    if !round.apart {
        return provenance.record(at, valued(sum, round.phased().get()));
    }
    let own = format!("{ROOT}/time_s/here");
    provenance.record(own.clone(), valued(sum, round.here()));
    let mut entry =
        Entry::of(&largest::FORMULA, "s", Basis::Exact).from_pointer("here", round.here(), "s", own);
    for (place, phase) in round.phases.iter().enumerate().filter(|(_, phase)| phase.made == Made::Samples) {
        entry = entry.from_pointer(symbol(phase), phase.time.get(), "s", pointer(place));
    }
    provenance.record(at, valued(entry, round.phased().get()));
}

fn symbol(phase: &Phase) -> String {
    phase.name.replace([' ', '-', '\''], "_")
}
