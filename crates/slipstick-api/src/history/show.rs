//! One past answer: its question, its numbers, and whether it would be the same now.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use slipstick_core::units::show::grouped;
use slipstick_methods::shown as six_digits;

use super::{
    Again,
    headline::numbers,
    list::{PastAnswer, moment},
};
use crate::{
    Answered,
    report::Report,
    view::{Block, Column, Table, View},
};

/// `slipstick history show`: a past answer in full.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct HistoryShowReport {
    /// The answer.
    #[serde(flatten)]
    pub answer: PastAnswer,
    /// Its headline numbers.
    #[schemars(with = "BTreeMap<String, f64>")]
    pub numbers: Map<String, Value>,
    /// Whether the question is answered the same now.
    pub same: bool,
    /// The document of the answer now; null if there is none.
    pub document: Value,
    /// What a reader must know, where it is not the same.
    pub remark: Option<String>,
}

impl Report for HistoryShowReport {
    const COMMAND: &'static str = "history.show";
}

/// One past answer: its question as a scenario, and every number of the answer; where the answer is another now, its
/// headline numbers then and now.
pub fn show(again: &Again) -> Answered<HistoryShowReport> {
    let entry = &again.kept.entry;
    let mut view = View::new(entry.title.as_str());
    view.pairs([
        ("name", again.kept.id.clone()),
        ("when", moment(&entry.at)),
        ("program", format!("slipstick {}", entry.version)),
        ("directory", entry.directory.clone()),
    ]);
    if let Ok(text) = entry.request.to_toml() {
        view.push(Block::Code { language: "toml", text });
    }
    view.push(Block::Table(table(again)));
    if let Some(remark) = again.remark() {
        view.warning(remark);
    }
    view.note(format!("slipstick history run {} asks it again", again.kept.id));
    let report = HistoryShowReport {
        answer: (&again.kept).into(),
        numbers: entry.numbers.clone(),
        same: again.is_same(),
        document: again.now.clone().unwrap_or_default(),
        remark: again.remark(),
    };
    Answered::new(report, view)
}

fn table(again: &Again) -> Table {
    let mut table = match &again.now {
        Ok(now) if again.is_same() => {
            let mut table = Table::new(vec![Column::text("number"), Column::number("value")]);
            for (name, value) in numbers(now) {
                table.row([name, shown(value)]);
            }
            return table;
        }
        Ok(_) | Err(_) => {
            Table::new(vec![Column::text("number"), Column::number("then"), Column::number("now")])
        }
    };
    for (name, then, now) in again.headlines() {
        table.row([name.to_owned(), shown(then), now.map_or_else(String::new, shown)]);
    }
    table
}

/// A number of a past answer: whole ones in full.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be whole and in range"
)]
pub(super) fn shown(value: f64) -> String {
    if (0.0..9e15).contains(&value) && value.fract() == 0.0 {
        grouped(value as u64)
    } else {
        six_digits(value)
    }
}
