//! What a person reads of a comparison.

use slipstick_core::units::{
    Usd,
    show::{grouped, scaled},
};

use super::{AnsweredRow, CompareRow};
use crate::{
    report::Estimated,
    view::{Axis, Block, Cell, Column, Measured, Plot, Series, Table, Tone, View},
};

/// What the mark of a table's speeds says.
pub(crate) const ASSUMED_SPEEDS: &str =
    "~ marks speeds that are assumed: nothing measured on that chip, engine and version stands behind them";

pub(super) fn view(rows: &[CompareRow]) -> View {
    let answered: Vec<&AnsweredRow> = rows.iter().filter_map(CompareRow::answered).collect();
    let mut view = View::new(format!("{} of {} combinations answered", answered.len(), rows.len()));
    let mut table = table(&answered);
    if let (Some(first), false) = (answered.first(), table.columns.iter().any(|c| c.name == "hardware")) {
        table.caption = Some(format!("All on {}", first.accelerator));
    }
    view.push(Block::Table(table));
    if differs(&answered, cloud) {
        view.note(
            "a cloud that only rents larger machines is paid for all of them; --json names what is rented",
        );
    }
    for row in rows {
        if let CompareRow::Refused(row) = row {
            view.warning(format!("{row}: {}", row.error));
        }
    }
    if answered.iter().any(|row| row.basis == "assumed") {
        view.note(ASSUMED_SPEEDS);
    }
    view.details.extend(plot(&answered).map(Block::Plot));
    view
}

/// The speed of one user against that of an accelerator, a line for each hardware; nothing of a single row.
fn plot(rows: &[&AnsweredRow]) -> Option<Plot> {
    let mut series: Vec<Series> = Vec::new();
    for row in rows {
        let (Some(tpot), Some(output)) = (&row.tpot_s, &row.output_tokens_per_s) else { continue };
        let accelerators = row.accelerator.count.max(1) as f64;
        let point = (1.0 / tpot.value.get(), output.value.get() / accelerators);
        let label = format!("{}x{}", row.accelerator.count, row.accelerator.id);
        match series.iter_mut().find(|series| series.label == label) {
            Some(series) => series.points.push(point),
            None => series.push(Series { label, points: vec![point] }),
        }
    }
    let points: usize = series.iter().map(|series| series.points.len()).sum();
    let axis = |label: &str| Axis { label: label.to_owned(), log: true };
    (points > 1).then(|| Plot {
        caption: "Speed of one user against what an accelerator does".to_owned(),
        x: axis("tokens/s for a user"),
        y: axis("output tokens/s of an accelerator"),
        series,
    })
}

/// The cloud that a row asked for.
fn cloud(row: &AnsweredRow) -> &str {
    row.cloud.as_deref().unwrap_or_default()
}

/// Columns that have the same text in every row say nothing in a comparison.
fn differs(rows: &[&AnsweredRow], text: fn(&AnsweredRow) -> &str) -> bool {
    rows.windows(2).any(|pair| text(pair[0]) != text(pair[1]))
}

type Count = fn(&AnsweredRow) -> u64;

/// What a load is made of.
const LOADS: [(&str, Count); 4] = [
    ("tok in", |row| row.input_tokens),
    ("tok out", |row| row.output_tokens),
    ("in flight", |row| row.concurrency),
    ("context", |row| row.context_tokens),
];

type Text = fn(&AnsweredRow) -> &str;

/// What tells rows apart in words, each with how soon it gives way in a narrow table.
const WORDS: [(&str, Text, u8); 7] = [
    ("cloud", cloud, 0),
    ("model", |row| &row.model, 0),
    ("engine", |row| &row.engine, 0),
    ("weights", |row| &row.weights_format, 0),
    ("cache", |row| &row.kv_dtype, 1),
    ("layout", |row| &row.layout, 2),
    ("basis", |row| row.basis, 3),
];

/// Whether rows differ in a count. A context that is only the length of its request is told by that length.
fn tells(rows: &[&AnsweredRow], (name, count): (&str, Count)) -> bool {
    let own = |row: &&AnsweredRow| row.context_tokens == row.input_tokens + row.output_tokens;
    let says = name != "context" || !rows.iter().all(own);
    says && rows.windows(2).any(|pair| count(pair[0]) != count(pair[1]))
}

