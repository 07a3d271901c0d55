//! The table of errors in `docs/accuracy.md`, made from what `validate` answers about the kept measurements.

use std::{collections::BTreeMap, fs, io};

use slipstick_api::{
    ApiError, Catalog,
    commands::validate::{ValidateReport, validate},
    report::{Estimated, Plain, Quantity},
    request::ValidateRequest,
    validate::inference::{InferenceRow, InferenceValidation},
};
use slipstick_world::{LocalWorld, Silent};

const PAGE: &str = "docs/accuracy.md";
const START: &str = "<!-- The table is made by cargo xtask docs. -->\n";
const END: &str = "<!-- End of the table. -->";

/// The marks around the table of refusals.
const REFUSED: [&str; 2] = ["<!-- Refusals: made by cargo xtask docs. -->\n", "<!-- End of refusals. -->"];

/// Writes the table anew.
pub(crate) fn write() -> io::Result<()> {
    let path = crate::root().join(PAGE);
    fs::write(&path, renewed(&fs::read_to_string(&path)?)?)
}

/// The page with its tables as they should be.
fn renewed(text: &str) -> io::Result<String> {
    let found = validated().map_err(io::Error::other)?;
    let text = between(text, [START, END], &table(&found))?;
    between(&text, REFUSED, &refused(&found))
}

/// A text with a table between two marks.
fn between(text: &str, [start, end]: [&str; 2], table: &str) -> io::Result<String> {
    let lost = || io::Error::other(format!("{PAGE} has lost the marks around a table"));
    let (before, rest) = text.split_once(start).ok_or_else(lost)?;
    let (_, after) = rest.split_once(end).ok_or_else(lost)?;
    Ok(format!("{before}{start}{table}{end}{after}"))
}

/// Why rows have no answer, by regime, the commonest first.
fn refused(found: &InferenceValidation) -> String {
    let mut reasons: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for row in found.rows.iter().filter(|row| row.usable) {
        if let Some(reason) = &row.refused {
            *reasons.entry((&row.regime, plain(reason))).or_default() += 1;
        }
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
    let head = "| regime | rows | why they have no answer |\n|---|---|---|\n".to_owned();
    reasons
        .into_iter()
        .fold(head, |table, ((regime, reason), rows)| format!("{table}| {regime} | {rows} | {reason} |\n"))
}

/// A reason without the numbers and names of its row.
fn plain(reason: &str) -> String {
    let first = reason.lines().next().unwrap_or_default();
    let words = first.split(' ').map(|word| match word {
        word if word.contains('"') || word.contains('/') => "..",
        word if word.starts_with(|c: char| c.is_ascii_digit()) => "N",
        word => word,
    });
    words.collect::<Vec<_>>().join(" ").replace('|', "/")
}

fn validated() -> Result<InferenceValidation, ApiError> {
    let data = crate::root().join("measured/inference.csv");
    let world = LocalWorld { catalogs: Vec::new(), offline: true, today: None, progress: Box::new(Silent) };
    let request = ValidateRequest::new(data.display().to_string());
    match validate(&request, &Catalog::builtin(), &world)?.report {
        ValidateReport::Inference(found) => Ok(found),
        _ => Err(ApiError::internal("accuracy.kind", "the kept measurements are of inference")),
    }
}

fn table(found: &InferenceValidation) -> String {
    let head = "| regime | quantity | rows | predicted | mean | median | 90th percentile | in the band |\n\
                |---|---|---|---|---|---|---|---|\n";
    let percent =
        |value: Option<f64>| value.map_or_else(|| "none".to_owned(), |value| format!("{value:.0} %"));
    found.summary.iter().fold(head.to_owned(), |table, one| {
        let (inside, banded) = held(&found.rows, &one.regime, one.quantity);
        let share = (banded > 0).then(|| 100.0 * inside as f64 / banded as f64);
        format!(
            "{table}| {} | `{}` | {} | {} | {} | {} | {} | {} |\n",
            one.regime,
            one.quantity,
            one.errors.measured,
            one.errors.predicted,
            percent(one.errors.mape),
            percent(one.errors.median),
            percent(one.errors.p90),
            percent(share)
        )
    })
}

/// How many measurements of a regime lie in the band of their prediction, and how many predictions have one.
fn held(rows: &[InferenceRow], regime: &str, quantity: &str) -> (usize, usize) {
    let of = |row: &InferenceRow| match quantity {
        "ttft_s" => is_inside(row.ttft_s, row.measured.ttft_s),
        "tpot_s" => is_inside(row.tpot_s, row.measured.tpot_s),
        "e2e_s" => is_inside(row.e2e_s, row.measured.e2e_s),
        "output_tokens_per_s" => is_inside(row.output_tokens_per_s, row.measured.output_tokens_per_s),
        _ => is_inside(row.total_tokens_per_s, row.measured.total_tokens_per_s),
    };
    let found: Vec<bool> =
        rows.iter().filter(|row| row.usable && row.regime == regime).filter_map(of).collect();
    (found.iter().filter(|inside| **inside).count(), found.len())
}

fn is_inside<T: Quantity>(predicted: Option<Estimated<T>>, measured: Option<Plain<T>>) -> Option<bool> {
    let (predicted, measured) = (predicted?, measured?.0.number());
    Some((predicted.low?.number()..=predicted.high?.number()).contains(&measured))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_of_errors_is_current() {
        let text = std::fs::read_to_string(crate::root().join(super::PAGE)).expect("the page is committed");
        let now = super::renewed(&text).expect("the kept measurements are predicted");
        assert!(text == now, "{} is out of date: run cargo xtask docs", super::PAGE);
    }
}
