//! What hosted services ask for tokens, to compare with running a model oneself.

use std::borrow::Cow;

use crate::{
    AsOf, Confidence, LayerName, Origin,
    rows::Layered,
    tables::{TOKEN_PRICES, TokenPriceRow, shipped, stated},
};

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

impl Layered for TokenPrice {
    fn layer(&self) -> LayerName {
        self.origin.layer
    }

    fn key(&self) -> Cow<'_, str> {
        Cow::Owned(format!("{}\0{}", self.provider, self.model))
    }
}

impl<'a> TokenPriceRow<'a> {
    /// The price, or what is wrong with the row.
    pub(crate) fn price(&self, layer: LayerName, file: &str) -> Result<TokenPrice, String> {
        let date = |column: &str, text: &str| AsOf::parse(text).map_err(|e| format!("{column}: {e}"));
        let as_of = date("as_of", self.as_of)?;
        let price = TokenPrice {
            provider: self.provider.to_owned(),
            model: self.model.to_owned(),
            hf_repo: stated(self.hf_repo),
            context_tokens: self.context_tokens,
            input: self.usd_per_million_input,
            output: self.usd_per_million_output,
            cached_input: self.usd_per_million_cached_input,
            batch_input: self.batch_usd_per_million_input,
            batch_output: self.batch_usd_per_million_output,
            retires: stated(self.retires).map(|text| date("retires", &text)).transpose()?,
            as_of,
            note: self.note.to_owned(),
            origin: Origin {
                layer,
                file: file.to_owned(),
                sources: vec![self.source.to_owned()],
                seen: as_of,
                confidence: Confidence::from_name(self.confidence)
                    .ok_or_else(|| format!("confidence: {:?} is not low, medium or high", self.confidence))?,
            },
        };
        price.check()?;
        Ok(price)
    }

    /// The row that would be read back as this price; `source` is its sources in one text.
    pub(crate) fn of(price: &'a TokenPrice, source: &'a str) -> Self {
        Self {
            provider: &price.provider,
            model: &price.model,
            hf_repo: price.hf_repo.as_deref().unwrap_or_default(),
            open_weights: if price.hf_repo.is_some() { "yes" } else { "no" },
            context_tokens: price.context_tokens,
            usd_per_million_input: price.input,
            usd_per_million_output: price.output,
            usd_per_million_cached_input: price.cached_input,
            batch_usd_per_million_input: price.batch_input,
            batch_usd_per_million_output: price.batch_output,
            retires: price.retires.as_ref().map_or("", AsOf::as_str),
            as_of: price.as_of.as_str(),
            source,
            confidence: price.origin.confidence.name(),
            note: &price.note,
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

shipped!(BUILTIN: TokenPriceRow<'static> => TokenPrice, TOKEN_PRICES, |row| {
    row.price(LayerName::Builtin, FILE).expect("the tests read every shipped price")
});
