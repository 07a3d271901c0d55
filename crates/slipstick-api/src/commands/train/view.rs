//! What a person reads of a training answer.

use core::fmt::Write as _;

use slipstick_core::{
    training::{Meters, StageMemory},
    units::{Bytes, Seconds, show::grouped},
};

use super::{Answer, Planned, Trained, report::LayoutUsed, search::Looked};
use crate::view::{Axis, Block, Cell, Column, Measured, Plot, Series, Table, Tone, View};

pub(super) fn view(a: &Answer) -> View {
    let planned = &a.trained.planned;
    let mut view = View::new(title(a));
    view.pairs(answers(a));
    view.push(Block::Table(stage_table(&a.trained.stages, planned.chosen.layout.pp)));
    view.push(Block::Table(step_table(&a.trained)));
    if let Some(looked) = &a.looked {
        view.push(Block::Table(best(a)));
        view.push(Block::Plot(front(a)));
        view.push(Block::Table(losing(&Looked::neighbours(planned))));
        let found = &planned.found;
        view.note(format!(
            "{} layouts looked at, {} valid, {} fit",
            grouped(found.candidates),
            grouped(found.valid),
            grouped(found.fit)
        ));
        if let Some(count) = looked.minimum {
            view.note(format!("the fewest that can train it at all: {count}"));
        }
    }
    a.launches.show(&mut view);
    if let Some(warning) = planned.software.warning() {
        view.warning(warning);
    }
    if let Some(config) = &a.config {
        config.show(&mut view);
    }
    for note in chosen(planned) {
        view.note(note);
    }
    let fit = &planned.efficiency;
    view.note(format!("times: fitted on {} ({} runs)", fit.fitted_on, fit.points));
    if a.price.is_none() {
        view.note(
            "no price: nobody in the catalogue offers this; give one with --price, such as --price '$2.50/h'",
        );
    }
    view
}

/// What was chosen, by the reason for it.
fn chosen(planned: &Planned) -> Vec<String> {
    let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
    for default in &planned.defaults {
        let choice = format!("{} {}", default.flag, default.value);
        match reasons.iter_mut().find(|(why, _)| *why == default.why) {
            Some((_, choices)) => choices.push(choice),
            None => reasons.push((&default.why, vec![choice])),
        }
    }
    reasons.into_iter().map(|(why, choices)| format!("{}: {why}", choices.join(" "))).collect()
}

/// Layouts of which no other is both faster and smaller.
fn front(a: &Answer) -> Plot {
    let one = |candidate: &slipstick_core::training::search::Candidate| {
        let report = a.candidate(candidate);
        (report.peak_bytes.value.as_gib(), report.time_s.value.get())
    };
    let points = a.trained.planned.found.front.iter().map(one).collect();
    Plot {
        caption: "No other layout is both faster and smaller".to_owned(),
        x: Axis { label: "memory on the device (GiB)".to_owned(), log: false },
        y: Axis { label: "step (s)".to_owned(), log: false },
        series: vec![Series { label: "front".to_owned(), points }],
    }
}

fn place(planned: &Planned) -> String {
    let cluster = &planned.cluster;
    format!("{} x {}", cluster.accelerators(), cluster.accelerator.name)
}

fn title(a: &Answer) -> Cell {
    let planned = &a.trained.planned;
    if !planned.fits() {
        let text = format!(
            "{} does not fit on {}: it needs {} of {} on each",
            planned.name,
            place(planned),
            a.trained.meters.device.value,
            planned.cluster.accelerator.memory
        );
        return Cell::toned(text, Tone::Bad);
    }
    let text = format!(
        "{} on {}: {} tokens/s, {}, {} a step",
        planned.name,
        place(planned),
        slipstick_core::units::show::scaled(a.rates.all.get()),
        a.run.time,
        a.trained.step.total()
    );
    Cell::toned(text, Tone::Good)
}

fn answers(a: &Answer) -> Vec<(&'static str, Cell)> {
    let (trained, planned) = (&a.trained, &a.trained.planned);
    let layout = layout(&LayoutUsed::of(planned, &planned.chosen));
    let used = a.used();
    let utilisation = format!(
        "{:.1} % by {} FLOPs, {:.0} TFLOP/s each",
        100.0 * used.share,
        planned.convention.name(),
        used.rate.as_tflops_per_s()
    );
    let time = trained.time();
    let band = match (time.low, time.high) {
        (Some(low), Some(high)) => format!("{} ({low} to {high})", time.value),
        _ => time.value.to_string(),
    };
    let mut pairs: Vec<(&'static str, Cell)> = vec![
        ("software", format!("{} {}", planned.software.entry.stack.name, planned.software.version).into()),
        ("layout", layout.into()),
        ("memory", meters(trained).into()),
        ("step", band.into()),
        ("utilisation", utilisation.into()),
    ];
    pairs.extend(host(trained).map(|text| ("host memory", text.into())));
    pairs.extend(run(a));
    pairs
}

/// What three meters read.
fn meters(a: &Trained) -> String {
    let Meters { allocated, reserved, device } = a.meters;
    format!(
        "{} allocated, {} reserved, {} ({} to {}) on the device of {}",
        allocated.value,
        reserved.value,
        device.value,
        device.low,
        device.high,
        a.planned.cluster.accelerator.memory
    )
}

