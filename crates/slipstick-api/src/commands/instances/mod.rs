//! `slipstick instances`: what clouds and marketplaces ask for accelerators.

mod request;

pub use request::InstancesRequest;

use std::collections::BTreeSet;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;
use slipstick_catalog::{
    Catalog,
    offers::{CHEAPEST, OfferFilter, OfferOrder, Quote, Term},
};
use slipstick_core::units::{Bytes, UsdPerHour};

use super::catalogue::{aged, counted, staleness};
use crate::{
    Answered, ApiError, World,
    report::{self, Plain, Report, Shown},
    view::{Block, Cell, Tone, View},
};

/// `slipstick instances`: what clouds and marketplaces ask for accelerators.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct InstancesReport {
    /// How many there are before the list is cut.
    pub total: usize,
    /// The offers.
    pub instances: Vec<InstanceRow>,
    /// Rows of the user's own price files that were not taken.
    pub rejected: Vec<RejectedOffer>,
}

impl Report for InstancesReport {
    const COMMAND: &'static str = "instances";
    const ROWS: Option<&'static str> = Some("instances");
}

/// An offer under one term.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct InstanceRow {
    /// The cloud or marketplace.
    pub cloud: String,
    /// Its region, if the price is tied to one.
    pub region: Option<String>,
    /// The instance type, or how the list words the offer.
    pub instance: String,
    /// The accelerator's id.
    pub gpu: String,
    /// Accelerators in an instance.
    pub count: u32,
    /// The term: on-demand, spot, 1y or 3y.
    pub term: &'static str,
    /// The price as offered.
    pub usd_per_hour: Plain<UsdPerHour>,
    /// The price of one accelerator.
    pub usd_per_hour_each: Plain<UsdPerHour>,
    /// What the price buys.
    pub priced: &'static str,
    /// What kind of price it is.
    pub kind: &'static str,
    /// Virtual processors.
    pub vcpus: Option<f64>,
    /// Main memory.
    pub ram_bytes: Option<Plain<Bytes>>,
    /// Network of the instance.
    #[schemars(extend("unit" = "bit/s"))]
    pub network_bits_per_s: Option<f64>,
    /// The day the price is known for.
    pub as_of: String,
    /// How many days ago that was.
    pub age_days: i64,
    /// Keys of the sources.
    pub source: String,
    /// How far to trust the row.
    pub confidence: &'static str,
    /// The layer of the catalogue that it was read in.
    pub layer: String,
    /// What to know about it.
    pub note: String,
}

/// A row of a price file that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct RejectedOffer {
    /// The file.
    pub file: String,
    /// The line, from 1; 0 where the format has none.
    pub line: u64,
    /// The row in short.
    pub row: String,
    /// Why it was not taken.
    pub reason: String,
}

const COLUMNS: &[Shown<InstanceRow>] = &[
    Shown::new("cloud", "cloud"),
    Shown::new("region", "region").priority(3).cell(|row| row.region.as_deref().unwrap_or("any").into()),
    Shown::new("instance", "instance"),
    Shown::new("gpu", "accelerator").priority(1),
    Shown::new("count", "count"),
    Shown::new("term", "term").priority(2),
    Shown::new("usd_per_hour", "$/h"),
    Shown::new("usd_per_hour_each", "$/h each"),
    Shown::new("kind", "kind").priority(2),
    Shown::new("as_of", "as of (age)").priority(1).cell(|row| aged(&row.as_of, row.age_days)),
    Shown::new("note", "note").priority(6).cell(|row| Cell::toned(row.note.as_str(), Tone::Faint)),
];

/// Lists offers, the cheapest accelerator-hour first.
///
/// # Errors
/// If the accelerator, the cloud, the term or the column to sort by is not known.
pub fn instances(
    request: &InstancesRequest,
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Answered<InstancesReport>, ApiError> {
    let today = world.today();
    let filter = filter(request, catalog)?;
    let quotes = catalog.quotes(&filter, OfferOrder::PricePerAccelerator);
    let quotes = if request.by_cloud { by_cloud(quotes) } else { quotes };
    let mut rows: Vec<InstanceRow> = quotes.iter().map(|quote| row(quote, today)).collect();
    let total = report::arrange(&mut rows, &report::heads(COLUMNS), &request.page)?;
    let mut view = View::new(format!("{} offers", counted(rows.len(), total)));
    view.push(Block::Table(report::table(&rows, COLUMNS)));
    if let Some(warning) = staleness(rows.iter().map(|row| row.age_days)) {
        view.warning(warning);
    }
    view.note("list: a provider's own price; managed: with a service on top; floor: the lowest seen on a marketplace");
    view.note(format!("an estimate takes {CHEAPEST}"));
    let rejected: Vec<RejectedOffer> = rejected(catalog);
    if !rejected.is_empty() {
        view.warning(format!(
            "{} rows of your price files were not taken; --json lists the first of them",
            catalog.rejected()
        ));
    }
    Ok(Answered::new(InstancesReport { total, instances: rows, rejected }, view))
}

fn rejected(catalog: &Catalog) -> Vec<RejectedOffer> {
    let all = catalog.rejects().iter().map(|(file, reject)| RejectedOffer {
        file: file.clone(),
        line: reject.line,
        row: reject.row.clone(),
        reason: reject.reason.to_string(),
    });
    all.collect()
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
            Err(error) => Err(ApiError::input("gpu.unknown", error.to_string())
                .at("--gpu")
                .help("slipstick gpus lists the accelerators known")),
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

fn row(quote: &Quote<'_>, today: Date) -> InstanceRow {
    let offer = quote.offer;
    InstanceRow {
        cloud: offer.cloud.to_string(),
        region: offer.region.as_ref().map(ToString::to_string),
        instance: offer.instance.to_string(),
        gpu: offer.accelerator.to_string(),
        count: offer.count,
        term: quote.term.name(),
        usd_per_hour: quote.price.into(),
        usd_per_hour_each: quote.per_accelerator.into(),
        priced: offer.unit.name(),
        kind: offer.kind.name(),
        vcpus: offer.machine.vcpus,
        ram_bytes: offer.machine.ram_gb.map(|gb| Plain(Bytes::ceil(gb * 1e9))),
        network_bits_per_s: offer.machine.network_gbit_s.map(|gbit| gbit * 1e9),
        as_of: offer.as_of.as_str().to_owned(),
        age_days: offer.as_of.age_days(today),
        source: offer.origin.sources.join(" "),
        confidence: offer.origin.confidence.name(),
        layer: offer.origin.layer.to_string(),
        note: offer.note.to_string(),
    }
}
