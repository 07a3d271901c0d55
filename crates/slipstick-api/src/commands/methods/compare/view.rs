//! What a person reads of a comparison of methods.

use slipstick_core::units::{
    Bytes, Seconds,
    show::{counted, grouped, scaled},
};
use slipstick_methods::{Common, METHODS, shown};

use super::{Comparison, ours::Ours};
use crate::{
    commands::memory::view as memory_view,
    view::{Block, Cell, Column, Table, Tone, View},
};

pub(super) fn view(c: &Comparison) -> View {
    let resolved = &c.answer.memory.resolved;
    let workload = &c.answer.memory.workload;
    let worst = c.disagreements.iter().max_by(|a, b| a.factor().total_cmp(&b.factor()));
    let title = match worst {
        Some(worst) => format!(
            "{} on {}: {} figures disagree; the farthest is {} of {}, {}",
            resolved.model.name,
            memory_view::placed(resolved),
            c.disagreements.len(),
            worst.common.id(),
            worst.method,
            if worst.ratio > 1.0 {
                format!("{:.1} times ours", worst.ratio)
            } else {
                format!("ours over {:.1}", 1.0 / worst.ratio)
            },
        ),
        None => format!("{} on {}: all methods agree", resolved.model.name, memory_view::placed(resolved)),
    };
    let mut view = View::new(title);
    view.pairs(memory_view::facts(resolved));
    let load = format!(
        "{} in flight, {} in, {} out",
        counted(workload.concurrency(), "request"),
        counted(workload.input(), "token"),
        grouped(workload.output())
    );
    view.pairs([("load", load)]);
    view.push(Block::Table(table(c)));
    view.push(Block::Table(disagreements(c)));
    view.note(c.measured.sentence());
    view.note("bytes are of all accelerators together; methods of one accelerator see all of them as one");
    memory_view::notes(&mut view, &c.answer.memory);
    view
}

/// A quantity, its unit as shown, and how a value is written in it.
fn written(common: Common, value: f64) -> String {
    match common {
        Common::WeightsBytes
        | Common::KvCacheBytes
        | Common::ActivationBytes
        | Common::TotalMemoryBytes
        | Common::TrainingActivationBytes
        | Common::TrainingMemoryBytes => Bytes::ceil(value).to_string(),
        Common::PrefillSeconds | Common::DecodeSecondsPerToken => Seconds::s(value).to_string(),
        Common::Parameters
        | Common::TokensPerSecond
        | Common::FlopsPerToken
        | Common::TrainingFlopsPerToken => scaled(value),
        Common::MaxConcurrency | Common::UsdPerMillionInput | Common::UsdPerMillionOutput => shown(value),
    }
}

/// One row a quantity, one column for ours, what was measured, and each method that answers anything.
fn table(c: &Comparison) -> Table {
    let methods: Vec<&str> = METHODS
        .iter()
        .map(|method| method.id)
        .filter(|id| c.figures.iter().any(|figure| figure.method == *id))
        .collect();
    let has_measured = c.measured.is_same;
    let mut columns = vec![Column::text("quantity"), Column::number("ours")];
    if has_measured {
        columns.push(Column::number("measured"));
    }
    for (index, method) in methods.iter().enumerate() {
        columns.push(Column::number(*method).priority(u8::try_from(index).unwrap_or(u8::MAX)));
    }
    let mut table = Table::new(columns);
    for (common, ours) in &c.ours {
        let mut row: Vec<Cell> = vec![common.id().into(), own(*common, ours)];
        if has_measured {
            row.push(
                c.measured.value(*common).map_or_else(String::new, |value| written(*common, value)).into(),
            );
        }
        row.extend(methods.iter().map(|method| theirs(c, *common, method)));
        table.row(row);
    }
    table
}

fn own(common: Common, ours: &Ours) -> Cell {
    match ours {
        Ours::Value(known) => Cell::toned(written(common, known.value), Tone::Good),
        Ours::None(_) => Cell::toned("-", Tone::Faint),
    }
}

fn theirs(c: &Comparison, common: Common, method: &str) -> Cell {
    let Some(figure) = c.figure(common, method) else { return "".into() };
    match &figure.answer {
        Err(_) => Cell::toned("-", Tone::Faint),
        Ok((value, _)) => {
            let differs = c.disagreements.iter().any(|d| d.common == common && d.method == method);
            Cell::toned(written(common, *value), if differs { Tone::Warn } else { Tone::Plain })
        }
    }
}

fn disagreements(c: &Comparison) -> Table {
    let mut table =
        Table::new(vec![Column::text("quantity"), Column::text("method"), Column::text("off by, and why")]);
    table.caption = Some("Disagreements beyond a tenth".to_owned());
    for found in &c.disagreements {
        table.row([found.common.id().to_owned(), found.method.to_owned(), found.sentence()]);
    }
    table
}
