//! `slipstick methods show NAME`.

use serde::Serialize;
use slipstick_core::methods::{Input, Method, Quantity, find, page};

use super::{FaultRow, MethodsError};

/// Everything about one method.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MethodCard {
    /// The document's kind and version.
    pub schema: &'static str,
    /// The name that a user types.
    pub id: &'static str,
    /// What it is called in prose.
    pub title: &'static str,
    /// Who wrote it.
    pub authors: &'static str,
    /// The text it was taken from.
    pub source: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// Where it holds.
    pub validity: &'static str,
    /// What it can be given.
    pub inputs: Vec<InputRow>,
    /// What it can compute.
    pub quantities: Vec<QuantityRow>,
    /// What is known to be wrong with it.
    pub faults: Vec<FaultRow>,
}

/// An input as it appears in documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InputRow {
    /// The key that a user types.
    pub key: &'static str,
    /// The authors' symbol.
    pub symbol: &'static str,
    /// The unit of a bare number.
    pub unit: &'static str,
    /// What it accepts.
    pub takes: String,
    /// What is assumed when it is left out; empty when nothing is.
    pub default: String,
    /// What it means.
    pub meaning: &'static str,
}

/// A quantity as it appears in documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuantityRow {
    /// Its name.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// What it is.
    pub summary: &'static str,
    /// The formula in plain text.
    pub plain: &'static str,
    /// The formula as TeX.
    pub tex: &'static str,
    /// Symbols and units.
    pub terms: String,
    /// Where it is from.
    pub source: &'static str,
    /// The inputs that it needs.
    pub inputs: Vec<&'static str>,
    /// The faults that reach it.
    pub faults: Vec<&'static str>,
}

/// Everything about one method.
///
/// # Errors
/// If there is no such method.
pub fn show(name: &str) -> Result<MethodCard, MethodsError> {
    let method = find(name)?;
    Ok(MethodCard {
        schema: "slipstick.methods.show/1",
        id: method.id,
        title: method.title,
        authors: method.authors,
        source: method.source,
        about: method.about,
        validity: method.validity,
        inputs: method.inputs.iter().map(input_row).collect(),
        quantities: method.quantities.iter().map(|quantity| quantity_row(method, quantity)).collect(),
        faults: method.faults.iter().map(FaultRow::from).collect(),
    })
}

fn input_row(input: &'static Input) -> InputRow {
    InputRow {
        key: input.key,
        symbol: input.symbol,
        unit: input.unit,
        takes: input.takes(),
        default: input.default(),
        meaning: input.meaning,
    }
}

fn quantity_row(method: &Method, quantity: &'static Quantity) -> QuantityRow {
    let formula = quantity.formula;
    QuantityRow {
        name: quantity.name(),
        unit: quantity.unit,
        summary: formula.summary(),
        plain: formula.plain().unwrap_or(""),
        tex: formula.tex().unwrap_or(""),
        terms: formula.terms(),
        source: formula.source().unwrap_or(""),
        inputs: method.inputs_for(quantity).iter().map(|input| input.key).collect(),
        faults: method.faults_of(quantity.name()).iter().map(|fault| fault.id).collect(),
    }
}

impl MethodCard {
    /// As plain text: the card, the quantities with formula and TeX, the inputs, the faults.
    pub fn text(&self) -> String {
        let mut out = format!("{} ({})\n{}\n\n", self.title, self.id, self.about);
        out.extend([format!("authors    {}\nsource     {}\n", self.authors, self.source)]);
        out.extend([format!("holds for  {}\n\nQuantities\n", self.validity)]);
        for quantity in &self.quantities {
            out.extend([format!("  {} ({}): {}\n", quantity.name, quantity.unit, quantity.summary)]);
            out.extend([format!("    {}\n    $$ {} $$\n", quantity.plain, quantity.tex)]);
            out.extend([format!("    inputs: {}\n", quantity.inputs.join(", "))]);
        }
        out.push_str("\nInputs\n");
        for input in &self.inputs {
            let unit = if input.unit.is_empty() { String::new() } else { format!(" [{}]", input.unit) };
            let default =
                if input.default.is_empty() { String::new() } else { format!("; default {}", input.default) };
            out.extend([format!("  {}{unit}: {}; {}{default}\n", input.key, input.meaning, input.takes)]);
        }
        out.push_str("\nKnown faults\n");
        out.extend(self.faults.iter().map(|fault| format!("  {}\n", fault.line())));
        out
    }

    /// As markdown, the page of `docs/methods`.
    pub fn markdown(&self) -> String {
        find(self.id).map_or_else(|_| self.text(), page)
    }
}
