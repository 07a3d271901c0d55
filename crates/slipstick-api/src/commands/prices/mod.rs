//! `slipstick prices`: what hosted services ask for tokens.

mod import;
mod request;

pub use import::import_prices;
pub use request::{ImportRequest, PricesRequest};

use jiff::civil::Date;
use serde_json::json;
use slipstick_catalog::{AsOf, Catalog, TokenPrice};

use super::catalogue::{
    aged, like,
    sheet::{self, Field},
    staleness,
};
use crate::{
    ApiError, Output, World,
    view::{Block, Cell, View},
};

struct Row<'a> {
    price: &'a TokenPrice,
    today: Date,
}

/// Lists prices by the token, the cheapest output first.
///
/// # Errors
/// If the provider or the column to sort by is not known.
pub fn prices(request: &PricesRequest, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
    let today = world.today();
    let all = catalog.token_prices();
    if let Some(provider) = &request.provider {
        let known: Vec<&str> = all.iter().map(|price| price.provider.as_str()).collect();
        if !known.iter().any(|known| known.eq_ignore_ascii_case(provider)) {
            return Err(ApiError::unknown("provider.unknown", "provider", provider, known).at("--provider"));
        }
    }
    let mut rows: Vec<Row<'_>> = all
        .into_iter()
        .filter(|price| {
            let provider = request.provider.as_ref();
            provider.is_none_or(|provider| provider.eq_ignore_ascii_case(&price.provider))
                && like(request.model.as_deref(), &[&price.model, price.hf_repo.as_deref().unwrap_or("")])
        })
        .map(|price| Row { price, today })
        .collect();
    rows.sort_by(|a, b| a.price.output.total_cmp(&b.price.output).then(a.price.key().cmp(&b.price.key())));
    let fields = fields();
    let all = sheet::arrange(&mut rows, &fields, &request.page)?;
    let mut view =
        View::new(format!("{} prices, in $ for a million tokens", sheet::counted(rows.len(), all)));
    view.push(Block::Table(sheet::table(&rows, &fields)));
    if let Some(warning) = staleness(rows.iter().map(|row| &row.price.as_of), today) {
        view.warning(warning);
    }
    let document = json!({ "total": all, "prices": sheet::array(&rows, &fields) });
    Ok(Output::new("prices", document, view))
}

fn fields<'a>() -> Vec<Field<Row<'a>>> {
    vec![
        Field::text(
            "provider",
            |r| json!(r.price.provider),
            "provider",
            0,
            |r| r.price.provider.as_str().into(),
        ),
        Field::text("model", |r| json!(r.price.model), "model", 0, |r| r.price.model.as_str().into()),
        Field::text(
            "hf_repo",
            |r| json!(r.price.hf_repo),
            "open weights",
            3,
            |r| r.price.hf_repo.as_deref().unwrap_or("").into(),
        ),
        Field::number(
            "usd_per_million_input_tokens",
            |r| json!(r.price.input),
            "input",
            0,
            |r| usd(r.price.input),
        ),
        Field::number(
            "usd_per_million_output_tokens",
            |r| json!(r.price.output),
            "output",
            0,
            |r| usd(r.price.output),
        ),
        Field::number(
            "usd_per_million_cached_input_tokens",
            |r| json!(r.price.cached_input),
            "cached",
            2,
            |r| r.price.cached_input.map_or_else(Cell::default, usd),
        ),
        Field::json("batch_usd_per_million_input_tokens", |r| json!(r.price.batch_input)),
        Field::json("batch_usd_per_million_output_tokens", |r| json!(r.price.batch_output)),
        Field::number(
            "context_tokens",
            |r| json!(r.price.context_tokens),
            "context",
            4,
            |r| r.price.context_tokens.map_or_else(String::new, |tokens| tokens.to_string()).into(),
        ),
        Field::text(
            "as_of",
            |r| json!(r.price.as_of.as_str()),
            "as of (age)",
            1,
            |r| aged(&r.price.as_of, r.today),
        ),
        Field::json("age_days", |r| json!(r.price.as_of.age_days(r.today))),
        Field::json("retires", |r| json!(r.price.retires.as_ref().map(AsOf::as_str))),
        Field::json("source", |r| json!(r.price.origin.sources.join(" "))),
        Field::json("confidence", |r| json!(r.price.origin.confidence.name())),
        Field::json("layer", |r| json!(r.price.origin.layer.to_string())),
        Field::json("note", |r| json!(r.price.note)),
    ]
}

fn usd(price: f64) -> Cell {
    if price < 0.1 { format!("{price:.3}") } else { format!("{price:.2}") }.into()
}
