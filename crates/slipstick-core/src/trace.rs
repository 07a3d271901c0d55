//! Recording how numbers came about.
//!
//! Estimates take a [`Trace`] and note each number they report: the formula, its inputs, and where those come from.
//! With recording off a note costs one branch, so search runs the same code.

use crate::{basis::Basis, formula::Formula};

/// Where an input comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    /// Another recorded number, by its pointer.
    Number(String),
    /// A fact, with its source.
    Fact {
        /// Where the fact was read.
        source: String,
        /// How well it is known.
        basis: Basis,
    },
}

/// One input of a recorded number.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// The symbol in the formula.
    pub symbol: &'static str,
    /// Its value, in `unit`.
    pub value: f64,
    /// The unit; empty for a pure number.
    pub unit: &'static str,
    /// Where it comes from.
    pub origin: Origin,
}

impl Input {
    /// An input that is another recorded number.
    pub fn number(symbol: &'static str, value: f64, unit: &'static str, pointer: impl Into<String>) -> Self {
        Self { symbol, value, unit, origin: Origin::Number(pointer.into()) }
    }

    /// An input that is a fact.
    pub fn fact(
        symbol: &'static str,
        value: f64,
        unit: &'static str,
        source: impl Into<String>,
        basis: Basis,
    ) -> Self {
        Self { symbol, value, unit, origin: Origin::Fact { source: source.into(), basis } }
    }
}

/// One recorded number.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Its place in the report, as a JSON pointer.
    pub pointer: String,
    /// The formula.
    pub formula: &'static Formula,
    /// Its value, in `unit`.
    pub value: f64,
    /// The unit; empty for a pure number.
    pub unit: &'static str,
    /// The inputs, in the formula's order.
    pub inputs: Vec<Input>,
}

/// A record of numbers, or nothing at all.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Trace {
    nodes: Option<Vec<Node>>,
}

impl Trace {
    /// One that records.
    pub const fn on() -> Self {
        Self { nodes: Some(Vec::new()) }
    }

    /// One that does not.
    pub const fn off() -> Self {
        Self { nodes: None }
    }

    /// Whether it records.
    pub const fn is_on(&self) -> bool {
        self.nodes.is_some()
    }

    /// Notes a number; `inputs` is only called when recording.
    pub fn note(
        &mut self,
        pointer: &str,
        formula: &'static Formula,
        value: f64,
        unit: &'static str,
        inputs: impl FnOnce() -> Vec<Input>,
    ) {
        if let Some(nodes) = &mut self.nodes {
            nodes.push(Node { pointer: pointer.to_owned(), formula, value, unit, inputs: inputs() });
        }
    }

    /// What was recorded, in order.
    pub fn nodes(&self) -> &[Node] {
        self.nodes.as_deref().unwrap_or_default()
    }
}
