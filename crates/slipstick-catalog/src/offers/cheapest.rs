//! The cheapest way to rent so many accelerators.

use jiff::civil::Date;
use slipstick_core::units::UsdPerHour;

use crate::Freshness;

use super::{Offer, OfferKind, PriceUnit, Quote, Term, select::quote};

/// What is to be rented.
#[derive(Debug, Clone, PartialEq)]
pub struct Need {
    /// The accelerator's id.
    pub accelerator: String,
    /// Accelerators in each node.
    pub per_node: u32,
    /// Nodes.
    pub nodes: u32,
    /// The term.
    pub term: Term,
    /// One cloud only.
    pub cloud: Option<String>,
    /// One region only.
    pub region: Option<String>,
    /// One type of instance only.
    pub instance: Option<String>,
}

/// What renting it costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rental<'a> {
    /// The quote it is rented at.
    pub quote: Quote<'a>,
    /// How many of what the quote prices: instances, or accelerators where they are sold singly.
    pub units: u32,
    /// Accelerators paid for; more than needed if only larger instances are sold.
    pub accelerators: u32,
    /// The price of all.
    pub price: UsdPerHour,
}

/// The rule of [`Catalog::cheapest`](crate::Catalog::cheapest) in words.
pub const CHEAPEST: &str = "the lowest price of a provider's own list for what holds exactly a node, known within 180 \
    days; only where there is none an older one, then a larger machine, then a managed offer, then what a marketplace \
    once asked at the least";

/// A rental that costs less than the cheapest, and what speaks against it.
#[derive(Debug, Clone, PartialEq)]
pub struct PassedOver<'a> {
    /// The rental.
    pub rental: Rental<'a>,
    /// Why it is passed over, a few words each.
    pub because: Vec<&'static str>,
}

/// What costs less than the cheapest rental, the lowest price first.
pub(crate) fn passed_over<'a>(offers: &[&'a Offer], need: &Need, today: Date) -> Vec<PassedOver<'a>> {
    let Some(chosen) = cheapest(offers, need, today) else { return Vec::new() };
    let exact = need.per_node.saturating_mul(need.nodes);
    let mut cheaper: Vec<Rental<'a>> = ways(offers, need);
    cheaper.retain(|way| way.price.get() < chosen.price.get());
    cheaper.sort_by(|a, b| a.price.get().total_cmp(&b.price.get()));
    let against = |way: &Rental<'_>| {
        let offer = way.quote.offer;
        let kind = match offer.kind {
            OfferKind::List => None,
            OfferKind::Managed => Some("managed"),
            OfferKind::MarketplaceFloor => Some("a marketplace's lowest"),
        };
        let old = (offer.as_of.freshness(today) == Freshness::VeryStale).then_some("older than 180 days");
        let idle = (way.accelerators > exact).then_some("partly idle");
        [kind, old, idle].into_iter().flatten().collect()
    };
    cheaper.into_iter().map(|rental| PassedOver { because: against(&rental), rental }).collect()
}

/// The cheapest rental. Lists are asked first, then managed offers, and marketplace floors only if nobody lists the
/// accelerator; within a kind, instances that hold exactly a node go before larger ones that would stand partly idle,
/// and prices that are still worth believing on `today` before very stale ones, which only stand in where there is
/// nothing newer.
///
/// Smaller instances are never joined into a node: accelerators of two machines do not share a link.
pub(crate) fn cheapest<'a>(offers: &[&'a Offer], need: &Need, today: Date) -> Option<Rental<'a>> {
    let ways = ways(offers, need).into_iter();
    ways.min_by(|a, b| {
        let rank = a.rank(need, today).cmp(&b.rank(need, today));
        let price = rank.then_with(|| a.price.get().total_cmp(&b.price.get()));
        price.then_with(|| b.quote.offer.as_of.cmp(&a.quote.offer.as_of))
    })
}

impl Rental<'_> {
    /// What is asked before the price, the lower first: the kind of offer, whether it stands partly idle, and whether its
    /// price is very stale.
    pub fn rank(&self, need: &Need, today: Date) -> [u8; 3] {
        let kind = match self.quote.offer.kind {
            OfferKind::List => 0,
            OfferKind::Managed => 1,
            OfferKind::MarketplaceFloor => 2,
        };
        let idle = self.accelerators > need.per_node.saturating_mul(need.nodes);
        let stale = self.quote.offer.as_of.freshness(today) == Freshness::VeryStale;
        [kind, u8::from(idle), u8::from(stale)]
    }
}

/// All ways to rent it.
fn ways<'a>(offers: &[&'a Offer], need: &Need) -> Vec<Rental<'a>> {
    let wanted = |offer: &&&'a Offer| {
        offer.accelerator == need.accelerator
            && need.cloud.as_ref().is_none_or(|cloud| cloud.eq_ignore_ascii_case(&offer.cloud))
            && need.instance.as_ref().is_none_or(|instance| instance.eq_ignore_ascii_case(&offer.instance))
            && need.region.as_ref().is_none_or(|region| offer.region.as_deref() == Some(region.as_str()))
    };
    offers.iter().filter(wanted).filter_map(|offer| rental(offer, need)).collect()
}

/// How an offer would hold the need, if it can.
fn rental<'a>(offer: &'a Offer, need: &Need) -> Option<Rental<'a>> {
    let quote = quote(offer, need.term)?;
    let (units, accelerators) = match offer.unit {
        PriceUnit::Accelerator => {
            let all = need.per_node.checked_mul(need.nodes)?;
            (all, all)
        }
        PriceUnit::Instance if offer.count >= need.per_node && offer.count > 0 => {
            // Several nodes asked for may fit one larger instance.
            let nodes_each = offer.count / need.per_node.max(1);
            let units = need.nodes.div_ceil(nodes_each.max(1));
            (units, units.checked_mul(offer.count)?)
        }
        PriceUnit::Instance => return None,
    };
    Some(Rental { quote, units, accelerators, price: quote.price * f64::from(units) })
}
