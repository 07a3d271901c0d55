//! What a person reads of a comparison.

use slipstick_core::units::{Bytes, Seconds, show::scaled};

use super::rows::{Brief, Row};
use crate::view::{Block, Cell, Column, Table, Tone, View};

pub(super) fn view(rows: &[Row]) -> View {
    let answered: Vec<&Brief> = rows.iter().filter_map(|row| row.answer.as_ref().ok()).collect();
    let mut view = View::new(format!("{} of {} combinations answered", answered.len(), rows.len()));
    view.push(Block::Table(table(&answered)));
    for row in rows {
        if let Err(error) = &row.answer {
            let deployment = &row.request.deployment;
            let quant = deployment.quant.as_deref().map(|quant| format!(" as {quant}")).unwrap_or_default();
            view.warning(format!("{} on {}{quant}: {error}", deployment.model, deployment.on));
        }
    }
    if answered.iter().any(|brief| brief.basis == "assumed") {
        view.note("rows marked assumed have no measured points behind their efficiencies");
    }
    view
}

/// Columns that have the same text in every row say nothing in a comparison.
fn differs(rows: &[&Brief], text: fn(&Brief) -> &str) -> bool {
    rows.windows(2).any(|pair| text(pair[0]) != text(pair[1]))
}

fn table(rows: &[&Brief]) -> Table {
    type Text = fn(&Brief) -> &str;
    let words: [(&str, Text, u8); 6] = [
        ("model", |b| &b.model, 0),
        ("engine", |b| &b.engine, 0),
        ("weights", |b| &b.weights_format, 0),
        ("cache", |b| &b.kv_dtype, 1),
        ("layout", |b| &b.layout, 2),
        ("basis", |b| b.basis, 3),
    ];
    let shown: Vec<&(&str, Text, u8)> = words.iter().filter(|(_, text, _)| differs(rows, *text)).collect();
    let mut columns = vec![Column::text("hardware")];
    columns.extend(shown.iter().map(|(name, _, priority)| Column::text(*name).priority(*priority)));
    columns.extend([
        Column::text("fits"),
        Column::number("free").priority(3),
        Column::number("most users").priority(2),
        Column::number("TTFT"),
        Column::number("TPOT"),
        Column::number("out tok/s"),
        Column::text("bound").priority(2),
        Column::number("$/h").priority(1),
        Column::number("$/1M in").priority(1),
        Column::number("$/1M out"),
        Column::number("J/tok").priority(3),
    ]);
    let mut table = Table::new(columns);
    for brief in rows {
        let mut cells: Vec<Cell> = vec![format!("{} x {}", brief.count, brief.accelerator).into()];
        cells.extend(shown.iter().map(|(_, text, _)| Cell::from(text(brief))));
        cells.extend(numbers(brief));
        table.row(cells);
    }
    table
}

fn numbers(brief: &Brief) -> Vec<Cell> {
    let money = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |usd| format!("{usd:.3}"));
    let fits = if brief.fits { Cell::toned("yes", Tone::Good) } else { Cell::toned("no", Tone::Bad) };
    let users = if brief.max_concurrency >= 1 << 32 {
        "any".to_owned()
    } else {
        scaled(brief.max_concurrency as f64)
    };
    vec![
        fits,
        Bytes::new(brief.free_bytes).to_string().into(),
        users.into(),
        Seconds::s(brief.ttft_s).to_string().into(),
        Seconds::s(brief.tpot_s).to_string().into(),
        scaled(brief.output_tokens_per_s).into(),
        brief.bound.into(),
        brief.usd_per_hour.map_or_else(|| "-".to_owned(), |usd| format!("{usd:.2}")).into(),
        money(brief.usd_per_million_input_tokens).into(),
        money(brief.usd_per_million_output_tokens).into(),
        brief.joules_per_output_token.map_or_else(|| "-".to_owned(), |joules| format!("{joules:.2}")).into(),
    ]
}
