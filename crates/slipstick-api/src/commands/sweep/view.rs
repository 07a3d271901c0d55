//! What a person reads of a sweep.

use slipstick_core::units::show::{grouped, scaled};

use super::{
    SweepReport,
    figures::{FIGURES, Figure},
    reduce::Wanted,
};
use crate::{
    commands::compare::{AnsweredRow, compared},
    view::{Axis, Block, Cell, Column, Measured, Plot, Series, Table, View},
};

pub(super) fn view(report: &SweepReport, wanted: &Wanted) -> View {
    let mut view = View::new(title(report));
    view.pairs(facts(report));
    if !report.top.is_empty() {
        let rows: Vec<&AnsweredRow> = report.top.iter().map(|row| &row.answer).collect();
        let figures: Vec<f64> = report.top.iter().map(|row| row.figure).collect();
        view.heading(format!("The best by {}", worded(report.by)));
        view.push(Block::Table(ranked(&rows, &figures, report.by, None)));
    }
    if !report.groups.is_empty() {
        let rows: Vec<&AnsweredRow> = report.groups.iter().map(|row| &row.answer).collect();
        let figures: Vec<f64> = report.groups.iter().map(|row| row.figure).collect();
        let values: Vec<&str> = report.groups.iter().map(|row| row.value_of_axis.as_str()).collect();
        view.heading("The best of each");
        view.push(Block::Table(ranked(&rows, &figures, report.by, Some(("of", &values)))));
    }
    if let Some((x, y)) = wanted.front.filter(|_| !report.front.is_empty()) {
        view.push(Block::Plot(front(report, FIGURES[x], FIGURES[y])));
    }
    if !report.histogram.is_empty() {
        view.push(Block::Table(histogram(report, wanted)));
    }
    view
}

fn title(report: &SweepReport) -> String {
    let speed = report.search_s.filter(|seconds| *seconds > 0.0).map_or_else(String::new, |seconds| {
        format!(" in {seconds:.1} s, {} a second", scaled(report.rows as f64 / seconds))
    });
    format!("{} combinations{speed}", grouped(report.rows))
}

fn facts(report: &SweepReport) -> Vec<(&'static str, String)> {
    let axes = report.axes.iter().map(|axis| format!("{} {}", axis.values, axis.name)).collect::<Vec<_>>();
    let counts = [
        (report.holds, "hold their load"),
        (report.queues, "queue part of it"),
        (report.saturated, "are asked more than they hold"),
        (report.does_not_start, "do not start"),
        (report.refused, "cannot be"),
    ];
    let counts: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{} {what}", grouped(count)))
        .collect();
    let mut facts = vec![("axes", axes.join(" x ")), ("of them", counts.join(", "))];
    if let Some(reason) = &report.first_refusal {
        facts.push(("the first of these", reason.clone()));
    }
    if report.kept < report.rows {
        facts.push(("kept by the filter", grouped(report.kept)));
    }
    if let Some(out) = &report.out {
        let parts = match (report.parts, report.parts_before) {
            (0, 0) => String::new(),
            (now, before) => format!(", {now} files now, {before} before"),
        };
        facts.push(("written to", format!("{out}{parts}")));
    }
    facts
}

/// Estimates as a table, each led by its figure of merit and, where there is one, the value that it is the best of.
pub(in super::super) fn ranked(
    rows: &[&AnsweredRow],
    figures: &[f64],
    by: &str,
    of: Option<(&str, &[&str])>,
) -> Table {
    let mut table = compared(rows);
    give_way(&mut table);
    let (column, write): (Column, fn(f64) -> Cell) = match by.strip_suffix("_s") {
        Some(time) => (Column::time(worded(time)), |figure| Measured::Known(figure).into()),
        None => (Column::number(worded(by)), |figure| slipstick_methods::shown(figure).into()),
    };
    table.columns.insert(0, column);
    for (cells, figure) in table.rows.iter_mut().zip(figures) {
        cells.insert(0, write(*figure));
    }
    if let Some((axis, values)) = of {
        let name = axis_name(axis);
        // What leads each row need not stand in it again.
        if let Some(again) = table.columns.iter().position(|column| column.name == name) {
            table.columns.remove(again);
            table.rows.iter_mut().for_each(|cells| drop(cells.remove(again)));
        }
        table.columns.insert(0, Column::text(name));
        for (cells, value) in table.rows.iter_mut().zip(values) {
            cells.insert(0, Cell::from(*value));
        }
    }
    table
}

/// Columns that give way in a ranking, which its figure and what it is of are enough for.
const LESS: [&str; 3] = ["weights", "in flight", "output tok/s"];

/// Lets columns go that say the same in each row, or that others say more than.
fn give_way(table: &mut Table) {
    let fits = table.columns.iter().position(|column| column.name == "fits");
    if let Some(at) =
        fits.filter(|at| table.rows.windows(2).all(|pair| pair[0][*at].text == pair[1][*at].text))
    {
        table.columns.remove(at);
        table.rows.iter_mut().for_each(|cells| drop(cells.remove(at)));
    }
    for column in table.columns.iter_mut().filter(|column| LESS.contains(&column.name.as_str())) {
        column.priority = column.priority.max(1);
    }
}

/// What an axis is called among the columns of a comparison.
pub(in super::super) fn axis_name(axis: &str) -> &str {
    match axis {
        "on" => "hardware",
        "quant" => "weights",
        "concurrency" => "in flight",
        other => other,
    }
}

/// A figure in words.
pub(in super::super) fn worded(figure: &str) -> String {
    match figure.trim_end_matches("_s") {
        "tpot" => "TPOT".to_owned(),
        "ttft" => "TTFT".to_owned(),
        other => other.replace('_', " "),
    }
}

fn front(report: &SweepReport, x: Figure, y: Figure) -> Plot {
    let points = report.front.iter().map(|point| (point.x, point.y)).collect();
    Plot {
        caption: format!("{} combinations that no other beats", grouped(report.front.len() as u64)),
        x: Axis { label: x.name.to_owned(), log: true },
        y: Axis { label: y.name.to_owned(), log: true },
        series: vec![Series { label: "front".to_owned(), points }],
    }
}

fn histogram(report: &SweepReport, wanted: &Wanted) -> Table {
    let name = wanted.histogram.map_or("", |figure| FIGURES[figure].name);
    let mut table = Table::new(vec![Column::text(name), Column::number("combinations")]);
    for bin in &report.histogram {
        table.row([format!("{} to {}", bin.low, bin.high), grouped(bin.rows)]);
    }
    table
}
