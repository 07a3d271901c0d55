//! What a person reads of scenarios side by side.

use slipstick_core::{
    estimate::Verdict,
    units::{Bytes, show::scaled},
};

use super::{AnsweredRow, MemoryAnswer, NamedRow};
use crate::{
    commands::{
        compare::view::{Speeds, verdict},
        memory::view as memory_view,
    },
    view::{Block, Cell, Column, Measured, Plot, Table, Tone, View},
};

fn fits(verdict: Verdict) -> Cell {
    match verdict {
        Verdict::Holds => Cell::toned("yes", Tone::Good),
        Verdict::Queues => Cell::toned("queues", Tone::Warn),
        Verdict::Saturated => Cell::toned("saturated", Tone::Warn),
        Verdict::DoesNotStart => Cell::toned("no", Tone::Bad),
    }
}

pub(super) fn estimates(rows: &[NamedRow<AnsweredRow>], plot: Plot) -> View {
    let mut table = Table::new(vec![
        Column::text("scenario"),
        Column::text("model").priority(1),
        Column::text("hardware").priority(1),
        Column::text("weights").priority(2),
        Column::text("engine").priority(3),
        Column::text("fits"),
        Column::time("TTFT").priority(1),
        Column::time("TPOT").priority(1),
        Column::number("output tok/s"),
        Column::number("$/h").priority(2),
        Column::number("$/1M out"),
    ]);
    let dash = || "-".to_owned();
    let money = |usd: Option<f64>| usd.map_or_else(dash, |usd| format!("{usd:.3}"));
    for NamedRow { answer: row, name } in rows {
        let speed = Speeds::of(row);
        table.row([
            Cell::from(name.as_str()),
            row.model.as_str().into(),
            row.accelerator.to_string().into(),
            row.weights_format.as_str().into(),
            row.engine.as_str().into(),
            verdict(row),
            speed.ttft,
            speed.tpot,
            speed.output.into(),
            money(row.usd_per_hour.map(|usd| usd.0.get())).into(),
            money(row.usd_per_million_output_tokens.map(|usd| usd.value.get())).into(),
        ]);
    }
    finish(rows.len(), table, plot)
}

pub(super) fn memories(answers: &[(&str, MemoryAnswer)], plot: Plot) -> View {
    let mut table = Table::new(vec![
        Column::text("scenario"),
        Column::text("model").priority(1),
        Column::text("hardware").priority(1),
        Column::text("weights").priority(2),
        Column::text("fits"),
        Column::size("weights"),
        Column::size("KV cache"),
        Column::size("total"),
        Column::size("free"),
        Column::number("most in flight").priority(1),
    ]);
    for (name, answer) in answers {
        let rank = answer.estimate.rank();
        let size = |bytes: Bytes| Cell::from(Measured::of(bytes));
        table.row([
            Cell::from(*name),
            answer.resolved.model.name.as_str().into(),
            memory_view::placed(&answer.resolved).into(),
            answer.resolved.formats_name.as_str().into(),
            fits(answer.verdict),
            size(rank.weights.value),
            size(rank.kv_cache.value),
            size(rank.total().value),
            size(rank.free()),
            scaled(answer.estimate.max_concurrency.count(1 << 32) as f64).into(),
        ]);
    }
    finish(answers.len(), table, plot)
}

fn finish(count: usize, table: Table, plot: Plot) -> View {
    let mut view = View::new(format!("{count} scenarios"));
    view.push(Block::Table(table));
    view.push(Block::Plot(plot));
    view.note("--svg FILE draws the plot into a file");
    view
}
