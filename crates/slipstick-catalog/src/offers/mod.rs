//! What clouds and marketplaces ask for accelerators, with the date of each price.

mod cheapest;
mod imported;
mod instance;
mod rows;
mod select;
mod shared;
mod table;

pub use cheapest::{CHEAPEST, Need, PassedOver, Rental};
pub use select::{OfferFilter, OfferOrder, Quote};

use std::sync::Arc;

use slipstick_core::units::UsdPerHour;

use crate::{AsOf, Origin, Text};

pub(crate) use cheapest::{cheapest, passed_over};
pub(crate) use imported::Imported;
pub(crate) use instance::instances;
pub(crate) use rows::OfferRows;
pub(crate) use select::select;
pub(crate) use shared::Shared;
use table::BUILTIN;

/// What kind of price an offer states. Kinds are never averaged with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OfferKind {
    /// A provider's own list.
    List,
    /// A price that includes a managed service above the machine.
    Managed,
    /// The lowest price seen on a marketplace or in a from-price list: what one may get, not what one can order.
    MarketplaceFloor,
}

impl OfferKind {
    const NAMES: [(&'static str, Self); 3] =
        [("list", Self::List), ("managed", Self::Managed), ("floor", Self::MarketplaceFloor)];

    /// The word used in tables.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }

    /// From the word used in tables.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
    }
}

/// What a price buys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PriceUnit {
    /// The whole instance with all its accelerators.
    Instance,
    /// One accelerator; several cost as many times as much.
    Accelerator,
}

impl PriceUnit {
    /// The word used in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Instance => "instance",
            Self::Accelerator => "accelerator",
        }
    }

    /// From the word used in tables.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Instance, Self::Accelerator].into_iter().find(|unit| unit.name() == name)
    }
}

/// The terms a price holds under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Term {
    /// By the hour, without commitment.
    OnDemand,
    /// By the hour, and may be taken away.
    Spot,
    /// Committed for a year.
    OneYear,
    /// Committed for three years.
    ThreeYears,
}

impl Term {
    /// All of them, in the order of the tables.
    pub const ALL: [Self; 4] = [Self::OnDemand, Self::Spot, Self::OneYear, Self::ThreeYears];

    /// The word used in arguments, tables and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OnDemand => "on-demand",
            Self::Spot => "spot",
            Self::OneYear => "1y",
            Self::ThreeYears => "3y",
        }
    }

    /// From the word used in arguments; clouds write `1yr` as often as `1y`.
    ///
    /// ```
    /// # use slipstick_catalog::offers::Term;
    /// assert_eq!(Term::from_name("1yr"), Term::from_name("1y"));
    /// assert_eq!(Term::from_name("3yr"), Some(Term::ThreeYears));
    /// ```
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|term| term.name() == name || term.name() == name.trim_end_matches('r'))
    }
}

/// The prices of one offer by term; at least one is known.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Prices {
    /// Without commitment.
    pub on_demand: Option<UsdPerHour>,
    /// Interruptible.
    pub spot: Option<UsdPerHour>,
    /// With a commitment of a year.
    pub one_year: Option<UsdPerHour>,
    /// With a commitment of three years.
    pub three_years: Option<UsdPerHour>,
}

impl Prices {
    /// The price under a term.
    pub const fn of(&self, term: Term) -> Option<UsdPerHour> {
        match term {
            Term::OnDemand => self.on_demand,
            Term::Spot => self.spot,
            Term::OneYear => self.one_year,
            Term::ThreeYears => self.three_years,
        }
    }
}

/// A machine around accelerators, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Machine {
    /// Virtual processors.
    pub vcpus: Option<f64>,
    /// Main memory in gigabytes.
    pub ram_gb: Option<f64>,
    /// Local disk in gigabytes.
    pub storage_gb: Option<f64>,
    /// Network of the instance in Gb/s.
    pub network_gbit_s: Option<f64>,
}

/// One offer. What many offers share is kept once: an import holds hundreds of thousands.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// The cloud or marketplace.
    pub cloud: Text,
    /// Its region, if the price is tied to one.
    pub region: Option<Text>,
    /// The instance type, or how the list words the offer.
    pub instance: Text,
    /// The accelerator's id.
    pub accelerator: Text,
    /// Accelerators in an instance.
    pub count: u32,
    /// What the price buys.
    pub unit: PriceUnit,
    /// What kind of price it is.
    pub kind: OfferKind,
    /// The machine around the accelerators.
    pub machine: Arc<Machine>,
    /// Prices by term, in US dollars per hour.
    pub prices: Prices,
    /// The day the price is known for.
    pub as_of: AsOf,
    /// How that day is known.
    pub as_of_basis: Text,
    /// What to know about it.
    pub note: Text,
    /// Where it comes from.
    pub origin: Arc<Origin>,
}

impl Offer {
    /// What makes two rows the same offer: a later layer's row replaces an earlier one with this key.
    pub fn key(&self) -> (&str, &str, &str) {
        (&self.cloud, self.region.as_deref().unwrap_or(""), &self.instance)
    }

    /// The price under a term for one accelerator.
    pub fn per_accelerator(&self, term: Term) -> Option<UsdPerHour> {
        let price = self.prices.of(term)?;
        Some(match self.unit {
            PriceUnit::Instance => price / f64::from(self.count.max(1)),
            PriceUnit::Accelerator => price,
        })
    }
}
