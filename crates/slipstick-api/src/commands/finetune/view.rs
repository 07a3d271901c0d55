//! What a person reads of a fine-tuning answer.

use slipstick_core::{
    training::{FrozenBase, Item, Phase},
    units::{
        Bytes,
        show::{counted, grouped},
    },
};

use super::{Tuned, round::Round};
use crate::{
    commands::train::{stage_table, step_table},
    view::{Block, Cell, Column, Measured, Table, Tone, View},
};

pub(super) fn view(a: &Tuned<'_>) -> View {
    let mut view = View::new(title(a));
    view.pairs(answers(a));
    let mut stages = a.memory.stages.clone();
    stages.extend(a.generation());
    view.push(Block::Table(stage_table(&stages, a.memory.planned.chosen.layout.pp)));
    view.push(Block::Table(items(a)));
    if !a.models.is_empty() {
        view.push(Block::Table(models(a)));
    }
    if let Some(round) = &a.round {
        view.push(Block::Table(phases(round)));
    }
    view.push(Block::Table(step_table(&a.answer.trained)));
    for warning in warnings(a) {
        view.warning(warning);
    }
    for note in notes(a) {
        view.note(note);
    }
    for default in &a.defaults {
        view.note(default.to_string());
    }
    for command in &a.launch {
        command.show(&mut view);
    }
    if a.launch.is_empty() {
        view.note(format!("no launch: {}", super::launch::NONE));
    }
    view
}

fn place(a: &Tuned<'_>) -> String {
    let cluster = &a.memory.planned.cluster;
    match cluster.accelerators() {
        1 => cluster.accelerator.name.clone(),
        count => format!("{count} x {}", cluster.accelerator.name),
    }
}

fn title(a: &Tuned<'_>) -> Cell {
    let planned = &a.memory.planned;
    let what = format!("{} of {} on {}", a.asked.method, planned.name, place(a));
    let (need, has) = (a.memory.meters.device.value, planned.cluster.accelerator.memory);
    if !a.fits {
        return Cell::toned(format!("{what} does not fit: {need} of {has}"), Tone::Bad);
    }
    let run = &a.answer.run;
    Cell::toned(format!("{what}: {need} of {has}, {} for the data set", run.time), Tone::Good)
}

fn answers(a: &Tuned<'_>) -> Vec<(&'static str, Cell)> {
    let planned = &a.memory.planned;
    let job = planned.job();
    let share = 100.0 * a.trainable() as f64 / planned.shape.parameters().max(1) as f64;
    let trained = format!(
        "{} of {} parameters ({share:.2} %)",
        grouped(a.trainable()),
        grouped(planned.shape.parameters())
    );
    let meters = &a.memory.meters;
    let memory = format!(
        "{} allocated, {} reserved, {} on the device",
        meters.allocated.value, meters.reserved.value, meters.device.value
    );
    let limits = &a.limits;
    let far = format!(
        "{} tokens at this batch, {} examples at this sequence",
        grouped(limits.sequence),
        grouped(limits.micro)
    );
    let fewest = limits.accelerators.map_or_else(|| "more than 16,384".to_owned(), |count| count.to_string());
    let each = a.asked.algorithm.sequences();
    let batch = format!(
        "{} x {} x {} x {}",
        counted(job.batch.sequence, "token"),
        counted(job.batch.micro / each, "example"),
        micro_batches(job.batch.accumulation),
        counted(job.layout.dp, "rank")
    );
    let mut pairs: Vec<(&'static str, Cell)> = vec![
        ("software", format!("{} {}", planned.software.entry.stack.name, planned.software.version).into()),
        ("trained", trained.into()),
        ("batch", batch.into()),
        ("memory", memory.into()),
        ("longest", far.into()),
        ("fewest accelerators", fewest.into()),
    ];
    pairs.extend(run(a));
    pairs
}

fn micro_batches(count: u64) -> String {
    if count == 1 { "1 micro-batch".to_owned() } else { format!("{} micro-batches", grouped(count)) }
}

