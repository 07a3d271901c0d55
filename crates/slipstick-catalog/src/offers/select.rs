//! Choosing and ordering offers.

use slipstick_core::units::UsdPerHour;

use super::{Offer, OfferKind, Term};

/// Which offers to list. What is left out does not restrict.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OfferFilter {
    /// An accelerator's id.
    pub accelerator: Option<String>,
    /// A cloud, without regard to case.
    pub cloud: Option<String>,
    /// A region or the beginning of one.
    pub region: Option<String>,
    /// Kinds of price; none means all.
    pub kinds: Vec<OfferKind>,
    /// Terms; none means on demand, or spot where nothing else is sold.
    pub terms: Vec<Term>,
    /// The least number of accelerators in an instance.
    pub least_count: Option<u32>,
    /// The highest price of the instance.
    pub max_price: Option<UsdPerHour>,
    /// The highest price of one accelerator.
    pub max_price_per_accelerator: Option<UsdPerHour>,
}

/// How to order a list of quotes; ties are broken by cloud, instance and region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OfferOrder {
    /// Cheapest accelerator-hour first.
    #[default]
    PricePerAccelerator,
    /// Cheapest instance first.
    Price,
    /// By cloud.
    Cloud,
    /// By accelerator.
    Accelerator,
    /// Newest price first.
    Newest,
}

impl OfferOrder {
    const NAMES: [(&'static str, Self); 5] = [
        ("price-per-accelerator", Self::PricePerAccelerator),
        ("price", Self::Price),
        ("cloud", Self::Cloud),
        ("accelerator", Self::Accelerator),
        ("newest", Self::Newest),
    ];

    /// The words for arguments.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::NAMES.iter().map(|(name, _)| *name)
    }

    /// From the word used in arguments.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, order)| *order)
    }
}

/// One offer under one term.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quote<'a> {
    /// The offer.
    pub offer: &'a Offer,
    /// The term.
    pub term: Term,
    /// The price as offered.
    pub price: UsdPerHour,
    /// The price of one accelerator.
    pub per_accelerator: UsdPerHour,
}

impl OfferFilter {
    fn admits(&self, offer: &Offer) -> bool {
        let same = |wanted: &Option<String>, given: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(given))
        };
        let region = self.region.as_ref().is_none_or(|wanted| {
            let region = offer.region.as_deref().unwrap_or("");
            region.to_ascii_lowercase().starts_with(&wanted.to_ascii_lowercase())
        });
        same(&self.accelerator, &offer.accelerator)
            && same(&self.cloud, &offer.cloud)
            && region
            && (self.kinds.is_empty() || self.kinds.contains(&offer.kind))
            && self.least_count.is_none_or(|least| offer.count >= least)
    }

    /// The terms to quote an offer under.
    fn terms(&self, offer: &Offer) -> Vec<Term> {
        if !self.terms.is_empty() {
            return self.terms.clone();
        }
        if offer.prices.on_demand.is_some() { vec![Term::OnDemand] } else { vec![Term::Spot] }
    }

    fn affordable(&self, quote: &Quote<'_>) -> bool {
        self.max_price.is_none_or(|most| quote.price <= most)
            && self.max_price_per_accelerator.is_none_or(|most| quote.per_accelerator <= most)
    }
}

/// The quotes a filter admits, in order.
pub(crate) fn select<'a>(offers: Vec<&'a Offer>, filter: &OfferFilter, order: OfferOrder) -> Vec<Quote<'a>> {
    let mut quotes: Vec<Quote<'a>> = offers
        .into_iter()
        .filter(|offer| filter.admits(offer))
        .flat_map(|offer| filter.terms(offer).into_iter().filter_map(move |term| quote(offer, term)))
        .filter(|quote| filter.affordable(quote))
        .collect();
    quotes.sort_by(|a, b| {
        let by_key = a.offer.key().cmp(&b.offer.key()).then(a.term.cmp(&b.term));
        let first = match order {
            OfferOrder::PricePerAccelerator => a.per_accelerator.get().total_cmp(&b.per_accelerator.get()),
            OfferOrder::Price => a.price.get().total_cmp(&b.price.get()),
            OfferOrder::Cloud => a.offer.cloud.cmp(&b.offer.cloud),
            OfferOrder::Accelerator => a.offer.accelerator.cmp(&b.offer.accelerator),
            OfferOrder::Newest => b.offer.as_of.cmp(&a.offer.as_of),
        };
        first.then(by_key)
    });
    quotes
}

pub(super) fn quote(offer: &Offer, term: Term) -> Option<Quote<'_>> {
    Some(Quote { offer, term, price: offer.prices.of(term)?, per_accelerator: offer.per_accelerator(term)? })
}
