//! What a person reads of the best of everything.

use slipstick_core::units::show::grouped;

use super::{BestReport, GroupRow};
use crate::{
    commands::{
        compare::{ASSUMED_SPEEDS, AnsweredRow},
        sweep::{axis_name, ranked, worded},
    },
    resolve::Assumption,
    view::{Block, Cell, Tone, View},
};

pub(super) fn view(report: &BestReport, defaults: &[Assumption]) -> View {
    let mut view = View::new(title(report));
    if report.best.is_empty() {
        return view;
    }
    let rows: Vec<&AnsweredRow> = report.best.iter().map(|row| &row.answer).collect();
    let figures: Vec<f64> = report.best.iter().map(|row| row.figure).collect();
    view.push(Block::Table(ranked(&rows, &figures, report.by, None)));
    let mut axes: Vec<&str> = report.groups.iter().map(|group| group.axis.as_str()).collect();
    axes.dedup();
    for axis in axes {
        let of: Vec<&GroupRow> = report.groups.iter().filter(|group| group.axis == axis).collect();
        let rows: Vec<&AnsweredRow> = of.iter().map(|group| &group.answer).collect();
        let figures: Vec<f64> = of.iter().map(|group| group.figure).collect();
        let values: Vec<&str> = of.iter().map(|group| group.value_of_axis.as_str()).collect();
        view.heading(format!("The best of each {}", axis_name(axis)));
        view.push(Block::Table(ranked(&rows, &figures, report.by, Some((axis, &values)))));
    }
    for default in defaults {
        view.note(default.to_string());
    }
    if rows.iter().any(|row| row.basis == "assumed") {
        view.note(ASSUMED_SPEEDS);
    }
    view
}

fn title(report: &BestReport) -> Cell {
    let among = grouped(report.combinations);
    match report.best.first() {
        None if report.holds == 0 => {
            Cell::toned(format!("none of {among} combinations holds its load"), Tone::Bad)
        }
        None => {
            let holds = grouped(report.holds);
            let message = format!("none of {among} combinations keeps these limits; {holds} hold their load");
            Cell::toned(message, Tone::Bad)
        }
        Some(first) => Cell::toned(
            format!(
                "{} {}: {} on {}, the best of {among} combinations",
                slipstick_methods::shown(first.figure),
                worded(report.by),
                first.answer.model,
                first.answer.accelerator
            ),
            Tone::Good,
        ),
    }
}