fn run(a: &Tuned<'_>) -> Vec<(&'static str, Cell)> {
    let (run, data) = (&a.answer.run, &a.data);
    let kind =
        if data.packing { "packed".to_owned() } else { format!("padded to {} on average", data.sequence) };
    let set = format!(
        "{} tokens in {}, {kind}, {} steps",
        grouped(data.real),
        counted(data.epochs, "epoch"),
        grouped(run.steps)
    );
    let time = a.answer.trained.time();
    let step = match (time.low, time.high) {
        (Some(low), Some(high)) => format!("{} ({low} to {high})", time.value),
        _ => time.value.to_string(),
    };
    let mut pairs: Vec<(&'static str, Cell)> =
        vec![("data", set.into()), ("step", step.into()), ("time", run.time.to_string().into())];
    if let Some((price, cost)) = a.answer.price.as_ref().zip(run.cost) {
        pairs.push(("cost", format!("{cost} at {}", price.hourly).into()));
    }
    pairs
}

fn items(a: &Tuned<'_>) -> Table {
    let mut table =
        Table::new(vec![Column::text("phase"), Column::text("what it is for"), Column::size("memory")]);
    table.caption = Some("What memory is for, phase by phase".to_owned());
    for item in &a.items {
        let phase = Cell::from(item.phase.name().replace('_', " "));
        table.row([phase, item.name.into(), Measured::of(item.bytes).into()]);
    }
    for (item, _) in a.other_items() {
        let phase = Cell::from(item.phase.replace('_', " "));
        table.row([phase, item.item.clone().into(), Measured::of(item.bytes.0).into()]);
    }
    table
}

fn models(a: &Tuned<'_>) -> Table {
    let columns =
        vec![Column::text("role"), Column::text("model"), Column::size("memory"), Column::text("why")];
    let mut table = Table::new(columns);
    table.caption = Some("Models beside the one that is trained".to_owned());
    for model in &a.models {
        let when = if model.while_training { "" } else { "; asleep while weights are trained" };
        let why = format!("{}{when}", model.why);
        table.row([
            Cell::from(model.role),
            model.model.clone().into(),
            Measured::of(model.bytes).into(),
            why.into(),
        ]);
    }
    table
}

/// A round, phase by phase.
fn phases(round: &Round) -> Table {
    let mut table =
        Table::new(vec![Column::text("phase of a round"), Column::time("time"), Column::number("share")]);
    let all = round.time();
    table.caption = Some(caption(round));
    for phase in &round.phases {
        let share = format!("{:.1} %", 100.0 * (phase.time / all));
        table.row([Cell::from(phase.name), Measured::of(phase.time).into(), share.into()]);
    }
    table
}

fn caption(round: &Round) -> String {
    let all = format!("A round of {} takes {}", plural(round.updates, "update"), round.time());
    let Some(drawn) = &round.drawn else { return all };
    let how = if round.apart { "others draw samples meanwhile" } else { "one phase after another" };
    format!(
        "{all}, {how}: {} samples on {}, {:.0} at once, {:.0} tokens each after {} of a prompt",
        grouped(drawn.draw.samples),
        plural(drawn.draw.engines as f64, "engine"),
        drawn.places,
        drawn.draw.mean,
        drawn.draw.prompt
    )
}

/// A count with its word.
fn plural(count: f64, word: &str) -> String {
    let ending = if (count - 1.0).abs() < 1e-9 { "" } else { "s" };
    format!("{count} {word}{ending}")
}

/// What an item takes in any phase.
fn largest(a: &Tuned<'_>, name: &str) -> Bytes {
    let own = a.items.iter().filter(|item: &&Item| item.name == name);
    own.map(|item| item.bytes).max().unwrap_or(Bytes::ZERO)
}

fn warnings(a: &Tuned<'_>) -> Vec<String> {
    let planned = &a.memory.planned;
    let job = planned.job();
    let mut warnings: Vec<String> = planned.software.warning().into_iter().collect();
    if a.fits && a.memory.meters.device.value == planned.cluster.accelerator.memory {
        warnings.push(
            "memory is tight: it fits once the allocator gives back what it caches, which costs time"
                .to_owned(),
        );
    }
    if let Some(window) = a.window.filter(|window| job.batch.sequence > *window) {
        warnings.push(format!("the model was made for {} tokens, and sequences are longer", grouped(window)));
    }
    let Some(adapter) = job.recipe.adapter else { return warnings };
    if a.ranks_share() && !adapter.base_shared {
        let why = if adapter.base == FrozenBase::Int8 {
            "8-bit integers are never split"
        } else {
            "stage 3 of ZeRO does not split what bitsandbytes quantised"
        };
        warnings.push(format!(
            "each rank holds all frozen weights, {}: {why}; --fsdp with nf4 splits them",
            largest(a, "frozen layers")
        ));
    }
    if planned.shape.experts > 0 && adapter.experts_base.is_quantized() && a.request.experts_format.is_none()
    {
        warnings.push(
            "routed experts are counted in few bits too; where a library holds them as fused tensors bitsandbytes leaves them in bf16: --experts-format bf16 says so".to_owned(),
        );
    }
    warnings
}

/// Where longer sequences end, and by which meter.
fn end(a: &Tuned<'_>) -> Option<String> {
    let (limits, all) = (&a.limits, a.memory.planned.cluster.accelerator.memory);
    if limits.sequence == 0 {
        return None;
    }
    let (most, easy) = (grouped(limits.sequence), grouped(limits.easy_sequence));
    Some(if limits.easy_sequence == limits.sequence {
        format!(
            "sequences end at {most} tokens: beyond them tensors alone, with what the allocator cannot use, are more than {all}"
        )
    } else if limits.easy_sequence == 0 {
        format!(
            "the driver shows a full accelerator at any length; the allocator gives back what it caches and asks again, until tensors alone do not fit beyond {most} tokens"
        )
    } else {
        format!(
            "from {easy} tokens the driver shows a full accelerator ({all}) and the allocator gives back what it caches, which takes time; beyond {most} tokens tensors alone do not fit"
        )
    })
}

/// What would let it be trained.
fn cure(a: &Tuned<'_>) -> Option<String> {
    (!a.cures.is_empty()).then(|| format!("it fits with {}", a.cures.join(", or with ")))
}

fn notes(a: &Tuned<'_>) -> Vec<String> {
    let planned = &a.memory.planned;
    let job = planned.job();
    let mut notes: Vec<String> = end(a).into_iter().collect();
    notes.extend(cure(a));
    let peak = a.memory.stages.iter().max_by_key(|stage| stage.peak());
    let phase = peak.map_or("", |stage| match stage.phase {
        Phase::Loss => "logits are held: --loss chunked (a fused linear cross-entropy) leaves the backward pass of the layers",
        Phase::Backward => "one layer runs backward",
        Phase::OptimizerStep => "all weights are stepped at once",
        Phase::Forward | Phase::ForwardBackward => "the forward pass ends",
        Phase::Generation => "samples are drawn",
    });
    notes.push(format!("memory is at its peak where {phase}"));
    if let Some(adapter) = job.recipe.adapter.filter(|adapter| adapter.base.is_quantized()) {
        let copies = largest(a, "copies of frozen weights in 16 bit");
        let stream = if adapter.upcast {
            "; what is not quantised is fp32, and so is the residual stream"
        } else {
            ""
        };
        let size = if copies > Bytes::ZERO { format!(" ({copies} at a time)") } else { String::new() };
        notes.push(format!(
            "quantised weights save memory once; activations and logits grow with the sequence as they do beside 16-bit ones, and each product needs a copy of its weights in 16 bit{size}{stream}"
        ));
    }
    notes
}
