//! What a person reads of a deployment's memory.

use slipstick_core::{
    basis::Known,
    estimate::{Verdict, memory::Reach},
    hardware::Cluster,
    units::{
        Bytes,
        show::{counted, grouped},
    },
    workload::Workload,
};

use super::{MemoryAnswer, advice::Advised, plot::plot};
use crate::{
    request::format_name,
    resolve::{Assumption, Resolved},
    view::{Bar, Block, Cell, Column, Measured, Segment, Table, Tone, View, gib},
};

pub(super) fn view(a: &MemoryAnswer, advised: &Advised) -> View {
    let mut view = View::new(title(a));
    view.pairs(facts(&a.resolved));
    view.push(Block::Bar(bar(a)));
    view.push(Block::Table(items(a)));
    view.pairs(reaches(a));
    if let Some(printed) = printed(a) {
        view.note(printed);
    }
    advised.add(&mut view, a);
    notes(&mut view, a);
    view.details.extend(plot(a).map(Block::Plot));
    view
}

/// The memory of one accelerator and how far it goes, as a part of a larger answer: to the byte among its details.
pub(crate) fn add(view: &mut View, a: &MemoryAnswer) {
    view.push(Block::Bar(bar(a)));
    view.pairs(reaches(a));
    view.details.push(Block::Table(items(a)));
    view.details.extend(printed(a).map(Block::Note));
}

