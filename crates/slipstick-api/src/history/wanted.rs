//! Which past answers are listed, in what order, and one of their numbers as a plot.

use clap::Args;
use serde_json::Value;

use super::{Kept, Newest};
use crate::{
    ApiError,
    view::{Axis, Block, Plot, Series, View},
};

/// Which past answers are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct Wanted {
    /// Only answers of this command
    #[arg(long, value_name = "COMMAND")]
    pub command: Option<String>,
    /// Only of models with a part of their name like this
    #[arg(long, value_name = "TEXT")]
    pub model: Option<String>,
    /// Largest first by one of their numbers, such as output_tokens_per_s; the newest first if not given
    #[arg(long, value_name = "NUMBER")]
    pub sort: Option<String>,
}

impl Wanted {
    /// Whether a past answer is one of them.
    pub fn admits(&self, kept: &Kept) -> bool {
        let entry = &kept.entry;
        let command = entry.request.command().name;
        self.command.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(command))
            && self.model.as_ref().is_none_or(|wanted| has_model(kept, wanted))
            && self.sort.as_ref().is_none_or(|number| number_of(kept, number).is_some())
    }

    /// Puts those that were found into order, and leaves `limit` of them.
    pub fn arrange(&self, found: &mut Vec<(usize, Kept)>, limit: usize) {
        if let Some(number) = &self.sort {
            let of = |kept: &Kept| number_of(kept, number).unwrap_or(f64::NEG_INFINITY);
            found.sort_by(|(_, a), (_, b)| of(b).total_cmp(&of(a)));
        }
        found.truncate(limit);
    }
}

/// Whether a question names a model like this, as one or among several.
fn has_model(kept: &Kept, wanted: &str) -> bool {
    let like = |name: &str| name.to_ascii_lowercase().contains(&wanted.to_ascii_lowercase());
    let Ok(Value::Object(tables)) = serde_json::to_value(&kept.entry.request) else { return false };
    tables.values().any(|table| match &table["model"] {
        Value::String(name) => like(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).any(like),
        _ => false,
    })
}

/// A headline number by its name, or by the end of its path.
fn number_of(kept: &Kept, name: &str) -> Option<f64> {
    let numbers = &kept.entry.numbers;
    let ends = |path: &str| path == name || path.ends_with(&format!(".{name}"));
    numbers.iter().find(|(path, _)| ends(path)).and_then(|(_, value)| value.as_f64())
}

/// One number of past answers, the oldest at the left.
///
/// # Errors
/// If fewer than two of them have it.
pub fn plotted(number: &str, found: &Newest) -> Result<View, ApiError> {
    let values: Vec<f64> = found.rows.iter().rev().filter_map(|(_, kept)| number_of(kept, number)).collect();
    if values.len() < 2 {
        let known = found.rows.iter().flat_map(|(_, kept)| kept.entry.numbers.keys().map(String::as_str));
        let message = format!("{} past answers have a number {number:?}: a plot needs two", values.len());
        let near = ApiError::unknown("history.number", "number", number, known);
        let help =
            near.help.unwrap_or_else(|| "slipstick history show 1 lists the numbers of an answer".to_owned());
        return Err(ApiError::input("history.number", message).at("NUMBER").help(help));
    }
    let points = values.iter().enumerate().map(|(place, value)| (place as f64 + 1.0, *value)).collect();
    let axis = |label: &str| Axis { label: label.to_owned(), log: false };
    let mut view = View::new(format!("{number} of {} past answers", values.len()));
    view.push(Block::Plot(Plot {
        caption: format!("{number}, the oldest answer at the left"),
        x: axis("answer"),
        y: axis(number),
        series: vec![Series { label: number.to_owned(), points }],
    }));
    Ok(view)
}
