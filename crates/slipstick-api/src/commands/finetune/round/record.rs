//! Where the times of a round come from.

use slipstick_catalog::training::{round_fit, round_rates};
use slipstick_core::{
    basis::Basis,
    formula::Formula,
    formulas::{
        parts::{largest, total},
        time::collective::transfer_time,
        training::{
            sampling::{
                aside_time, beside_updates, drawing_time, forward_passes, held_at_most, still_writing,
                waiting_samples,
            },
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
            Made::Aside(out, back) => aside(out, back),
            Made::Transfer(bytes, rate) => transfer(bytes, rate.get()),
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

fn aside(out: f64, back: f64) -> Entry {
    let (rates, held) = (round_rates(), "weights and optimizer states of a rank");
    Entry::of(&aside_time::FORMULA, "s", Basis::Fitted)
        .input("M_o", out, "B", Basis::Exact, held)
        .input("W_o", rates.out.get(), "B/s", Basis::Fitted, "training_assumptions.csv: states_out")
        .input("M_i", back, "B", Basis::Exact, held)
        .input("W_i", rates.back.get(), "B/s", Basis::Fitted, "training_assumptions.csv: states_back")
}

fn transfer(bytes: f64, rate: f64) -> Entry {
    Entry::of(&transfer_time::FORMULA, "s", Basis::Exact)
        .input("alpha", 0.0, "s", Basis::Assumed, "one long transfer")
        .input("M", bytes, "B", Basis::Exact, "16-bit weights, each tensor whole")
        .input("beta", rate, "B/s", Basis::Fitted, "training_assumptions.csv: weights_sent, or a slower link")
}

/// The phase in which samples are drawn, slice by slice.
fn samples(round: &Round, pointer: &str, provenance: &mut Provenance) -> Entry {
    let mut entry = Entry::of(&total::FORMULA, "s", Basis::Assumed);
    let Some(drawn) = &round.drawn else { return entry };
    let batches = format!("{pointer}/batches");
    stated(drawn, provenance);
    let own = format!("{pointer}/waiting");
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
    provenance.record(batches.clone(), valued(entry, drawn.batches().get()));
    Entry::of(&drawing_time::FORMULA, "s", Basis::Fitted)
        .input("k", round_fit().0, "", Basis::Fitted, "training_rounds.csv: samples")
        .from_pointer("T", drawn.batches().get(), "s", batches)
        .input("r", drawn.draw.rounds as f64, "rounds", Basis::Exact, "request")
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
    let at = |name: &str| format!("{ROOT}/samples/{name}");
    let held = held_at_most(drawn.draw.prompt as f64, drawn.draw.longest, drawn.draw.mean);
    let entry = Entry::of(&held_at_most::FORMULA, "tokens", Basis::Assumed)
        .from_pointer("p", drawn.draw.prompt as f64, "tokens", at("prompt_tokens"))
        .from_pointer("L", drawn.draw.longest, "tokens", at("longest_tokens"))
        .from_pointer("m", drawn.draw.mean, "tokens", at("written_tokens"));
    provenance.record(at("at_once/held_tokens"), valued(entry, held));
    let by = format!("slipstick memory: at most {:.0} of its {:.0} samples", drawn.places, drawn.each);
    let entry = Entry::fact("samples that an engine runs at once", "samples", Basis::Fitted, by);
    provenance.record(format!("{ROOT}/samples/at_once"), entry);
}

/// The longer of what is done here and elsewhere, and then new weights.
fn whole(round: &Round, provenance: &mut Provenance) {
    let (here, sent) =
        (format!("{ROOT}/time_s/here"), |phase: &Phase| matches!(phase.made, Made::Transfer(..)));
    let sum = summed(round, |phase| round.is_here(phase), Entry::of(&total::FORMULA, "s", Basis::Exact));
    provenance.record(here.clone(), valued(sum, round.here()));
    let entry = Entry::of(&total::FORMULA, "s", Basis::Exact);
    let entry = if round.apart {
        let longer = format!("{ROOT}/time_s/longer");
        let largest =
            Entry::of(&largest::FORMULA, "s", Basis::Exact).from_pointer("here", round.here(), "s", here);
        let value = round.here().max(round.drawing());
        let largest = summed(round, |phase| phase.made == Made::Samples, largest);
        provenance.record(longer.clone(), valued(largest, value));
        entry.from_pointer("longer", value, "s", longer)
    } else {
        entry.from_pointer("here", round.here(), "s", here)
    };
    provenance.record(format!("{ROOT}/time_s"), summed(round, sent, entry));
}

/// An entry with the times of some phases.
fn summed(round: &Round, counts: impl Fn(&Phase) -> bool, entry: Entry) -> Entry {
    let own = round.phases.iter().enumerate().filter(|(_, phase)| counts(phase));
    own.fold(entry, |entry, (place, phase)| {
        entry.from_pointer(symbol(phase), phase.time.get(), "s", pointer(place))
    })
}

fn valued(entry: Entry, value: f64) -> Entry {
    Entry { value: Some(value.into()), ..entry }
}

fn symbol(phase: &Phase) -> String {
    phase.name.replace([' ', '-', '\''], "_")
}
