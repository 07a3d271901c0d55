//! What a person reads of a deployment's memory.

use slipstick_catalog::Catalog;
use slipstick_core::{
    basis::Known,
    estimate::memory::Reach,
    units::{
        Bytes,
        show::{counted, grouped},
    },
};

use super::{MemoryAnswer, advice::Advised};
use crate::{
    request::format_name,
    resolve::{Default, Scenario},
    view::{Bar, Block, Cell, Column, Segment, Table, Tone, View},
};

pub(super) fn view(a: &MemoryAnswer, advised: &Advised) -> View {
    let mut view = View::new(title(a));
    view.pairs(facts(&a.scenario));
    add(&mut view, a);
    advised.add(&mut view, a);
    notes(&mut view, &a.scenario);
    view
}

/// The memory of one accelerator and how far it goes, for this and larger answers.
pub(crate) fn add(view: &mut View, a: &MemoryAnswer) {
    view.push(Block::Bar(bar(a)));
    view.push(Block::Table(items(a)));
    view.pairs([
        (
            "largest concurrency",
            reach(
                a.estimate.max_concurrency,
                &format!("sequences of {}", counted(a.workload.context(), "token")),
            ),
        ),
        ("largest context", largest_context(a)),
    ]);
    if let Some(text) = beyond_model(a) {
        view.warning(text);
    }
    if let Some(pool) = a.estimate.pool.as_ref().filter(|pool| pool.blocks > 0) {
        view.note(format!(
            "the engine should print a cache of {} tokens in {} blocks",
            grouped(pool.printed_tokens),
            grouped(pool.blocks)
        ));
    }
}

/// How long sequences may get for memory, and where the model's own limit comes first.
fn largest_context(a: &MemoryAnswer) -> Cell {
    let sequences = counted(a.workload.concurrency(), "sequence");
    let limit = a.scenario.model.model.max_context;
    let own = |limit: u64| format!("the model takes {}", grouped(limit));
    match (a.estimate.max_context, limit) {
        (Reach::UpTo(count), Some(limit)) if count > limit => {
            format!("{} tokens for {sequences}; {}", grouped(count), own(limit)).into()
        }
        (Reach::Unbounded, Some(limit)) => {
            format!("memory does not bound the tokens for {sequences}; {}", own(limit)).into()
        }
        (other, _) => reach(other, &format!("tokens for {sequences}")),
    }
}

/// Where memory would hold longer sequences than the model takes.
fn beyond_model(a: &MemoryAnswer) -> Option<String> {
    let limit = a.scenario.model.model.max_context?;
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
    let rank = a.estimate.rank();
    let where_ = placed(&a.scenario);
    if a.estimate.fits() {
        Cell::toned(
            format!("{} fits on {where_}, {} free on each", a.scenario.model.name, rank.free()),
            Tone::Good,
        )
    } else {
        Cell::toned(
            format!(
                "{} does not fit on {where_}: {} too much on each",
                a.scenario.model.name,
                rank.shortfall()
            ),
            Tone::Bad,
        )
    }
}

/// `8 x NVIDIA H100`, with its layout.
pub(crate) fn placed(scenario: &Scenario) -> String {
    let count = scenario.cluster.accelerators();
    let name = &scenario.cluster.accelerator.name;
    if count == 1 { name.clone() } else { format!("{count} x {name}") }
}

/// Model, formats, engine and layout.
pub(crate) fn facts(scenario: &Scenario) -> Vec<(&'static str, Cell)> {
    let plan = scenario.plan;
    let version = &scenario.profile.version;
    let mut facts = vec![
        ("weights", Cell::from(format!("{} as {}", scenario.model.name, scenario.formats_name))),
        ("cache", format_name(scenario.cache.key).into()),
        ("engine", format!("{} {version}", scenario.profile.engine().name()).into()),
    ];
    if plan.accelerators() > 1 {
        let layout = format!("tp {}, pp {}, dp {}, ep {}", plan.tp(), plan.pp(), plan.dp(), plan.ep());
        facts.push(("layout", layout.into()));
    }
    facts
}

/// The defaults that were taken.
pub(crate) fn notes(view: &mut View, scenario: &Scenario) {
    if let Some(text) = foreign_cache(scenario) {
        view.warning(text);
    }
    if let Some(taken) = taken(&scenario.defaults) {
        view.note(format!("taken where nothing was said: {taken}"));
    }
    if scenario.model.assumed_architecture {
        view.warning(
            "this architecture is not known: it was read as a plain decoder, and every number is assumed",
        );
    }
    if !scenario.model.assumed.is_empty() {
        let keys: Vec<String> =
            scenario.model.assumed.iter().map(|one| format!("{} = {}", one.key, one.value)).collect();
        view.note(format!("not in the configuration, so its architecture's defaults: {}", keys.join(", ")));
    }
}

/// Where the cache is in a format that the engine does not keep one in.
fn foreign_cache(scenario: &Scenario) -> Option<String> {
    let name = format_name(scenario.cache.key).to_ascii_lowercase();
    let word = match name.as_str() {
        "bf16" | "fp16" => "16-bit",
        fp8 if fp8.starts_with("fp8") => "fp8",
        other => other,
    };
    let engine = scenario.profile.engine().name();
    let entry = Catalog::shipped().engine(engine)?;
    let keeps = |format: &str| entry.cache_formats.iter().any(|known| known == format);
    (!keeps(word) && !keeps("any")).then(|| {
        format!("{} keeps no cache as {name}: it takes {}", entry.name, entry.cache_formats.join(", "))
    })
}

/// The defaults in one sentence, those with the same reason together.
fn taken(defaults: &[Default]) -> Option<String> {
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
    let capacity = a.scenario.cluster.accelerator.memory;
    let share = |bytes: Bytes| bytes.as_f64() / capacity.as_f64().max(1.0);
    let segment = |(label, known, tone): (&str, Known<Bytes>, Tone)| Segment {
        label: label.to_owned(),
        text: known.value.to_string(),
        share: share(known.value),
        tone,
    };
    let shown = parts(a).into_iter().filter(|(_, known, _)| !known.is_zero());
    Bar {
        label: a.scenario.cluster.accelerator.name.clone(),
        capacity: capacity.to_string(),
        segments: shown.map(segment).collect(),
    }
}

fn items(a: &MemoryAnswer) -> Table {
    let rank = a.estimate.rank();
    let mut table = Table::new(vec![
        Column::text("on each accelerator"),
        Column::number("bytes").priority(2),
        Column::number("size"),
        Column::number("from").priority(1),
        Column::number("to").priority(1),
        Column::text("basis"),
    ]);
    if a.scenario.plan.pp() > 1 {
        table.caption = Some(format!("The fullest stage, number {}", rank.stage));
    }
    let mut row = |name: &str, known: Known<Bytes>| {
        let band = known.low != known.high;
        let edge = |bytes: Bytes| if band { bytes.to_string() } else { String::new() };
        table.row([
            name.to_owned(),
            grouped(known.value.get()),
            known.value.to_string(),
            edge(known.low),
            edge(known.high),
            known.basis.name().to_owned(),
        ]);
    };
    for (name, known, _) in parts(a) {
        if !known.is_zero() {
            row(name, known);
        }
    }
    row("total", rank.total());
    table
}