/// What lies in the host's memory, if anything does.
fn host(a: &Trained) -> Option<String> {
    let (host, node) = (a.host(), u64::from(a.planned.cluster.per_node));
    (host > Bytes::ZERO)
        .then(|| format!("{host} for each accelerator, {} for a node of {node}", host.times(node)))
}

fn run(a: &Answer) -> Vec<(&'static str, Cell)> {
    let run = &a.run;
    let whole = format!(
        "{} tokens in {} steps, {} accelerator-hours; {:.1} failures, {:.1} % useful time",
        grouped(run.tokens),
        grouped(run.steps),
        slipstick_core::units::show::scaled(run.accelerator_hours),
        run.failures,
        100.0 * run.goodput
    );
    let mut pairs: Vec<(&'static str, Cell)> = vec![("run", whole.into())];
    if let Some((price, cost)) = a.price.as_ref().zip(run.cost) {
        pairs.push(("cost", format!("{cost} at {}", price.hourly).into()));
    }
    if let (Some(energy), Some(co2)) = (run.energy, run.co2_kg) {
        let co2 =
            if co2 < 1000.0 { format!("{co2:.0} kg CO2") } else { format!("{:.1} t CO2", co2 / 1000.0) };
        pairs.push(("energy", format!("{:.0} kWh, {co2}", energy.as_kwh()).into()));
    }
    let storage = format!("{} a checkpoint, {} of data", run.checkpoint, run.data_set);
    pairs.push(("storage", storage.into()));
    pairs
}

fn layout(layout: &LayoutUsed) -> String {
    let mut text = format!("dp {} tp {} pp {}", layout.dp, layout.tp, layout.pp);
    for (name, degree) in [("vpp", layout.vpp), ("cp", layout.cp), ("ep", layout.ep), ("etp", layout.etp)] {
        if degree > 1 {
            // Writing into a text cannot fail.
            let _ = write!(text, " {name} {degree}");
        }
    }
    format!(
        "{text}, zero {}, micro-batch {} x {}, recompute {}, {}",
        layout.zero, layout.micro_batch, layout.accumulation, layout.recompute, layout.schedule
    )
}

/// Stages beyond these are as the ones between first and last.
const SHOWN_STAGES: u64 = 4;

/// Stages in their phases, of so many stages.
pub(crate) fn stage_table(stages: &[StageMemory], all: u64) -> Table {
    let mut table = Table::new(vec![
        Column::number("stage"),
        Column::text("phase"),
        Column::size("weights").priority(2),
        Column::size("gradients").priority(2),
        Column::size("optimizer").priority(2),
        Column::size("activations").priority(1),
        Column::size("logits").priority(1),
        Column::size("buffers").priority(3),
        Column::size("transient").priority(3),
        Column::size("all"),
    ]);
    table.caption = Some("Memory of one accelerator by stage and phase, as its allocator counts".to_owned());
    let last = all - 1;
    for stage in stages.iter().filter(|one| one.stage < SHOWN_STAGES || one.stage == last) {
        table.row([
            Cell::from(stage.stage.to_string()),
            stage.phase.name().replace('_', " ").into(),
            Measured::of(stage.weights).into(),
            Measured::of(stage.gradients).into(),
            Measured::of(stage.optimizer).into(),
            Measured::of(stage.activations).into(),
            Measured::of(stage.logits).into(),
            Measured::of(stage.buffers).into(),
            Measured::of(stage.transient).into(),
            Measured::of(stage.peak()).into(),
        ]);
    }
    table
}

/// The parts of a step.
pub(crate) fn step_table(a: &Trained) -> Table {
    let mut table =
        Table::new(vec![Column::text("part of a step"), Column::time("time"), Column::number("share")]);
    let total = a.step.total();
    for (name, time) in a.step.parts().into_iter().filter(|(_, time)| *time > Seconds::ZERO) {
        table.row([
            Cell::from(name.replace('_', " ")),
            Measured::of(time).into(),
            format!("{:.1} %", 100.0 * (time / total)).into(),
        ]);
    }
    table
}

fn best(a: &Answer) -> Table {
    let mut table = Table::new(vec![
        Column::text("best layouts"),
        Column::time("step"),
        Column::number("MFU"),
        Column::size("memory"),
    ]);
    for candidate in a.trained.planned.found.best.iter().map(|candidate| a.candidate(candidate)) {
        table.row([
            Cell::from(layout(&candidate.layout)),
            Measured::of(candidate.time_s.value).into(),
            format!("{:.1} %", 100.0 * candidate.mfu.value).into(),
            Measured::of(candidate.peak_bytes.value).into(),
        ]);
    }
    table
}

fn losing(neighbours: &[super::NeighbourReport]) -> Table {
    let mut table = Table::new(vec![
        Column::text("layouts beside the best"),
        Column::time("step"),
        Column::text("why not"),
    ]);
    for neighbour in neighbours {
        let time = neighbour.time_s.map(|time| Measured::of(time.0).into()).unwrap_or_default();
        table.row([Cell::from(layout(&neighbour.layout)), time, neighbour.why.clone().into()]);
    }
    table
}
