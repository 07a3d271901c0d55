//! One record: a formula, its inputs, its source.

use serde_json::{Map, Value, json};
use slipstick_core::{basis::Basis, formula::Formula};

/// What went into a formula under one name.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// Its value: a number or a text.
    pub value: Value,
    /// Its unit, empty for pure numbers and texts.
    pub unit: String,
    /// Where in the same document it stands, if it does: its own record explains it.
    pub pointer: Option<String>,
    /// How sure it is.
    pub basis: Basis,
    /// Where it comes from.
    pub source: Option<String>,
}

/// Where a number comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What it is, in a line.
    pub name: String,
    /// The formula in plain text.
    pub formula: String,
    /// The formula as TeX.
    pub tex: Option<String>,
    /// The number itself, where it stands nowhere else in the document.
    pub value: Option<Value>,
    /// The number's unit.
    pub unit: String,
    /// What went in, by symbol, in the formula's order.
    pub inputs: Vec<(String, Input)>,
    /// Who says so.
    pub source: Option<String>,
    /// How sure the formula itself is.
    pub basis: Basis,
}

impl Entry {
    /// A record of a formula that has no description of its own.
    pub fn new(
        name: impl Into<String>,
        formula: impl Into<String>,
        unit: impl Into<String>,
        basis: Basis,
    ) -> Self {
        Self {
            name: name.into(),
            formula: formula.into(),
            tex: None,
            value: None,
            unit: unit.into(),
            inputs: Vec::new(),
            source: None,
            basis,
        }
    }

    /// A record of a described formula.
    pub fn of(formula: &Formula, unit: impl Into<String>, basis: Basis) -> Self {
        Self {
            tex: formula.tex().map(str::to_owned),
            source: formula.source().map(str::to_owned),
            ..Self::new(
                formula.summary().trim_end_matches('.'),
                formula.plain().map_or_else(|| formula.id(), str::to_owned),
                unit,
                basis,
            )
        }
    }

    /// The same for a number that is called so.
    #[must_use]
    pub(super) fn named(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// A record of a fact: nothing was computed.
    pub fn fact(
        name: impl Into<String>,
        unit: impl Into<String>,
        basis: Basis,
        source: impl Into<String>,
    ) -> Self {
        Self::new(name, "stated", unit, basis).source(source)
    }

    /// Adds where the formula or fact comes from.
    #[must_use]
    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Adds an input that stands nowhere else in the document.
    #[must_use]
    pub fn input(
        mut self,
        symbol: impl Into<String>,
        value: impl Into<Value>,
        unit: impl Into<String>,
        basis: Basis,
        source: impl Into<String>,
    ) -> Self {
        let input = Input {
            value: value.into(),
            unit: unit.into(),
            pointer: None,
            basis,
            source: Some(source.into()),
        };
        self.inputs.push((symbol.into(), input));
        self
    }

    /// Adds an input that is another number of the document.
    #[must_use]
    pub fn from_pointer(
        mut self,
        symbol: impl Into<String>,
        value: impl Into<Value>,
        unit: impl Into<String>,
        pointer: impl Into<String>,
    ) -> Self {
        let input = Input {
            value: value.into(),
            unit: unit.into(),
            pointer: Some(pointer.into()),
            basis: Basis::Exact,
            source: None,
        };
        self.inputs.push((symbol.into(), input));
        self
    }

    /// Its part of a document, with the basis that its inputs leave it; `behind` knows the basis of other numbers.
    pub(super) fn to_json(&self, basis: Basis, behind: impl Fn(&str) -> Option<Basis>) -> Value {
        let inputs: Map<String, Value> = self
            .inputs
            .iter()
            .map(|(symbol, input)| {
                let basis = input.pointer.as_deref().and_then(&behind).unwrap_or(input.basis);
                let value = json!({
                    "value": input.value,
                    "unit": input.unit,
                    "pointer": input.pointer,
                    "basis": basis.name(),
                    "source": input.source,
                });
                (symbol.clone(), value)
            })
            .collect();
        json!({
            "name": self.name,
            "formula": self.formula,
            "tex": self.tex,
            "value": self.value,
            "unit": self.unit,
            "inputs": inputs,
            "source": self.source,
            "basis": basis.name(),
        })
    }
}
