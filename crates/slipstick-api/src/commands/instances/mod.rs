//! `slipstick instances`: what clouds and marketplaces ask for accelerators.

mod request;

pub use request::InstancesRequest;

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde_json::json;
use slipstick_catalog::{
    Catalog,
    offers::{OfferFilter, OfferOrder, Quote, Term},
};
use slipstick_core::units::UsdPerHour;

use super::catalogue::{
    aged,
    sheet::{self, Field},
    staleness,
};
use crate::{
    ApiError, Output, World,
    view::{Block, Cell, Tone, View},
};

struct Row<'a> {
    quote: Quote<'a>,
    today: Date,
}

/// Lists offers, the cheapest accelerator-hour first.
///
/// # Errors
/// If the accelerator, the cloud, the term or the column to sort by is not known.
pub fn instances(
    request: &InstancesRequest,
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Output, ApiError> {
    let today = world.today();
    let filter = filter(request, catalog)?;
    let quotes = catalog.quotes(&filter, OfferOrder::PricePerAccelerator);
    let quotes = if request.by_cloud { by_cloud(quotes) } else { quotes };
    let mut rows: Vec<Row<'_>> = quotes.into_iter().map(|quote| Row { quote, today }).collect();
    let fields = fields();
    let all = sheet::arrange(&mut rows, &fields, &request.page)?;
    let mut view = View::new(format!("{} offers", sheet::counted(rows.len(), all)));
    view.push(Block::Table(sheet::table(&rows, &fields)));
    if let Some(warning) = staleness(rows.iter().map(|row| &row.quote.offer.as_of), today) {
        view.warning(warning);
    }
    view.note("list: a provider's own price; managed: with a service on top; floor: the lowest seen on a marketplace");
    let rejects: Vec<_> = catalog
        .rejects()
        .iter()
        .map(|(file, r)| json!({ "file": file, "line": r.line, "row": r.row, "reason": r.reason }))
        .collect();
    if !rejects.is_empty() {
        view.warning(format!("{} rows of your price files were not taken; --json lists them", rejects.len()));
    }
    let document = json!({ "total": all, "instances": sheet::array(&rows, &fields), "rejected": rejects });
    Ok(Output::new("instances", document, view))
}

/// What each cloud asks at the least for each accelerator it has, under each term, cloud by cloud; of quotes that come with
/// the cheapest accelerator-hour first.
fn by_cloud(quotes: Vec<Quote<'_>>) -> Vec<Quote<'_>> {
    let mut seen = BTreeSet::new();
    let mut kept: Vec<Quote<'_>> = quotes
        .into_iter()
        .filter(|quote| seen.insert((&quote.offer.cloud, &quote.offer.accelerator, quote.term)))
        .collect();
    // The sort is stable: within a cloud the cheapest stay first.
    kept.sort_by(|a, b| a.offer.cloud.cmp(&b.offer.cloud));
    kept
}

fn filter(request: &InstancesRequest, catalog: &Catalog) -> Result<OfferFilter, ApiError> {
    let accelerator = request
        .gpu
        .as_deref()
        .map(|name| match catalog.accelerator(name) {
            Ok(entry) => Ok(entry.accelerator.id.clone()),
            Err(error) => Err(ApiError::input("gpu.unknown", error.to_string()).at("--gpu")),
        })
        .transpose()?;
    if let Some(cloud) = &request.cloud {
        let clouds: Vec<&str> = catalog.offers().into_iter().map(|offer| offer.cloud.as_str()).collect();
        if !clouds.iter().any(|known| known.eq_ignore_ascii_case(cloud)) {
            return Err(ApiError::unknown("cloud.unknown", "cloud", cloud, clouds).at("--cloud"));
        }
    }
    let terms = request
        .term
        .as_deref()
        .map(|term| {
            let known = Term::ALL.map(Term::name);
            Term::from_name(&term.to_ascii_lowercase()).ok_or_else(|| {
                ApiError::unknown("term.unknown", "term", term, known)
                    .at("--term")
                    .help(format!("choose one of {}", known.join(", ")))
            })
        })
        .transpose()?;
    Ok(OfferFilter {
        accelerator,
        cloud: request.cloud.clone(),
        region: request.region.clone(),
        kinds: Vec::new(),
        terms: terms.into_iter().collect(),
        least_count: request.min_count.map(|count| u32::try_from(count.0).unwrap_or(u32::MAX)),
        max_price: None,
        max_price_per_accelerator: request.max_price.map(|price| price.0),
    })
}

fn fields<'a>() -> Vec<Field<Row<'a>>> {
    vec![
        Field::text(
            "cloud",
            |r| json!(r.quote.offer.cloud),
            "cloud",
            0,
            |r| r.quote.offer.cloud.as_str().into(),
        ),
        Field::text(
            "region",
            |r| json!(r.quote.offer.region),
            "region",
            3,
            |r| r.quote.offer.region.as_deref().unwrap_or("any").into(),
        ),
        Field::text(
            "instance",
            |r| json!(r.quote.offer.instance),
            "instance",
            0,
            |r| r.quote.offer.instance.as_str().into(),
        ),
        Field::text(
            "gpu",
            |r| json!(r.quote.offer.accelerator),
            "accelerator",
            1,
            |r| r.quote.offer.accelerator.as_str().into(),
        ),
        Field::number(
            "count",
            |r| json!(r.quote.offer.count),
            "count",
            0,
            |r| r.quote.offer.count.to_string().into(),
        ),
        Field::text("term", |r| json!(r.quote.term.name()), "term", 2, |r| r.quote.term.name().into()),
        Field::number(
            "usd_per_hour",
            |r| json!(r.quote.price.get()),
            "$/h",
            0,
            |r| each(r.quote.price).into(),
        ),
        Field::number(
            "usd_per_hour_each",
            |r| json!(r.quote.per_accelerator.get()),
            "$/h each",
            0,
            |r| each(r.quote.per_accelerator).into(),
        ),
        Field::json("priced", |r| json!(r.quote.offer.unit.name())),
        Field::text(
            "kind",
            |r| json!(r.quote.offer.kind.name()),
            "kind",
            2,
            |r| r.quote.offer.kind.name().into(),
        ),
        Field::json("vcpus", |r| json!(r.quote.offer.vcpus)),
        Field::json("ram_bytes", |r| json!(r.quote.offer.ram_gb.map(|gb| gb * 1e9))),
        Field::json("network_bits_per_s", |r| json!(r.quote.offer.network_gbit_s.map(|gb| gb * 1e9))),
        Field::text(
            "as_of",
            |r| json!(r.quote.offer.as_of.as_str()),
            "as of (age)",
            1,
            |r| aged(&r.quote.offer.as_of, r.today),
        ),
        Field::json("age_days", |r| json!(r.quote.offer.as_of.age_days(r.today))),
        Field::json("source", |r| json!(r.quote.offer.origin.sources.join(" "))),
        Field::json("confidence", |r| json!(r.quote.offer.origin.confidence.name())),
        Field::json("layer", |r| json!(r.quote.offer.origin.layer.to_string())),
        Field::text(
            "note",
            |r| json!(r.quote.offer.note),
            "note",
            6,
            |r| Cell::toned(r.quote.offer.note.as_str(), Tone::Faint),
        ),
    ]
}

fn each(price: UsdPerHour) -> String {
    let usd = price.get();
    if usd < 0.1 { format!("{usd:.3}") } else { format!("{usd:.2}") }
}
