//! `slipstick methods list`.

use serde::Serialize;
use slipstick_core::methods::{METHODS, index};

/// Every method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MethodList {
    /// The document's kind and version.
    pub schema: &'static str,
    /// The methods, in the order of a report.
    pub methods: Vec<MethodRow>,
}

/// One method in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MethodRow {
    /// The name that a user types.
    pub id: &'static str,
    /// What it is called in prose.
    pub title: &'static str,
    /// Who wrote it.
    pub authors: &'static str,
    /// The text it was taken from.
    pub source: &'static str,
    /// The quantities that it computes.
    pub quantities: Vec<&'static str>,
    /// The names of its known faults.
    pub faults: Vec<&'static str>,
}

/// Every method.
pub fn list() -> MethodList {
    let methods = METHODS.iter().map(|method| MethodRow {
        id: method.id,
        title: method.title,
        authors: method.authors,
        source: method.source,
        quantities: method.quantities.iter().map(slipstick_core::methods::Quantity::name).collect(),
        faults: method.faults.iter().map(|fault| fault.id).collect(),
    });
    MethodList { schema: "slipstick.methods.list/1", methods: methods.collect() }
}

impl MethodList {
    /// As plain text.
    pub fn text(&self) -> String {
        let width = self.methods.iter().map(|method| method.id.len()).max().unwrap_or(0);
        let line = |method: &MethodRow| {
            let (quantities, faults) = (method.quantities.len(), method.faults.len());
            format!(
                "{:<width$}  {quantities:>2} quantities  {faults:>2} faults  {}\n",
                method.id, method.title
            )
        };
        self.methods.iter().map(line).collect()
    }

    /// As markdown, the index of `docs/methods`.
    pub fn markdown(&self) -> String {
        index()
    }
}
