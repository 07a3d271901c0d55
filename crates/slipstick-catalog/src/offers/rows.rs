//! Offers of overlays over the shipped ones, by accelerator.

use core::hash::{Hash, Hasher};
use std::{
    collections::{BTreeMap, HashMap},
    sync::OnceLock,
};

use super::{BUILTIN, Offer};
use crate::tables::OFFERS_OF;

/// Offers of overlays, the lowest layer first; within a layer in the order they were added.
#[derive(Debug, Clone, Default)]
pub(crate) struct OfferRows {
    offers: Vec<Offer>,
    index: OnceLock<Index>,
}

/// Which offers hold once each row has replaced those it overrides. Places below the number of shipped rows are theirs.
#[derive(Debug, Clone, Default)]
struct Index {
    /// In the order of the tables, new ones at the end.
    live: Vec<u32>,
    /// The same by accelerator.
    of: BTreeMap<String, Vec<u32>>,
}

/// A row by what makes it the same as another.
#[derive(Clone, Copy)]
struct Keyed<'a> {
    own: &'a [Offer],
    place: usize,
}

impl Keyed<'_> {
    fn key(&self) -> (&str, &str, &str) {
        self.place.checked_sub(BUILTIN.len()).map_or_else(
            || {
                let row = &BUILTIN.rows()[self.place];
                (row.cloud, row.region, row.instance)
            },
            |own| self.own[own].key(),
        )
    }
}

impl Hash for Keyed<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl PartialEq for Keyed<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Keyed<'_> {}

impl OfferRows {
    /// Adds the offers of one file, which are of one layer.
    pub(crate) fn extend(&mut self, offers: Vec<Offer>) {
        let Some(first) = offers.first() else { return };
        let layer = first.origin.layer;
        let at = self.offers.partition_point(|offer| offer.origin.layer <= layer);
        if self.offers.is_empty() {
            self.offers = offers;
        } else {
            self.offers.splice(at..at, offers);
        }
        self.index = OnceLock::new();
    }

    /// All offers, with the rows of higher layers in the place of those they override.
    pub(crate) fn all(&self) -> Vec<&Offer> {
        if self.offers.is_empty() {
            return BUILTIN.iter().map(|offer| -> &Offer { offer }).collect();
        }
        self.index().live.iter().map(|&place| self.at(place)).collect()
    }

    /// The offers of instances of a name, without regard to case.
    pub(crate) fn instance(&self, name: &str) -> Vec<&Offer> {
        if self.offers.is_empty() {
            let rows = BUILTIN.rows().iter().enumerate();
            let named = rows.filter(|(_, row)| row.instance.eq_ignore_ascii_case(name));
            return named.map(|(place, _)| -> &Offer { BUILTIN.get(place) }).collect();
        }
        self.all().into_iter().filter(|offer| offer.instance.eq_ignore_ascii_case(name)).collect()
    }

    /// The offers of one accelerator.
    pub(crate) fn of(&self, accelerator: &str) -> Vec<&Offer> {
        if self.offers.is_empty() {
            let found = OFFERS_OF.binary_search_by_key(&accelerator, |(id, _)| id).ok();
            let places = found.map_or(&[][..], |place| OFFERS_OF[place].1);
            return places.iter().map(|&place| -> &Offer { BUILTIN.get(usize::from(place)) }).collect();
        }
        let places = self.index().of.get(accelerator);
        places.into_iter().flatten().map(|&place| self.at(place)).collect()
    }

    /// An overlay's row; none if the place is that of a shipped one.
    fn own(&self, place: u32) -> Option<&Offer> {
        (place as usize).checked_sub(BUILTIN.len()).map(|own| &self.offers[own])
    }

    fn at(&self, place: u32) -> &Offer {
        self.own(place).unwrap_or_else(|| BUILTIN.get(place as usize))
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| {
            let mut index = Index::default();
            let rows = BUILTIN.len() + self.offers.len();
            let mut places: HashMap<Keyed<'_>, u32> = HashMap::with_capacity(rows);
            for (place, row) in (0_u32..).zip(0..rows) {
                let new = u32::try_from(index.live.len()).unwrap_or(u32::MAX);
                let at = *places.entry(Keyed { own: &self.offers, place: row }).or_insert(new);
                if at == new {
                    index.live.push(place);
                } else {
                    index.live[at as usize] = place;
                }
            }
            for &place in &index.live {
                let shipped = || BUILTIN.rows()[place as usize].accelerator;
                let accelerator = self.own(place).map_or_else(shipped, |offer| offer.accelerator.as_str());
                match index.of.get_mut(accelerator) {
                    Some(places) => places.push(place),
                    None => drop(index.of.insert(accelerator.to_owned(), vec![place])),
                }
            }
            index
        })
    }
}
