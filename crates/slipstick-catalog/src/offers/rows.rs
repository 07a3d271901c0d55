//! Offers of overlays over the shipped ones, by accelerator.

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

impl OfferRows {
    /// Adds the offers of one file, which are of one layer.
    pub(crate) fn extend(&mut self, offers: Vec<Offer>) {
        let Some(first) = offers.first() else { return };
        let layer = first.origin.layer;
        let at = self.offers.partition_point(|offer| offer.origin.layer <= layer);
        self.offers.splice(at..at, offers);
        self.index = OnceLock::new();
    }

    /// All offers, with the rows of higher layers in the place of those they override.
    pub(crate) fn all(&self) -> Vec<&Offer> {
        if self.offers.is_empty() {
            return BUILTIN.iter().map(|offer| -> &Offer { offer }).collect();
        }
        self.index().live.iter().map(|&place| self.at(place)).collect()
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

    fn at(&self, place: u32) -> &Offer {
        let place = place as usize;
        match place.checked_sub(BUILTIN.len()) {
            None => BUILTIN.get(place),
            Some(own) => &self.offers[own],
        }
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| {
            let mut index = Index::default();
            let mut places: HashMap<(&str, &str, &str), usize> =
                HashMap::with_capacity(BUILTIN.len() + self.offers.len());
            let keys = BUILTIN.rows().iter().map(|row| (row.cloud, row.region, row.instance));
            for (place, key) in (0_u32..).zip(keys.chain(self.offers.iter().map(Offer::key))) {
                let at = *places.entry(key).or_insert(index.live.len());
                if at == index.live.len() {
                    index.live.push(place);
                } else {
                    index.live[at] = place;
                }
            }
            for &place in &index.live {
                let accelerator = match (place as usize).checked_sub(BUILTIN.len()) {
                    None => BUILTIN.rows()[place as usize].accelerator,
                    Some(own) => &self.offers[own].accelerator,
                };
                match index.of.get_mut(accelerator) {
                    Some(places) => places.push(place),
                    None => drop(index.of.insert(accelerator.to_owned(), vec![place])),
                }
            }
            index
        })
    }
}
