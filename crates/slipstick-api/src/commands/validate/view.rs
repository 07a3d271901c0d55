//! What a person reads of a validation.

use crate::{
    validate::{Tally, inference::RegimeSummary, memory::TermSummary, training::TrainingSummary},
    view::{Block, Column, Table, View},
};

fn title(tally: &Tally) -> String {
    format!("{} of {} rows predicted", tally.predicted, tally.rows)
}

fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1} %"))
}

pub(super) fn inference(summary: &[RegimeSummary], tally: &Tally) -> View {
    let mut view = View::new(title(tally));
    let mut table = Table::new(vec![
        Column::text("regime"),
        Column::text("quantity"),
        Column::number("measured"),
        Column::number("predicted"),
        Column::number("MAPE"),
        Column::number("median"),
        Column::number("90th"),
        Column::number("bias"),
    ]);
    table.caption = Some(
        "Absolute percentage error over usable rows; bias is the median of predicted over measured"
            .to_owned(),
    );
    for row in summary {
        table.row([
            row.regime.clone(),
            row.quantity.to_owned(),
            row.measured.to_string(),
            row.predicted.to_string(),
            percent(row.mape),
            percent(row.median),
            percent(row.p90),
            row.bias.map_or_else(|| "-".to_owned(), |bias| format!("{bias:.2}")),
        ]);
    }
    view.push(Block::Table(table));
    refusals(&mut view, tally);
    view.note("efficiencies were fitted on part of the public points: a table that holds them is in-sample");
    view
}

pub(super) fn training(summary: &[TrainingSummary], tally: &Tally) -> View {
    let mut view = View::new(title(tally));
    let mut table = Table::new(vec![
        Column::text("software"),
        Column::text("quantity"),
        Column::number("measured"),
        Column::number("predicted"),
        Column::number("MAPE"),
        Column::number("median"),
        Column::number("90th"),
        Column::number("bias"),
        Column::number("in band"),
    ]);
    for row in summary {
        table.row([
            row.stack.clone(),
            row.quantity.to_owned(),
            row.measured.to_string(),
            row.predicted.to_string(),
            percent(row.mape),
            percent(row.median),
            percent(row.p90),
            row.bias.map_or_else(|| "-".to_owned(), |bias| format!("{bias:.2}")),
            percent(row.covered.map(|share| 100.0 * share)),
        ]);
    }
    view.push(Block::Table(table));
    refusals(&mut view, tally);
    view.note("factors were fitted on part of the public points: a table that holds them is in-sample");
    view
}

pub(super) fn memory(summary: &[TermSummary], tally: &Tally) -> View {
    let mut view = View::new(title(tally));
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
