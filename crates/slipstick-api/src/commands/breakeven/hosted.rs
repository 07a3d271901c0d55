//! The prices by the token that a model is sold at.

use jiff::civil::Date;
use slipstick_catalog::{Catalog, TokenPrice};
use slipstick_core::{estimate::hosted::HostedPrice, units::Usd};

use super::BreakevenRequest;
use crate::{ApiError, commands::prices::known_provider, resolve::ResolvedModel};

/// A price that one's own is set against.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Hosted {
    pub(super) provider: String,
    pub(super) model: String,
    pub(super) price: HostedPrice,
    /// Whether it is that of a batch.
    pub(super) batch: bool,
    pub(super) as_of: Option<String>,
    pub(super) age_days: Option<i64>,
    pub(super) retires: Option<String>,
    /// Who says so.
    pub(super) source: String,
}

/// The prices of a model, the request's own first.
pub(super) fn prices(
    request: &BreakevenRequest,
    model: &ResolvedModel,
    catalog: &Catalog,
    today: Date,
) -> Result<Vec<Hosted>, ApiError> {
    let given = request.api_price.as_deref().map(|text| given(text, model)).transpose()?;
    let all = catalog.token_prices();
    known_provider(request.provider.as_deref(), &all)?;
    let names = [model.served.as_str(), model.name.as_str(), request.model.trim()];
    let is_same = |price: &TokenPrice| {
        let sold = [price.hf_repo.as_deref().unwrap_or(&price.model), &price.model];
        names.iter().any(|name| sold.iter().any(|sold| sold.eq_ignore_ascii_case(name)))
    };
    let provided = |price: &TokenPrice| {
        request.provider.as_ref().is_none_or(|name| name.eq_ignore_ascii_case(&price.provider))
    };
    let sold = |price: &TokenPrice| price.retires.as_ref().is_none_or(|last| last.age_days(today) <= 0);
    let known = all
        .into_iter()
        .filter(|price| is_same(price) && provided(price) && sold(price))
        .filter_map(|price| listed(price, request.batch_price, today));
    let found: Vec<Hosted> = given.into_iter().chain(known).collect();
    if found.is_empty() {
        let kind = if request.batch_price { "price of batches" } else { "price by the token" };
        return Err(ApiError::input("breakeven.no_price", format!("no {kind} of {} is known", model.name))
            .at("MODEL")
            .help("give one with --api-price, such as --api-price 0.60/1.80; slipstick prices lists those that are known"));
    }
    Ok(found)
}

/// A row of the catalogue, in the kind of price that was asked for.
fn listed(price: &TokenPrice, batch: bool, today: Date) -> Option<Hosted> {
    let (input, cached, output) = if batch {
        (price.batch_input?, None, price.batch_output?)
    } else {
        (price.input, price.cached_input, price.output)
    };
    Some(Hosted {
        provider: price.provider.clone(),
        model: price.model.clone(),
        price: HostedPrice {
            input: Usd::dollars(input),
            cached: cached.map(Usd::dollars),
            output: Usd::dollars(output),
        },
        batch,
        as_of: Some(price.as_of.as_str().to_owned()),
        age_days: Some(price.as_of.age_days(today)),
        retires: price.retires.as_ref().map(|last| last.as_str().to_owned()),
        source: format!("{}: {} of {}", price.origin.sources.join(" "), price.model, price.provider),
    })
}

/// A price that the request states: `0.60/1.80` or, with cached input between, `0.60/0.06/1.80`.
fn given(text: &str, model: &ResolvedModel) -> Result<Hosted, ApiError> {
    let wrong = |why: &str| {
        let shown: String = text.chars().take(40).collect();
        ApiError::input("number.invalid", format!("{shown:?} are no prices of a million tokens: {why}"))
            .at("--api-price")
            .help("write input/output or input/cached/output in dollars, such as 0.60/1.80 or 0.60/0.06/1.80")
    };
    let parts: Result<Vec<f64>, _> =
        text.split('/').map(|part| part.trim().trim_start_matches('$').parse::<f64>()).collect();
    let parts = parts.map_err(|_| wrong("a part is no number"))?;
    if parts.iter().any(|price| !(price.is_finite() && *price > 0.0 && *price <= 10_000.0)) {
        return Err(wrong("a price is above 0 and at most 10000"));
    }
    let (input, cached, output) = match parts[..] {
        [input, output] => (input, None, output),
        [input, cached, output] if cached <= input => (input, Some(cached), output),
        [_, _, _] => return Err(wrong("cached input does not cost more than other input")),
        _ => return Err(wrong("they are two or three")),
    };
    Ok(Hosted {
        provider: "given".to_owned(),
        model: model.name.clone(),
        price: HostedPrice {
            input: Usd::dollars(input),
            cached: cached.map(Usd::dollars),
            output: Usd::dollars(output),
        },
        batch: false,
        as_of: None,
        age_days: None,
        retires: None,
        source: "request".to_owned(),
    })
}
