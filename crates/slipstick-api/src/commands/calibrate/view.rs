//! What a person reads of a calibration.

use super::{CalibrateReport, CalibrateRequest, FileRead, FitErrors, MeasuredPoint};
use crate::{
    validate::Errors,
    view::{Block, Column, Table, View},
};

/// At most so many points are shown; JSON has them all.
const SHOWN: usize = 40;

pub(super) fn view(request: &CalibrateRequest, report: &CalibrateReport) -> View {
    let read = report.files.iter().filter(|file| file.tool.is_some()).count();
    let mut view = View::new(format!(
        "{} points and {} terms of memory from {read} of {} files",
        report.points.len(),
        report.memory.len(),
        report.files.len()
    ));
    view.push(Block::Table(files(&report.files)));
    if !report.points.is_empty() {
        view.push(Block::Table(points(&report.points)));
    }
    if !report.memory.is_empty() {
        view.push(Block::Table(memory(report)));
    }
    if !report.errors.is_empty() {
        view.push(Block::Table(errors(&report.errors)));
    }
    if !report.factors.is_empty() {
        view.push(Block::Table(factors(report)));
    }
    notes(&mut view, request, report);
    view
}

fn files(files: &[FileRead]) -> Table {
    let mut table = Table::new(vec![
        Column::text("file"),
        Column::text("tool"),
        Column::number("runs"),
        Column::text("not read because").priority(1),
    ]);
    for file in files {
        let tool = file.tool.unwrap_or("-").to_owned();
        let why = match (&file.refused, &file.cure) {
            (Some(why), Some(cure)) => format!("{why}; {cure}"),
            _ => file.left_out.join("; "),
        };
        table.row([file.path.clone(), tool, file.runs.to_string(), why]);
    }
    table
}

/// Four digits, whatever the size.
fn figure(value: f64) -> String {
    if value >= 1000.0 { format!("{value:.0}") } else { format!("{value:.4}") }
}

fn points(points: &[MeasuredPoint]) -> Table {
    let mut table = Table::new(vec![
        Column::text("run"),
        Column::text("quantity"),
        Column::number("measured"),
        Column::number("predicted"),
        Column::number("off"),
        Column::number("calibrated"),
        Column::number("off"),
        Column::number("left out").priority(1),
    ]);
    for point in points.iter().take(SHOWN) {
        let off = |predicted: f64| format!("{:+.1} %", 100.0 * (predicted / point.measured - 1.0));
        table.row([
            point.id.clone(),
            point.quantity.to_owned(),
            figure(point.measured),
            figure(point.predicted),
            off(point.predicted),
            figure(point.calibrated),
            off(point.calibrated),
            point.left_out.map_or_else(|| "-".to_owned(), off),
        ]);
    }
    table
}

fn errors(all: &[FitErrors]) -> Table {
    let mut table = Table::new(vec![
        Column::text("quantity"),
        Column::number("points"),
        Column::number("median before"),
        Column::number("after"),
        Column::number("left out"),
        Column::number("mean before"),
        Column::number("after"),
        Column::number("left out"),
    ]);
    table.caption = Some(
        "Absolute percentage error: of the catalogue, of the fit, and of fits without the run".to_owned(),
    );
    let percent = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1} %"));
    for one in all {
        let of = [&one.before, &one.after, &one.left_out];
        let medians = of.map(|errors: &Errors| percent(errors.median));
        let means = of.map(|errors: &Errors| percent(errors.mape));
        let first = [one.quantity.clone(), one.before.predicted.to_string()];
        table.row(first.into_iter().chain(medians).chain(means));
    }
    table
}

fn factors(report: &CalibrateReport) -> Table {
    let mut table = Table::new(vec![
        Column::text("engine"),
        Column::text("accelerator"),
        Column::text("factor on"),
        Column::number("fitted"),
        Column::number("log deviation"),
        Column::number("before").priority(1),
        Column::number("points"),
    ]);
    for factor in &report.factors {
        let of = factor.deployment.as_ref().map_or_else(
            || factor.factor.to_owned(),
            |deployment| format!("{} of {deployment}", factor.factor),
        );
        table.row([
            factor.engine.clone(),
            factor.accelerator.clone(),
            of,
            format!("{:.3}", factor.value),
            format!("{:.3}", factor.log_deviation),
            format!("{:.3}", factor.prior_log_deviation),
            factor.points.to_string(),
        ]);
    }
    table
}

fn memory(report: &CalibrateReport) -> Table {
    let mut table = Table::new(vec![
        Column::text("log"),
        Column::text("term"),
        Column::number("measured"),
        Column::number("predicted"),
        Column::number("off"),
        Column::number("calibrated"),
        Column::number("off"),
        Column::number("left out").priority(1),
        Column::text("not predicted because").priority(1),
    ]);
    for row in &report.memory {
        let off = |predicted: Option<f64>| {
            let off =
                predicted.map(|predicted| format!("{:+.1} %", 100.0 * (predicted / row.measured - 1.0)));
            off.unwrap_or_else(|| "-".to_owned())
        };
        let value = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.2}"));
        table.row([
            row.id.clone(),
            row.term.clone(),
            format!("{:.2} {}", row.measured, row.unit),
            value(row.predicted),
            off(row.predicted),
            value(row.calibrated),
            off(row.calibrated),
            off(row.left_out),
            row.refused.clone().unwrap_or_default(),
        ]);
    }
    table
}

fn notes(view: &mut View, request: &CalibrateRequest, report: &CalibrateReport) {
    for run in report.refused.iter().take(SHOWN) {
        view.warning(format!("{} is not predicted: {}; {}", run.id, run.reason, run.cure));
    }
    if report.points.len() > SHOWN {
        view.note(format!("{} more points; --json lists them all", report.points.len() - SHOWN));
    }
    match (&request.out, &report.overlay_toml) {
        (Some(path), Some(_)) => {
            view.note(format!("{path} holds what was fitted: use it with --catalog {path}, or put it into your catalogue directory"));
        }
        (None, Some(_)) => {
            view.note("nothing was kept: --out FILE.toml writes what was fitted");
        }
        (_, None) => {
            view.note("left-out runs are predicted best by the catalogue as it is, so nothing is kept");
        }
    }
    if !report.memory.is_empty() {
        view.note(
            "weights, caches and their tokens are counted, not fitted: activations, memory outside and graphs are",
        );
    }
}