/// How far the memory goes.
fn reaches(a: &MemoryAnswer) -> [(&'static str, Cell); 2] {
    let held = format!("requests of {}", counted(held_tokens(a), "token"));
    [
        ("largest concurrency", reach(a.estimate.max_concurrency, &held)),
        ("largest context", largest_context(a)),
    ]
}

/// What the engine's log should say of its cache.
fn printed(a: &MemoryAnswer) -> Option<String> {
    let pool = a.estimate.pool.as_ref().filter(|pool| pool.blocks.value > 0)?;
    let (tokens, blocks) = (between(pool.printed_tokens), between(pool.blocks));
    Some(format!("the engine should print a cache of {tokens} tokens in {blocks} blocks"))
}

/// Tokens that are set aside for each sequence.
fn held_tokens(a: &MemoryAnswer) -> u64 {
    if a.resolved.engine().reserves_context() { a.workload.context() } else { a.workload.length() }
}

/// Where the engine starts, but holds no sequence as long as it is told of.
fn short_pool(a: &MemoryAnswer) -> Option<String> {
    let context = a.workload.context();
    if context <= a.workload.length() || !a.verdict.starts() {
        return None;
    }
    let longest = Workload::full(context, 1).ok()?;
    (!a.resolved.memory_model().fits(&longest)).then(|| {
        format!(
            "no sequence of {} fits: the engine starts, and cuts or refuses it",
            counted(context, "token")
        )
    })
}

/// A count with its band.
fn between(known: Known<u64>) -> String {
    let value = grouped(known.value);
    if known.low == known.high {
        return value;
    }
    format!("{value} ({} to {})", grouped(known.low), grouped(known.high))
}

/// Where an engine wants a block of state for each sequence, and has fewer.
fn state_limit(a: &MemoryAnswer) -> Option<String> {
    let limit = a.estimate.state_limit.as_ref().filter(|limit| limit.blocks.value > 0)?;
    let engine = a.resolved.engine_name();
    let most = between(limit.blocks);
    let cure = format!("give --max-sequences {} or less", grouped(limit.blocks.value));
    if let (Some(asked), true) = (limit.asked, limit.refuses()) {
        let asked = counted(asked, "sequence");
        return Some(format!(
            "{engine} refuses to start with {asked}: it has {most} blocks of state; {cure}"
        ));
    }
    let default = limit.default.filter(|_| limit.refuses_default())?;
    let default = counted(default, "sequence");
    Some(format!(
        "{engine} refuses to start at its default of {default}: it has {most} blocks of state; {cure}"
    ))
}

/// How long sequences may get for memory, and where the model's own limit comes first.
fn largest_context(a: &MemoryAnswer) -> Cell {
    let requests = counted(a.workload.concurrency(), "request");
    let limit = a.resolved.model.model.max_context;
    let own = |limit: u64| format!("the model takes {}", grouped(limit));
    match (a.estimate.max_context, limit) {
        (Reach::UpTo(count), Some(limit)) if count > limit => {
            format!("{} tokens for {requests}; {}", grouped(count), own(limit)).into()
        }
        (Reach::Unbounded, Some(limit)) => {
            format!("memory does not bound the tokens for {requests}; {}", own(limit)).into()
        }
        (other, _) => reach(other, &format!("tokens for {requests}")),
    }
}

/// Where memory would hold longer sequences than the model takes.
fn beyond_model(a: &MemoryAnswer) -> Option<String> {
    let limit = a.resolved.model.model.max_context?;
    let context = a.workload.context();
    (context > limit).then(|| {
        format!(
            "{} are more than the {} that the model takes: engines refuse them",
            counted(context, "token"),
            grouped(limit)
        )
    })
}

fn title(a: &MemoryAnswer) -> Cell {
    let place = placed(&a.resolved);
    let name = &a.resolved.model.name;
    match a.verdict {
        Verdict::Holds => {
            let free = a.estimate.rank().free();
            Cell::toned(format!("{name} fits on {place}, {free} free on each"), Tone::Good)
        }
        Verdict::Queues | Verdict::Saturated => Cell::toned(queued(a, &place), Tone::Warn),
        Verdict::DoesNotStart => Cell::toned(too_large(a, &place), Tone::Bad),
    }
}

/// It starts, and some requests wait.
pub(crate) fn queued(a: &MemoryAnswer, place: &str) -> String {
    format!(
        "{} starts on {place} and holds {} of {} requests in flight",
        a.resolved.model.name,
        grouped(a.places()),
        grouped(a.workload.concurrency())
    )
}

/// Not even one sequence fits.
pub(crate) fn too_large(a: &MemoryAnswer, place: &str) -> String {
    let name = &a.resolved.model.name;
    if a.estimate.state_limit.is_some_and(|limit| limit.refuses()) {
        return format!("{name} does not start on {place}: more sequences than blocks of state");
    }
    let missing = a.missing();
    format!("{name} does not fit on {place}: {missing} too much on each for one sequence")
}

/// `8 x NVIDIA H100`, with its layout.
pub(crate) fn placed(resolved: &Resolved) -> String {
    placed_on(resolved.cluster())
}

/// The same of any accelerators.
pub(crate) fn placed_on(cluster: &Cluster) -> String {
    let count = cluster.accelerators();
    let name = &cluster.accelerator.name;
    if count == 1 { name.clone() } else { format!("{count} x {name}") }
}

/// Model, formats, engine and layout.
pub(crate) fn facts(resolved: &Resolved) -> Vec<(&'static str, Cell)> {
    let plan = resolved.plan();
    let version = &resolved.engine().version;
    let mut facts = vec![
        ("weights", Cell::from(format!("{} as {}", resolved.model.name, resolved.formats_name))),
        ("cache", format_name(resolved.cache().key).into()),
        ("engine", format!("{} {version}", resolved.engine_name()).into()),
    ];
    if plan.accelerators() > 1 {
        let layout = format!("tp {}, pp {}, dp {}, ep {}", plan.tp(), plan.pp(), plan.dp(), plan.ep());
        facts.push(("layout", layout.into()));
    }
    facts
}

/// What a reader should know before relying on the answer.
pub(crate) fn warnings(a: &MemoryAnswer) -> Vec<String> {
    let model = &a.resolved.model;
    // What is odd about a checkpoint's own format is nothing to another one.
    let own = (a.resolved.formats_name == model.weights_format).then_some(model);
    let assumed = a.resolved.model.assumed_architecture.then(|| {
        "this architecture is not known: it was read as a plain decoder, and every number is assumed"
            .to_owned()
    });
    [
        state_limit(a),
        sequence_limit(a),
        short_pool(a),
        beyond_model(a),
        foreign_device(&a.resolved),
        foreign_cache(&a.resolved),
        drafts(&a.resolved),
        a.resolved.engine.warning.clone(),
        assumed,
    ]
    .into_iter()
    .flatten()
    .chain(a.resolved.foreign.iter().cloned())
    .chain(own.iter().flat_map(|model| model.warnings.iter().cloned()))
    .collect()
}

/// Warnings, and the defaults that were taken.
pub(crate) fn notes(view: &mut View, a: &MemoryAnswer) {
    for text in warnings(a) {
        view.warning(text);
    }
    let resolved = &a.resolved;
    if !a.estimate.rank().towers.is_zero() {
        view.note(format!(
            "{} of the weights are encoders from a file of their own; --image-encoder false leaves them out",
            a.estimate.rank().towers.value
        ));
    }
    if let Some(taken) = taken(&resolved.defaults) {
        view.note(format!("taken where nothing was said: {taken}"));
    }
    if !resolved.model.assumed.is_empty() {
        let keys: Vec<String> =
            resolved.model.assumed.iter().map(|one| format!("{} = {}", one.key, one.value)).collect();
        view.note(format!("not in the configuration, so its architecture's defaults: {}", keys.join(", ")));
    }
}

/// Where the engine runs fewer at once than were asked for, whatever memory holds.
fn sequence_limit(a: &MemoryAnswer) -> Option<String> {
    let (asked, most) = (a.workload.concurrency(), a.resolved.prepared.most_sequences());
    if asked <= most || a.verdict != Verdict::Queues {
        return None;
    }
    let engine = a.resolved.engine_name();
    let cure = if a.resolved.engine().most_sequences().is_some() {
        "several servers run more"
    } else {
        "--max-sequences raises that"
    };
    Some(format!(
        "{engine} runs {} of {} sequences at once at most, and that is what its command says; {cure}",
        grouped(most),
        grouped(asked)
    ))
}

/// What is not counted of drafts.
fn drafts(resolved: &Resolved) -> Option<String> {
    if resolved.options().drafts.layers == 0 {
        return None;
    }
    let layer = match resolved.model.model.parameters().multi_token {
        0 => "though the configuration states no such layer; its weights".to_owned(),
        weights => format!("but not its weights ({} parameters), which", grouped(weights)),
    };
    Some(format!(
        "drafts: the cache of the prediction layer is counted, {layer} and the speed of drafting are left out"
    ))
}

/// Where the engine is not known to run on such an accelerator.
fn foreign_device(resolved: &Resolved) -> Option<String> {
    let entry = resolved.engine.known.as_ref()?;
    let accelerator = &resolved.cluster().accelerator;
    (!entry.runs_on(accelerator)).then(|| {
        let on = entry.accelerators.join(", ");
        format!("{} is not known to run on {}: it runs on {on}", entry.name, accelerator.name)
    })
}

/// Where the cache is in a format that the engine does not keep one in.
fn foreign_cache(resolved: &Resolved) -> Option<String> {
    let name = format_name(resolved.cache().key).to_ascii_lowercase();
    let word = match name.as_str() {
        "bf16" | "fp16" => "16-bit",
        fp8 if fp8.starts_with("fp8") => "fp8",
        other => other,
    };
    let entry = resolved.engine.known.as_ref()?;
    let keeps = |format: &str| entry.cache_formats.iter().any(|known| known == format);
    (!keeps(word) && !keeps("any")).then(|| {
        format!("{} keeps no cache as {name}: it takes {}", entry.name, entry.cache_formats.join(", "))
    })
}

/// The defaults in one sentence, those with the same reason together.
fn taken(defaults: &[Assumption]) -> Option<String> {
    let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
    for default in defaults {
        let flag = format!("{} {}", default.flag, default.value);
        match reasons.iter_mut().find(|(why, _)| *why == default.why) {
            Some((_, flags)) => flags.push(flag),
            None => reasons.push((&default.why, vec![flag])),
        }
    }
    let parts: Vec<String> =
        reasons.iter().map(|(why, flags)| format!("{} ({why})", flags.join(" "))).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn reach(reach: Reach, what: &str) -> Cell {
    match reach {
        Reach::None => Cell::toned(format!("no {what}"), Tone::Bad),
        Reach::UpTo(count) => format!("{} {what}", grouped(count)).into(),
        Reach::Unbounded => format!("memory does not bound the {what}").into(),
    }
}

fn parts(a: &MemoryAnswer) -> Vec<(&'static str, Known<Bytes>, Tone)> {
    let rank = a.estimate.rank();
    vec![
        ("weights", rank.weights, Tone::Plain),
        ("KV cache", rank.kv_cache, Tone::Good),
        ("state", rank.state, Tone::Good),
        ("activations", rank.activations, Tone::Warn),
        ("overhead", rank.overhead.total(), Tone::Faint),
    ]
}

fn bar(a: &MemoryAnswer) -> Bar {
    let capacity = a.resolved.cluster().accelerator.memory;
    let share = |bytes: Bytes| bytes.as_f64() / capacity.as_f64().max(1.0);
    let segment = |(label, known, tone): (&str, Known<Bytes>, Tone)| Segment {
        label: label.to_owned(),
        text: gib(known.value),
        share: share(known.value),
        tone,
    };
    let shown = parts(a).into_iter().filter(|(_, known, _)| !known.is_zero());
    Bar {
        label: a.resolved.cluster().accelerator.name.clone(),
        capacity: capacity.to_string(),
        segments: shown.map(segment).collect(),
    }
}

fn items(a: &MemoryAnswer) -> Table {
    let rank = a.estimate.rank();
    let mut table = Table::new(vec![
        Column::text("on each accelerator"),
        Column::number("bytes").priority(2),
        Column::size("size"),
        Column::size("band"),
        Column::text("basis"),
    ]);
    if a.resolved.plan().pp() > 1 {
        table.caption = Some(format!("The fullest stage, number {}", rank.stage));
    }
    let mut row = |name: &str, known: Known<Bytes>| {
        let band = Measured::between(known.low, known.high);
        table.row([
            Cell::from(name),
            grouped(known.value.get()).into(),
            Measured::of(known.value).into(),
            if known.low == known.high { Cell::default() } else { band.into() },
            known.basis.name().into(),
        ]);
    };
    for (name, known, _) in parts(a) {
        if !known.is_zero() {
            row(name, known);
        }
    }
    row("total", rank.total());
    if !rank.towers.is_zero() {
        row("of which encoders", rank.towers);
    }
    let host = a.estimate.host.total();
    if host > Bytes::ZERO {
        row("host memory", Known::exact(host));
    }
    table
}
