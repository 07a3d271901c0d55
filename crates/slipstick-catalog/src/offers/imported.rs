//! Offers out of another tool's list of one cloud.

use std::sync::Arc;

use super::{Machine, Offer, OfferKind, PriceUnit, Prices, shared::Machines};
use crate::{AsOf, Confidence, Origin, Text, price_files::PriceSource, text::Texts};

/// What the rows of one list share.
pub(crate) struct Imported {
    cloud: Text,
    kind: OfferKind,
    as_of: AsOf,
    as_of_basis: Text,
    note: Text,
    origin: Arc<Origin>,
    texts: Texts,
    machines: Machines,
}

impl Imported {
    /// For a list of one tool, `list`, with the prices of one cloud on one day.
    pub(crate) fn new(source: &PriceSource<'_>, list: &str, cloud: &str, as_of: AsOf) -> Self {
        // Two tools spell this marketplace.
        let is_floor = matches!(cloud, "vast" | "vastai");
        Self {
            cloud: Text::from(cloud),
            kind: if is_floor { OfferKind::MarketplaceFloor } else { OfferKind::List },
            as_of,
            as_of_basis: Text::from("given at import"),
            note: Text::from(""),
            origin: Arc::new(Origin {
                layer: source.layer,
                file: source.file.to_owned(),
                sources: vec![list.to_owned()],
                seen: as_of,
                confidence: Confidence::Medium,
            }),
            texts: Texts::default(),
            machines: Machines::default(),
        }
    }

    /// The offer of an instance in a region with so many of an accelerator.
    pub(crate) fn offer(
        &mut self,
        (instance, region): (&str, &str),
        (accelerator, count): (Text, u32),
        machine: Machine,
        prices: Prices,
    ) -> Offer {
        Offer {
            cloud: self.cloud.clone(),
            region: (!region.is_empty()).then(|| self.texts.of(region)),
            instance: self.texts.of(instance),
            accelerator,
            count,
            unit: PriceUnit::Instance,
            kind: self.kind,
            machine: self.machines.of(machine),
            prices,
            as_of: self.as_of,
            as_of_basis: self.as_of_basis.clone(),
            note: self.note.clone(),
            origin: Arc::clone(&self.origin),
        }
    }
}
