//! `slipstick compare`: the same request over several accelerators, counts, formats, engines or clouds.

mod request;
mod rows;
mod scenarios;
mod view;

pub use request::CompareRequest;

use serde_json::json;
use slipstick_catalog::Catalog;
use slipstick_core::estimate::Verdict;

use crate::{ApiError, Output, World, resolve::Resolver};

pub(crate) use rows::{Row, estimate_row};

/// More combinations than this are a sweep, not a comparison.
const MOST_ROWS: usize = 2000;

/// What a column is called, whether small values are the better ones, and how to read it from a row.
pub(crate) struct SortKey {
    /// Its name in `--sort` and in the document.
    pub(crate) name: &'static str,
    /// Whether the smallest value comes first.
    pub(crate) ascending: bool,
    /// Its value, if the row has one.
    pub(crate) value: fn(&Row) -> Option<f64>,
}

/// The columns one may sort by.
pub(crate) const SORT_KEYS: &[SortKey] = &[
    SortKey { name: "ttft_s", ascending: true, value: |row| row.answer.as_ref().ok()?.ttft_s },
    SortKey { name: "tpot_s", ascending: true, value: |row| row.answer.as_ref().ok()?.tpot_s },
    SortKey { name: "e2e_s", ascending: true, value: |row| row.answer.as_ref().ok()?.e2e_s },
    SortKey {
        name: "output_tokens_per_s",
        ascending: false,
        value: |row| row.answer.as_ref().ok()?.output_tokens_per_s,
    },
    SortKey { name: "usd_per_hour", ascending: true, value: |row| row.answer.as_ref().ok()?.usd_per_hour },
    SortKey {
        name: "usd_per_million_output_tokens",
        ascending: true,
        value: |row| row.answer.as_ref().ok()?.usd_per_million_output_tokens,
    },
    SortKey {
        name: "usd_per_million_tokens",
        ascending: true,
        value: |row| row.answer.as_ref().ok()?.usd_per_million_tokens,
    },
    SortKey {
        name: "joules_per_output_token",
        ascending: true,
        value: |row| row.answer.as_ref().ok()?.joules_per_output_token,
    },
    SortKey {
        name: "free_bytes",
        ascending: false,
        value: |row| Some(row.answer.as_ref().ok()?.free_bytes as f64),
    },
    SortKey {
        name: "max_concurrency",
        ascending: false,
        value: |row| Some(row.answer.as_ref().ok()?.max_concurrency as f64),
    },
];

/// Asks every combination and puts the answers into one table. What cannot be answered is a row with its reason.
///
/// # Errors
/// If there are too many combinations, the column to sort by is unknown, or no combination can be answered.
pub fn compare(request: &CompareRequest, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
    if request.on.is_empty() {
        // Scenario files name their hardware themselves.
        return scenarios::compare_files(&request.model, catalog, world);
    }
    let sort = request.sort.as_deref().map(sort_key).transpose()?;
    let everywhere = rows::every_cloud(request, catalog)?;
    let combinations = rows::combinations(everywhere.as_ref().unwrap_or(request), MOST_ROWS)?;
    let resolver = Resolver::new(catalog, world);
    let mut rows: Vec<Row> =
        combinations.iter().map(|combination| estimate_row(combination, &resolver)).collect();
    if everywhere.is_some() {
        // Clouds that do not offer the hardware say nothing.
        rows.retain(|row| row.answer.as_ref().is_ok_and(|brief| brief.usd_per_hour.is_some()));
        if rows.is_empty() {
            return Err(ApiError::input(
                "compare.no_offer",
                "no cloud of the catalogue offers this hardware",
            )
            .at("--clouds")
            .help(
                "slipstick instances --by-cloud shows who offers what; a price can be given with --price",
            ));
        }
    }
    if let Some(only) = refused(&rows) {
        return Err(only);
    }
    if let Some(key) = sort {
        sort_by(&mut rows, key);
    }
    rows.sort_by_key(Row::does_not_start);
    let yes = rows.iter().any(|row| row.answer.as_ref().is_ok_and(|answer| answer.verdict == Verdict::Holds));
    let document = json!({
        "sort": sort.map(|key| key.name),
        "rows": rows.iter().map(Row::to_json).collect::<Vec<_>>(),
    });
    Ok(Output::new("compare", document, view::view(&rows)).answered(yes))
}

/// The first refusal, where every row is one.
fn refused(rows: &[Row]) -> Option<ApiError> {
    if rows.iter().any(|row| row.answer.is_ok()) {
        return None;
    }
    rows.first()?.answer.as_ref().err().cloned()
}

fn sort_key(name: &str) -> Result<&'static SortKey, ApiError> {
    let wanted = name.trim().to_ascii_lowercase().replace('-', "_");
    let exact = SORT_KEYS.iter().find(|key| key.name == wanted);
    // `ttft` for `ttft_s`: a beginning that only one column has.
    let mut begins = SORT_KEYS.iter().filter(|key| key.name.starts_with(&wanted));
    let unique = match (begins.next(), begins.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    };
    exact.or(unique).ok_or_else(|| {
        let names: Vec<&str> = SORT_KEYS.iter().map(|key| key.name).collect();
        ApiError::unknown("sort.unknown", "column", name, names.iter().copied())
            .at("--sort")
            .help(format!("sort by one of {}", names.join(", ")))
    })
}

/// By the column, those without a value last; equal rows keep their order.
fn sort_by(rows: &mut [Row], key: &SortKey) {
    let missing = if key.ascending { f64::INFINITY } else { f64::NEG_INFINITY };
    let value = |row: &Row| (key.value)(row).unwrap_or(missing);
    rows.sort_by(|a, b| {
        let order = value(a).total_cmp(&value(b));
        if key.ascending { order } else { order.reverse() }
    });
}
