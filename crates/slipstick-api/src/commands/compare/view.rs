//! What a person reads of a comparison.

use slipstick_core::{
    estimate::Verdict,
    units::{
        Bytes, Seconds, Usd,
        show::{grouped, scaled},
    },
};

use super::rows::{Brief, Row};
use crate::view::{Block, Cell, Column, Table, Tone, View};

pub(super) fn view(rows: &[Row]) -> View {
    let answered: Vec<&Brief> = rows.iter().filter_map(|row| row.answer.as_ref().ok()).collect();
    let mut view = View::new(format!("{} of {} combinations answered", answered.len(), rows.len()));
    let mut table = table(&answered);
    if let (Some(first), false) = (answered.first(), table.columns.iter().any(|c| c.name == "hardware")) {
        table.caption = Some(format!("All on {} x {}", first.count, first.accelerator));
    }
    view.push(Block::Table(table));
    if differs(&answered, |b| &b.cloud) {
        view.note(
            "a cloud that only rents larger machines is paid for all of them; --json names what is rented",
        );
    }
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
    let words: [(&str, Text, u8); 7] = [
        ("cloud", |b| &b.cloud, 0),
        ("model", |b| &b.model, 0),
        ("engine", |b| &b.engine, 0),
        ("weights", |b| &b.weights_format, 0),
        ("cache", |b| &b.kv_dtype, 1),
        ("layout", |b| &b.layout, 2),
        ("basis", |b| b.basis, 3),
    ];
    let shown: Vec<&(&str, Text, u8)> = words.iter().filter(|(_, text, _)| differs(rows, *text)).collect();
    let hardware = |b: &Brief| format!("{} x {}", b.count, b.accelerator);
    // One hardware for all stands in the title.
    let places = rows.windows(2).any(|pair| hardware(pair[0]) != hardware(pair[1])) || shown.is_empty();
    let mut columns = if places { vec![Column::text("hardware")] } else { Vec::new() };
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
    // Where clouds are compared, cost is the question: also by the thousand, as some count it.
    let by_thousand = differs(rows, |b| &b.cloud);
    if by_thousand {
        columns.extend([
            Column::number("$/1k in"),
            Column::number("$/1k out"),
            Column::text("as of").priority(2),
        ]);
    }
    let mut table = Table::new(columns);
    for brief in rows {
        let mut cells: Vec<Cell> = if places { vec![hardware(brief).into()] } else { Vec::new() };
        cells.extend(shown.iter().map(|(_, text, _)| Cell::from(text(brief))));
        cells.extend(numbers(brief));
        if by_thousand {
            let each =
                |usd: Option<f64>| usd.map_or_else(|| "-".to_owned(), |usd| format!("{:.6}", usd / 1e3));
            cells.push(each(brief.usd_per_million_input_tokens).into());
            cells.push(each(brief.usd_per_million_output_tokens).into());
            cells.push(brief.price_as_of.clone().unwrap_or_default().into());
        }
        table.row(cells);
    }
    table
}

fn numbers(brief: &Brief) -> Vec<Cell> {
    let money = |value: Option<f64>| {
        value.map_or_else(|| "-".to_owned(), |usd| Usd::dollars(usd).to_string().replace('$', ""))
    };
    let fits = match brief.verdict {
        Verdict::Holds => Cell::toned("yes", Tone::Good),
        Verdict::Queues => Cell::toned("queues", Tone::Warn),
        Verdict::DoesNotStart => Cell::toned("no", Tone::Bad),
    };
    let dash = || "-".to_owned();
    let time = |seconds: Option<f64>| seconds.map_or_else(dash, |s| Seconds::s(s).to_string());
    let users =
        if brief.max_concurrency >= 1 << 32 { "any".to_owned() } else { grouped(brief.max_concurrency) };
    vec![
        fits,
        Bytes::new(brief.free_bytes).to_string().into(),
        users.into(),
        time(brief.ttft_s).into(),
        time(brief.tpot_s).into(),
        brief.output_tokens_per_s.map_or_else(dash, scaled).into(),
        brief.bound.unwrap_or("-").into(),
        brief.usd_per_hour.map_or_else(|| "-".to_owned(), |usd| format!("{usd:.2}")).into(),
        money(brief.usd_per_million_input_tokens).into(),
        money(brief.usd_per_million_output_tokens).into(),
        brief.joules_per_output_token.map_or_else(|| "-".to_owned(), |joules| format!("{joules:.2}")).into(),
    ]
}
