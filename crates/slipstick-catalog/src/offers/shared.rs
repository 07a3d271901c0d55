//! What the rows of a table of offers share.

use std::{collections::HashMap, sync::Arc};

use super::{Machine, table::word};
use crate::{AsOf, Confidence, Origin, Place, tables::OfferRow, text::Texts};

/// Machines that were met before.
#[derive(Debug, Default)]
pub(super) struct Machines(HashMap<[Option<u64>; 4], Arc<Machine>>);

impl Machines {
    /// A machine, shared with those that are the same.
    pub(super) fn of(&mut self, machine: Machine) -> Arc<Machine> {
        let Machine { vcpus, ram_gb, storage_gb, network_gbit_s } = machine;
        let key = [vcpus, ram_gb, storage_gb, network_gbit_s].map(|size| size.map(f64::to_bits));
        Arc::clone(self.0.entry(key).or_insert_with(|| Arc::new(machine)))
    }
}

/// What the rows of a file share.
pub(crate) struct Shared<'f> {
    at: Place<'f>,
    pub(super) texts: Texts,
    pub(super) machines: Machines,
    last: Option<Arc<Origin>>,
}

impl<'f> Shared<'f> {
    /// For the rows of one file.
    pub(crate) fn new(at: Place<'f>) -> Self {
        Self { at, texts: Texts::default(), machines: Machines::default(), last: None }
    }

    /// The origin of a row; that of the row before it where it is the same.
    pub(super) fn origin(&mut self, row: &OfferRow<'_>, seen: AsOf) -> Result<Arc<Origin>, String> {
        let same = |last: &&Arc<Origin>| {
            last.seen == seen && last.sources[0] == row.source && last.confidence.name() == row.confidence
        };
        if let Some(last) = self.last.as_ref().filter(same) {
            return Ok(Arc::clone(last));
        }
        let confidence = Confidence::from_name(row.confidence)
            .ok_or_else(|| word("confidence", row.confidence, "low, medium, high"))?;
        let new = Arc::new(Origin {
            layer: self.at.layer,
            file: self.at.file.to_owned(),
            sources: vec![row.source.to_owned()],
            seen,
            confidence,
        });
        self.last = Some(Arc::clone(&new));
        Ok(new)
    }
}
