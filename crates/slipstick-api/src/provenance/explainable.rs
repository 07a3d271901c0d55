//! Every number of deployments and measured runs that can be explained, whoever asks.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use slipstick_core::quantity::Quantity;

use super::{
    dotted,
    places::{Part, place},
};
use crate::view::{Block, Column, Table, View};

/// Their names, each with what it is; of those with a place among equals the first.
fn all() -> impl Iterator<Item = (String, Quantity)> {
    let named = |quantity| match place(quantity) {
        (Part::Memory, pointer) => (format!("memory.{}", dotted(&pointer)), quantity),
        (Part::Hosted | Part::Other, pointer) => (dotted(&pointer), quantity),
    };
    let mut known = BTreeSet::new();
    Quantity::all().into_iter().map(named).filter(move |(name, _)| known.insert(name.clone()))
}

/// What it is, without a full stop.
fn about(quantity: Quantity) -> &'static str {
    quantity.about().trim_end_matches('.')
}

/// As a page.
pub fn view() -> View {
    let mut view = View::new("numbers that can be explained");
    let mut table =
        Table::new(vec![Column::text("number"), Column::text("unit"), Column::text("what it is")]);
    for (name, quantity) in all() {
        table.row([name, quantity.unit().to_owned(), about(quantity).to_owned()]);
    }
    view.push(Block::Table(table));
    view.note("memory. is how slipstick estimate calls the numbers of slipstick memory");
    view.note("slipstick explain --list COMMAND .. lists those of an answer, slipstick model's among them");
    view
}

/// As a document.
pub fn document() -> Value {
    let one = |(name, quantity): (String, Quantity)| json!({"pointer": format!("/{}", name.replace('.', "/")), "unit": quantity.unit(), "name": about(quantity)});
    json!({"schema": "slipstick.explain/1", "numbers": all().map(one).collect::<Vec<_>>()})
}
