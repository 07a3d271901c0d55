//! What lists call accelerators.

use std::collections::HashMap;

use crate::{Catalog, Text, accelerators};

/// Accelerators by the names of one list: thousands of rows name a few.
pub(super) struct Named<'c> {
    catalog: &'c Catalog,
    namespace: &'static str,
    /// What was found for a name, with the memory it was found for.
    known: HashMap<Text, Vec<(Option<u64>, Text, u32)>>,
}

impl<'c> Named<'c> {
    pub(super) fn new(catalog: &'c Catalog, namespace: &'static str) -> Self {
        Self { catalog, namespace, known: HashMap::new() }
    }

    /// The id of an accelerator and how many of it one listed unit is, or why it is none of the catalogue's.
    pub(super) fn of(&mut self, name: &str, memory_gb: Option<f64>) -> Result<(Text, u32), String> {
        let memory = memory_gb.map(f64::to_bits);
        let known = self.known.get(name).and_then(|found| found.iter().find(|(of, ..)| *of == memory));
        if let Some((_, id, each)) = known {
            return Ok((id.clone(), *each));
        }
        let (id, each) = listed(self.catalog, self.namespace, name, memory_gb)?;
        let id = Text::from(id);
        self.known.entry(Text::from(name)).or_default().push((memory, id.clone(), each));
        Ok((id, each))
    }
}

/// What a list calls an accelerator, resolved: its id and how many of it one listed unit is.
fn listed(
    catalog: &Catalog,
    namespace: &str,
    name: &str,
    memory_gb: Option<f64>,
) -> Result<(String, u32), String> {
    match accelerators::listed(namespace, name, memory_gb) {
        Some((id, each)) => Ok((id.to_owned(), each)),
        None => catalog
            .find_accelerator(name)
            .map(|entry| (entry.accelerator.id.clone(), 1))
            .ok_or_else(|| match memory_gb {
                Some(gb) => format!("the accelerator {name:?} with {gb} GB is not in the catalogue"),
                None => format!("the accelerator {name:?} is not in the catalogue"),
            })
            .and_then(|found| agrees(catalog, found, name, memory_gb)),
    }
}

/// Refuses a match by name alone whose memory is another.
fn agrees(
    catalog: &Catalog,
    found: (String, u32),
    name: &str,
    memory_gb: Option<f64>,
) -> Result<(String, u32), String> {
    let label = catalog.accelerator_by_id(&found.0).map(|entry| entry.label_gb);
    match (label, memory_gb) {
        (Some(label), Some(gb)) if gb > 0.0 && (gb / label - 1.0).abs() > 0.15 => {
            Err(format!("the accelerator {name:?} with {gb} GB is not in the catalogue"))
        }
        _ => Ok(found),
    }
}
