//! What a person reads of a model.

use slipstick_core::units::{
    Bytes,
    show::{grouped, scaled},
};

use super::{Anatomy, checkpoint};
use crate::{
    request::format_name,
    view::{Block, Cell, Column, Table, Tone, View},
};

pub(super) fn view(a: &Anatomy) -> View {
    let model = &a.resolved.model;
    let mut view = View::new(title(a));
    view.pairs([
        ("source", Cell::from(a.resolved.source.as_str())),
        ("architecture", architecture(a).into()),
        ("layers", layers(a).into()),
        ("weights", weights(a).into()),
        (
            "context",
            model.max_context.map_or("not stated".to_owned(), |n| format!("{} tokens", grouped(n))).into(),
        ),
    ]);
    view.push(Block::Table(components(a)));
    if let Some(files) = &a.resolved.files {
        view.push(Block::Table(checkpoint::table(files)));
        view.pairs(checkpoint::layers(files).map(|line| ("layers in the files", line)));
    }
    view.push(Block::Table(cache(a)));
    view.push(Block::Table(work(a)));
    for warning in &a.resolved.warnings {
        view.warning(warning.as_str());
    }
    if let Some(error) = &a.resolved.unread_scheme {
        view.warning(format!("{error}: parameters and cache are as without it"));
    }
    for note in &a.resolved.notes {
        view.note(note.as_str());
    }
    for note in a.resolved.scheme.iter().flat_map(|scheme| &scheme.notes) {
        view.note(note.as_str());
    }
    if a.resolved.assumed_architecture {
        view.warning(
            "this architecture is not known: it was read as a plain decoder, and every number is assumed",
        );
    }
    if !a.resolved.assumed.is_empty() {
        let keys: Vec<String> =
            a.resolved.assumed.iter().map(|one| format!("{} = {}", one.key, one.value)).collect();
        view.note(format!("not in the configuration, so its architecture's defaults: {}", keys.join(", ")));
    }
    view
}

fn title(a: &Anatomy) -> String {
    let total = scaled(a.parameters.total as f64);
    if a.parameters.active < a.parameters.total && a.parameters.experts > 0 {
        let active = scaled(a.parameters.active as f64);
        format!("{}: {total} parameters, {active} active a token", a.resolved.name)
    } else {
        format!("{}: {total} parameters", a.resolved.name)
    }
}

fn architecture(a: &Anatomy) -> String {
    let model = &a.resolved.model;
    let tied = if model.has_tied_embeddings() { ", head tied to the embedding" } else { "" };
    format!(
        "{}, hidden {}, vocabulary {}{tied}",
        model.model_type,
        grouped(model.hidden),
        grouped(model.vocab)
    )
}

fn layers(a: &Anatomy) -> String {
    let kinds = [
        (a.layers.full_attention, "full attention"),
        (a.layers.sliding_window, "sliding window"),
        (a.layers.linear_or_ssm, "linear or state space"),
    ];
    let parts: Vec<String> =
        kinds.iter().filter(|(count, _)| *count > 0).map(|(count, kind)| format!("{count} {kind}")).collect();
    if parts.is_empty() {
        a.layers.total.to_string()
    } else {
        format!("{} ({})", a.layers.total, parts.join(", "))
    }
}

fn weights(a: &Anatomy) -> String {
    match a.weights() {
        Some(bytes) => format!("{bytes} ({:.2} GB) as {}", bytes.as_gb(), a.resolved.weights_format),
        None => "withheld: its quantisation is not understood".to_owned(),
    }
}

fn components(a: &Anatomy) -> Table {
    let mut table = Table::new(vec![
        Column::text("component"),
        Column::number("parameters"),
        Column::number("share").priority(1),
    ]);
    table.caption = Some("Parameters".to_owned());
    let share = |count: u64| format!("{:.1} %", 100.0 * count as f64 / a.parameters.total.max(1) as f64);
    let mut rows: Vec<(&str, u64)> = a.parameters.by_component.iter().map(|(n, c)| (*n, *c)).collect();
    rows.sort_by(|x, y| y.1.cmp(&x.1).then(x.0.cmp(y.0)));
    for (name, count) in rows {
        table.row([name.replace('_', " "), grouped(count), share(count)]);
    }
    table.row(["total".to_owned(), grouped(a.parameters.total), share(a.parameters.total)]);
    if a.parameters.active != a.parameters.total {
        table.row(["active a token".to_owned(), grouped(a.parameters.active), share(a.parameters.active)]);
    }
    if a.parameters.multi_token > 0 {
        let faint = |text: String| Cell::toned(text, Tone::Faint);
        let beside = "multi-token prediction, beside the total".to_owned();
        table.row([faint(beside), faint(grouped(a.parameters.multi_token)), faint(String::new())]);
    }
    table
}

fn cache(a: &Anatomy) -> Table {
    let mut table =
        Table::new(vec![Column::text("cache"), Column::number("bytes"), Column::number("size").priority(1)]);
    table.caption = Some(format!("Memory of a sequence, cache as {}", format_name(a.cache_format)));
    let mut add = |name: String, bytes: u64| table.row([name, grouped(bytes), Bytes::new(bytes).to_string()]);
    add("a token, without bound".to_owned(), a.cache.bytes_per_token);
    if let Some(window) = a.cache.sliding_window {
        let name = format!("a token, up to {} tokens", grouped(window));
        add(name, a.cache.sliding_bytes_per_token);
    }
    if a.cache.cross_bytes_per_token > 0 {
        add("an encoder token".to_owned(), a.cache.cross_bytes_per_token);
    }
    if a.state.get() > 0 {
        add("state, 2 bytes an element".to_owned(), a.state.get());
    }
    add(format!("a sequence of {} tokens", grouped(a.context)), a.cache_at_context.get());
    table
}

fn work(a: &Anatomy) -> Table {
    let mut table = Table::new(vec![
        Column::text("GFLOP a token"),
        Column::number("layers").priority(2),
        Column::number("mixing").priority(2),
        Column::number("head").priority(2),
        Column::number("total"),
    ]);
    table.caption = Some(format!("Work at {} tokens of context", grouped(a.context)));
    let giga = |flops: slipstick_core::units::Flops| format!("{:.3}", flops.get() / 1e9);
    for (name, work) in [("generating", &a.decode), ("reading, on average", &a.prefill)] {
        let cells = [giga(work.layers), giga(work.mixing), giga(work.head), giga(work.total())];
        table.row(std::iter::once(name.to_owned()).chain(cells));
    }
    table
}
