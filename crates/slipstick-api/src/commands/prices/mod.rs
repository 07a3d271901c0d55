//! `slipstick prices`: what hosted services ask for tokens.

mod import;
mod request;
mod shown;

pub use import::{ImportReport, RejectedRow, import_prices};
pub use request::{ImportRequest, PricesRequest};
pub use shown::{PriceTable, RowReason};

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;
use slipstick_catalog::{AsOf, Catalog, TokenPrice};
use slipstick_core::units::Usd;

use super::catalogue::{aged, counted, like, staleness};
use crate::{
    Answered, ApiError, World,
    report::{self, Plain, Report, Shown},
    view::{Block, View},
};

/// `slipstick prices`: what hosted services ask for tokens.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct PricesReport {
    /// How many there are before the list is cut.
    pub total: usize,
    /// The prices.
    pub prices: Vec<PriceRow>,
}

impl Report for PricesReport {
    const COMMAND: &'static str = "prices";
    const ROWS: Option<&'static str> = Some("prices");
}

/// What a provider asks for the tokens of a model.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct PriceRow {
    /// The provider.
    pub provider: String,
    /// The model as the provider names it.
    pub model: String,
    /// The Hugging Face repository, for open weights.
    pub hf_repo: Option<String>,
    /// A million input tokens.
    pub usd_per_million_input_tokens: Plain<Usd>,
    /// A million output tokens.
    pub usd_per_million_output_tokens: Plain<Usd>,
    /// A million input tokens found in a cache.
    pub usd_per_million_cached_input_tokens: Option<Plain<Usd>>,
    /// A million input tokens in a batch.
    pub batch_usd_per_million_input_tokens: Option<Plain<Usd>>,
    /// A million output tokens in a batch.
    pub batch_usd_per_million_output_tokens: Option<Plain<Usd>>,
    /// The longest context served.
    pub context_tokens: Option<u64>,
    /// The day the price is known for.
    pub as_of: String,
    /// How many days ago that was.
    pub age_days: i64,
    /// The day the provider stops serving it.
    pub retires: Option<String>,
    /// Keys of the sources.
    pub source: String,
    /// How far to trust the row.
    pub confidence: &'static str,
    /// The layer of the catalogue that it was read in.
    pub layer: String,
    /// What to know about it.
    pub note: String,
}

const COLUMNS: &[Shown<PriceRow>] = &[
    Shown::new("provider", "provider"),
    Shown::new("model", "model"),
    Shown::new("hf_repo", "open weights").priority(3),
    Shown::new("usd_per_million_input_tokens", "$/1M in"),
    Shown::new("usd_per_million_output_tokens", "$/1M out"),
    Shown::new("usd_per_million_cached_input_tokens", "$/1M cached").priority(2),
    Shown::new("context_tokens", "context").priority(4),
    Shown::new("as_of", "as of (age)").priority(1).cell(|row| aged(&row.as_of, row.age_days)),
];

/// Lists prices by the token, the cheapest output first.
///
/// # Errors
/// If the provider or the column to sort by is not known.
pub fn prices(
    request: &PricesRequest,
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Answered<PricesReport>, ApiError> {
    let today = world.today();
    let all = catalog.token_prices();
    known_provider(request.provider.as_deref(), &all)?;
    let mut chosen: Vec<&TokenPrice> = all
        .into_iter()
        .filter(|price| {
            let provider = request.provider.as_ref();
            provider.is_none_or(|provider| provider.eq_ignore_ascii_case(&price.provider))
                && like(request.model.as_deref(), &[&price.model, price.hf_repo.as_deref().unwrap_or("")])
        })
        .collect();
    chosen.sort_by(|a, b| a.output.total_cmp(&b.output).then(a.key().cmp(&b.key())));
    let mut rows: Vec<PriceRow> = chosen.into_iter().map(|price| row(price, today)).collect();
    let total = report::arrange(&mut rows, &report::heads(COLUMNS), &request.page)?;
    let mut view = View::new(format!("{} prices", counted(rows.len(), total)));
    view.push(Block::Table(report::table(&rows, COLUMNS)));
    if let Some(warning) = staleness(rows.iter().map(|row| row.age_days)) {
        view.warning(warning);
    }
    Ok(Answered::new(PricesReport { total, prices: rows }, view))
}

/// Refuses a provider of which no price is known.
pub(crate) fn known_provider(wanted: Option<&str>, prices: &[&TokenPrice]) -> Result<(), ApiError> {
    let Some(wanted) = wanted else { return Ok(()) };
    let known: Vec<&str> = prices.iter().map(|price| price.provider.as_str()).collect();
    if known.iter().any(|known| known.eq_ignore_ascii_case(wanted)) {
        return Ok(());
    }
    Err(ApiError::unknown("provider.unknown", "provider", wanted, known).at("--provider"))
}

fn row(price: &TokenPrice, today: Date) -> PriceRow {
    let usd = |usd: f64| Plain(Usd::dollars(usd));
    PriceRow {
        provider: price.provider.clone(),
        model: price.model.clone(),
        hf_repo: price.hf_repo.clone(),
        usd_per_million_input_tokens: usd(price.input),
        usd_per_million_output_tokens: usd(price.output),
        usd_per_million_cached_input_tokens: price.cached_input.map(usd),
        batch_usd_per_million_input_tokens: price.batch_input.map(usd),
        batch_usd_per_million_output_tokens: price.batch_output.map(usd),
        context_tokens: price.context_tokens,
        as_of: price.as_of.as_str().to_owned(),
        age_days: price.as_of.age_days(today),
        retires: price.retires.as_ref().map(AsOf::as_str).map(str::to_owned),
        source: price.origin.sources.join(" "),
        confidence: price.origin.confidence.name(),
        layer: price.origin.layer.to_string(),
        note: price.note.clone(),
    }
}