/// Estimates as a table, of which columns that are the same in every row are left out.
pub(crate) fn table(rows: &[&AnsweredRow]) -> Table {
    let words: Vec<&(&str, Text, u8)> = WORDS.iter().filter(|(_, text, _)| differs(rows, *text)).collect();
    let loads: Vec<&(&str, Count)> = LOADS.iter().filter(|load| tells(rows, **load)).collect();
    let hardware = |row: &AnsweredRow| row.accelerator.to_string();
    // One hardware for all stands in the title.
    let elsewhere = rows.windows(2).any(|pair| hardware(pair[0]) != hardware(pair[1]));
    let places = elsewhere || words.is_empty() && loads.is_empty();
    // On one hardware, the layout may be all that tells two rows apart.
    let rank = |name: &str, priority| if name == "layout" && !elsewhere { 0 } else { priority };
    let mut columns = if places { vec![Column::text("hardware")] } else { Vec::new() };
    columns
        .extend(words.iter().map(|(name, _, priority)| Column::text(*name).priority(rank(name, *priority))));
    columns.extend(loads.iter().map(|(name, _)| Column::number(*name)));
    columns.extend(answers());
    // Where clouds are compared, cost is the question: also by the thousand, as some count it.
    let by_thousand = differs(rows, cloud);
    if by_thousand {
        let each = ["$/1k in", "$/1k out"].map(Column::number);
        columns.extend(each.into_iter().chain([Column::text("as of").priority(2)]));
    }
    let mut table = Table::new(columns);
    for row in rows {
        let mut cells: Vec<Cell> = if places { vec![hardware(row).into()] } else { Vec::new() };
        cells.extend(words.iter().map(|(_, text, _)| Cell::from(text(row))));
        cells.extend(loads.iter().map(|(_, count)| Cell::from(grouped(count(row)))));
        cells.extend(numbers(row));
        if by_thousand {
            cells.extend(thousands(row));
        }
        table.row(cells);
    }
    table
}

/// The columns of [`numbers`].
fn answers() -> [Column; 11] {
    [
        Column::text("fits"),
        Column::size("free").priority(3),
        Column::number("most in flight").priority(2),
        Column::time("TTFT").priority(1),
        Column::time("TPOT").priority(1),
        Column::number("output tok/s"),
        Column::text("bound").priority(2),
        Column::number("$/h").priority(1),
        Column::number("$/1M in").priority(1),
        Column::number("$/1M out"),
        Column::number("J/output tok").priority(3),
    ]
}

/// Cost by the thousand tokens, and of which day it is.
fn thousands(row: &AnsweredRow) -> [Cell; 3] {
    let each = |usd: Option<Estimated<Usd>>| {
        usd.map_or_else(|| "-".to_owned(), |usd| format!("{:.6}", usd.value.get()))
    };
    [
        each(row.usd_per_1k_input_tokens).into(),
        each(row.usd_per_1k_output_tokens).into(),
        row.price_as_of.clone().unwrap_or_default().into(),
    ]
}

fn numbers(brief: &AnsweredRow) -> Vec<Cell> {
    let dash = || "-".to_owned();
    let money = |value: Option<Estimated<Usd>>| {
        value.map_or_else(dash, |usd| usd.marked(|usd| usd.to_string().replace('$', "")))
    };
    let speed = Speeds::of(brief);
    let users =
        if brief.max_concurrency >= 1 << 32 { "any".to_owned() } else { grouped(brief.max_concurrency) };
    vec![
        verdict(brief),
        Measured::of(brief.free_bytes.0).into(),
        users.into(),
        speed.ttft,
        speed.tpot,
        speed.output.into(),
        brief.bound.unwrap_or("-").into(),
        brief.usd_per_hour.map_or_else(dash, |usd| format!("{:.2}", usd.0.get())).into(),
        money(brief.usd_per_million_input_tokens).into(),
        money(brief.usd_per_million_output_tokens).into(),
        brief
            .joules_per_output_token
            .map_or_else(dash, |energy| energy.marked(|joules| format!("{:.2}", joules.get())))
            .into(),
    ]
}

/// The speeds of a row as a table shows them: those that are assumed are marked, and the intervals go with them.
pub(super) struct Speeds {
    pub(super) ttft: Cell,
    pub(super) tpot: Cell,
    pub(super) output: String,
}

impl Speeds {
    pub(super) fn of(row: &AnsweredRow) -> Self {
        let dash = || Cell::from("-");
        let output = row.output_tokens_per_s.map(|rate| rate.banded(|rate| scaled(rate.get())));
        Self {
            ttft: row.ttft_s.map_or_else(dash, |ttft| Measured::banded(ttft).into()),
            tpot: row.tpot_s.map_or_else(dash, |tpot| Measured::marked(tpot).into()),
            output: output.unwrap_or_else(|| "-".to_owned()),
        }
    }
}

/// Whether a row holds its load, in a word.
pub(super) fn verdict(row: &AnsweredRow) -> Cell {
    match (row.fits, row.holds()) {
        (true, true) => Cell::toned("yes", Tone::Good),
        (true, false) => Cell::toned(row.verdict, Tone::Warn),
        (false, _) => Cell::toned("no", Tone::Bad),
    }
}
