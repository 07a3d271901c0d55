//! What a person reads of a validation.

use super::contribute::Contribution;
use crate::{
    validate::{Errors, Tally, inference::RegimeSummary, memory::TermSummary, training::TrainingSummary},
    view::{Block, Column, Table, View},
};

fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1} %"))
}

/// The columns of errors, after those that say what they are of.
fn columns<const N: usize>(of: [&str; N]) -> Vec<Column> {
    let errors = ["measured", "predicted", "MAPE", "median", "90th", "bias"];
    of.map(Column::text).into_iter().chain(errors.map(Column::number)).collect()
}

fn cells(errors: &Errors) -> [String; 6] {
    [
        errors.measured.to_string(),
        errors.predicted.to_string(),
        percent(errors.mape),
        percent(errors.median),
        percent(errors.p90),
        errors.bias.map_or_else(|| "-".to_owned(), |bias| format!("{bias:.2}")),
    ]
}

pub(super) fn inference(summary: &[RegimeSummary], tally: &Tally) -> View {
    let mut table = Table::new(columns(["regime", "quantity"]));
    table.caption = Some(
        "Absolute percentage error over usable rows; bias is the median of predicted over measured"
            .to_owned(),
    );
    for row in summary {
        let of = [row.regime.clone(), row.quantity.to_owned()];
        table.row(of.into_iter().chain(cells(&row.errors)));
    }
    let mut view = shown(table, tally);
    view.note("efficiencies were fitted on part of the public points: a table that holds them is in-sample");
    view
}

/// What was written for contribution, and what was not.
pub(super) fn contributed(view: &mut View, path: &str, found: &Contribution) {
    view.note(format!(
        "{path} holds {} rows without anything private: read them, then see CONTRIBUTING.md",
        found.rows
    ));
    for (reason, rows) in &found.left_out {
        view.warning(format!("{rows} rows are not in {path}: {reason}"));
    }
}

pub(super) fn training(summary: &[TrainingSummary], tally: &Tally) -> View {
    let mut all = columns(["software", "quantity"]);
    all.push(Column::number("in band"));
    let mut table = Table::new(all);
    for row in summary {
        let of = [row.stack.clone(), row.quantity.to_owned()];
        let covered = percent(row.covered.map(|share| 100.0 * share));
        table.row(of.into_iter().chain(cells(&row.errors)).chain([covered]));
    }
    let mut view = shown(table, tally);
    view.note("factors were fitted on part of the public points: a table that holds them is in-sample");
    view
}

pub(super) fn memory(summary: &[TermSummary], tally: &Tally) -> View {
    let mut table = Table::new(vec![
        Column::text("engine"),
        Column::text("term"),
        Column::number("rows"),
        Column::number("refused"),
        Column::number("median error"),
        Column::number("within 1 %"),
        Column::number("within 5 %"),
        Column::number("within 10 %"),
    ]);
    for row in summary {
        let given = if row.given_pool { ", pool given" } else { "" };
        table.row([
            row.engine.clone(),
            format!("{}{given}", row.term),
            row.n.to_string(),
            row.refused.to_string(),
            percent(row.median_error.map(|error| 100.0 * error)),
            row.within_1_percent.to_string(),
            row.within_5_percent.to_string(),
            row.within_10_percent.to_string(),
        ]);
    }
    shown(table, tally)
}

/// The table of a summary, and why other rows were refused.
fn shown(table: Table, tally: &Tally) -> View {
    let mut view = View::new(format!("{} of {} rows predicted", tally.predicted, tally.rows));
    view.push(Block::Table(table));
    refusals(&mut view, tally);
    view
}

/// The commonest reasons why rows were refused.
fn refusals(view: &mut View, tally: &Tally) {
    let reasons = tally.reasons();
    if reasons.is_empty() {
        return;
    }
    let mut table = Table::new(vec![Column::number("rows"), Column::text("refused because")]);
    for (reason, rows) in reasons.into_iter().take(12) {
        table.row([rows.to_string(), reason.to_owned()]);
    }
    view.push(Block::Table(table));
}
