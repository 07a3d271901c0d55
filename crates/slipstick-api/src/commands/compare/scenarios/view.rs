//! What a person reads of scenarios side by side.

use slipstick_core::{
    estimate::Verdict,
    units::{Bytes, Seconds, show::scaled},
};

use super::{MemoryAnswer, Row};
use crate::{
    commands::memory::view as memory_view,
    view::{Block, Cell, Column, Plot, Table, Tone, View},
};

fn fits(verdict: Verdict) -> Cell {
    match verdict {
        Verdict::Holds => Cell::toned("yes", Tone::Good),
        Verdict::Queues => Cell::toned("queues", Tone::Warn),
        Verdict::DoesNotStart => Cell::toned("no", Tone::Bad),
    }
}

pub(super) fn estimates(rows: &[(&str, Row)], plot: Plot) -> View {
    let mut table = Table::new(vec![
        Column::text("scenario"),
        Column::text("model").priority(1),
        Column::text("hardware").priority(1),
        Column::text("weights").priority(2),
        Column::text("engine").priority(3),
        Column::text("fits"),
        Column::number("TTFT"),
        Column::number("TPOT"),
        Column::number("out tok/s"),
        Column::number("$/h").priority(2),
        Column::number("$/1M out"),
    ]);
    for (name, row) in rows {
        let Ok(brief) = &row.answer else { continue };
        let time = |s: Option<f64>| s.map_or_else(|| "-".to_owned(), |s| Seconds::s(s).to_string());
        let money = |usd: Option<f64>| usd.map_or_else(|| "-".to_owned(), |usd| format!("{usd:.3}"));
        table.row([
            Cell::from(*name),
            brief.model.as_str().into(),
            format!("{} x {}", brief.count, brief.accelerator).into(),
            brief.weights_format.as_str().into(),
            brief.engine.as_str().into(),
            fits(brief.verdict),
            time(brief.ttft_s).into(),
            time(brief.tpot_s).into(),
            brief.output_tokens_per_s.map_or_else(|| "-".to_owned(), scaled).into(),
            money(brief.usd_per_hour).into(),
            money(brief.usd_per_million_output_tokens).into(),
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
        Column::number("weights"),
        Column::number("KV cache"),
        Column::number("total"),
        Column::number("free"),
        Column::number("most sequences").priority(1),
    ]);
    for (name, answer) in answers {
        let rank = answer.estimate.rank();
        let size = |bytes: Bytes| Cell::from(bytes.to_string());
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
