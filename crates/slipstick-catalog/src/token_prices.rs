//! What hosted services ask for tokens, to compare with running a model oneself.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::{AsOf, Confidence, LayerName, Origin, table};

const FILE: &str = "token_prices.csv";

/// The price of one model at one provider, in US dollars per million tokens.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenPrice {
    /// The provider.
    pub provider: String,
    /// The model as the provider names it.
    pub model: String,
    /// The Hugging Face repository, for open weights.
    pub hf_repo: Option<String>,
    /// The longest context served, in tokens.
    pub context_tokens: Option<u64>,
    /// Input tokens.
    pub input: f64,
    /// Output tokens.
    pub output: f64,
    /// Input tokens found in a cache.
    pub cached_input: Option<f64>,
    /// Input tokens in a batch.
    pub batch_input: Option<f64>,
    /// Output tokens in a batch.
    pub batch_output: Option<f64>,
    /// The day the provider stops serving it.
    pub retires: Option<AsOf>,
    /// The day the price is known for.
    pub as_of: AsOf,
    /// What to know about it.
    pub note: String,
    /// Where it comes from.
    pub origin: Origin,
}

impl TokenPrice {
    /// What makes two rows the same price.
    pub fn key(&self) -> (&str, &str) {
        (&self.provider, &self.model)
    }
}

/// One row as written.
#[derive(Deserialize, Serialize)]
pub(crate) struct Row {
    provider: String,
    model: String,
    hf_repo: Option<String>,
    open_weights: String,
    context_tokens: Option<u64>,
    usd_per_million_input: f64,
    usd_per_million_output: f64,
    usd_per_million_cached_input: Option<f64>,
    batch_usd_per_million_input: Option<f64>,
    batch_usd_per_million_output: Option<f64>,
    retires: Option<String>,
    as_of: String,
    source: String,
    confidence: String,
    note: String,
}

impl Row {
    /// The price, or what is wrong with the row.
    pub(crate) fn price(self, layer: LayerName, file: &str) -> Result<TokenPrice, String> {
        let date = |column: &str, text: &str| AsOf::parse(text).map_err(|e| format!("{column}: {e}"));
        let as_of = date("as_of", &self.as_of)?;
        let price = TokenPrice {
            provider: self.provider,
            model: self.model,
            hf_repo: self.hf_repo,
            context_tokens: self.context_tokens,
            input: self.usd_per_million_input,
            output: self.usd_per_million_output,
            cached_input: self.usd_per_million_cached_input,
            batch_input: self.batch_usd_per_million_input,
            batch_output: self.batch_usd_per_million_output,
            retires: self.retires.map(|text| date("retires", &text)).transpose()?,
            as_of: as_of.clone(),
            note: self.note,
            origin: Origin {
                layer,
                file: file.to_owned(),
                sources: vec![self.source],
                seen: as_of,
                confidence: Confidence::from_name(&self.confidence)
                    .ok_or_else(|| format!("confidence: {:?} is not low, medium or high", self.confidence))?,
            },
        };
        price.check()?;
        Ok(price)
    }

    /// The row that would be read back as this price.
    pub(crate) fn of(price: &TokenPrice) -> Self {
        Self {
            provider: price.provider.clone(),
            model: price.model.clone(),
            hf_repo: price.hf_repo.clone(),
            open_weights: if price.hf_repo.is_some() { "yes" } else { "no" }.to_owned(),
            context_tokens: price.context_tokens,
            usd_per_million_input: price.input,
            usd_per_million_output: price.output,
            usd_per_million_cached_input: price.cached_input,
            batch_usd_per_million_input: price.batch_input,
            batch_usd_per_million_output: price.batch_output,
            retires: price.retires.as_ref().map(|day| day.as_str().to_owned()),
            as_of: price.as_of.as_str().to_owned(),
            source: price.origin.sources.join(" "),
            confidence: price.origin.confidence.name().to_owned(),
            note: price.note.clone(),
        }
    }
}

impl TokenPrice {
    /// Refuses prices that cannot be meant.
    pub(crate) fn check(&self) -> Result<(), String> {
        let rates =
            [Some(self.input), Some(self.output), self.cached_input, self.batch_input, self.batch_output];
        for rate in rates.into_iter().flatten() {
            if !(rate.is_finite() && rate > 0.0) {
                return Err(format!("{rate} is not a price above zero"));
            }
            // The dearest model ever listed cost 600; a rate per token or per thousand put here would be far away.
            if rate > 10_000.0 {
                return Err(format!("{rate} dollars for a million tokens is not a price anybody asks"));
            }
        }
        Ok(())
    }
}

pub(crate) static BUILTIN: LazyLock<Vec<TokenPrice>> = LazyLock::new(|| {
    table::rows::<Row>(FILE, include_str!("../data/token_prices.csv"))
        .expect("the shipped table is read by the tests")
        .into_iter()
        .map(|(line, row)| {
            row.price(LayerName::Builtin, FILE)
                .unwrap_or_else(|why| panic!("{FILE}, line {line}: {why}; checked by the tests"))
        })
        .collect()
});
