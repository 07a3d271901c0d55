//! Records as a tree for people: each number opens into its formula and inputs, down to facts.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use slipstick_core::units::show::grouped;

use super::{Entry, Input, Provenance, dotted};
use crate::view::{Block, Column, Table, View};

/// Deeper than any real chain; a cycle ends here.
pub(super) const MAX_DEPTH: usize = 24;

impl Provenance {
    /// One number of `document`, opened recursively.
    pub fn explain(&self, document: &Value, pointer: &str) -> View {
        let mut view = View::new(dotted(pointer));
        let Some(entry) = self.get(pointer) else { return view };
        let mut tree = Tree { provenance: self, opened: BTreeSet::new(), lines: Vec::new() };
        tree.lines.push(self.head(document, pointer, entry));
        tree.open(pointer, entry, 1);
        view.push(Block::Code { language: "text", text: tree.lines.join("\n") });
        if let Some(tex) = &entry.tex {
            view.pairs([("TeX", tex.as_str())]);
        }
        view
    }

    /// Every number of `document` that can be explained: its name, its value, and what it is.
    pub fn list(&self, document: &Value) -> View {
        let mut view = View::new("numbers that can be explained");
        let mut table = listing();
        for (pointer, entry) in self.iter() {
            let value = document.pointer(pointer).or(entry.value.as_ref());
            let value = value.map(|value| quantity(value, &entry.unit)).unwrap_or_default();
            table.row([dotted(pointer), value, entry.name.clone()]);
        }
        view.push(Block::Table(table));
        view
    }

    /// The same as a document.
    pub fn list_json(&self, document: &Value) -> Value {
        let one = |(pointer, entry): (&str, &Entry)| {
            let value = document.pointer(pointer).or(entry.value.as_ref());
            json!({"pointer": pointer, "value": value, "unit": entry.unit, "name": entry.name})
        };
        json!({"schema": "slipstick.explain/1", "numbers": self.iter().map(one).collect::<Vec<_>>()})
    }

    /// One number of `document` and its record, with the records of every number behind it.
    pub fn explain_json(&self, document: &Value, pointer: &str) -> Value {
        let mut reached = vec![pointer.to_owned()];
        let mut at = 0;
        while let Some(entry) = reached.get(at).and_then(|pointer| self.get(pointer)) {
            let behind = entry.inputs.iter().filter_map(|(_, input)| input.pointer.clone());
            let new: Vec<String> =
                behind.filter(|next| self.get(next).is_some() && !reached.contains(next)).collect();
            reached.extend(new);
            at += 1;
        }
        let records = reached.iter().filter_map(|pointer| {
            let entry = self.get(pointer)?;
            Some((pointer.clone(), entry.to_json(self.weakest(entry, 0), |pointer| self.basis(pointer))))
        });
        json!({
            "schema": "slipstick.explain/1",
            "pointer": pointer,
            "value": document.pointer(pointer),
            "provenance": records.collect::<Map<String, Value>>(),
        })
    }

    /// Every number of `document`, each with its formula and direct inputs.
    pub fn explain_all(&self, document: &Value) -> Vec<Block> {
        let mut lines = Vec::new();
        for (pointer, entry) in self.iter() {
            lines.push(self.head(document, pointer, entry));
            lines.extend(about(entry, 1));
            lines.extend(entry.inputs.iter().map(|(symbol, input)| self.given(symbol, input, 1)));
        }
        vec![
            Block::Heading("Where the numbers come from".to_owned()),
            Block::Code { language: "text", text: lines.join("\n") },
        ]
    }

    /// A number with its basis. One that only led to others stands in no document, but its record may know it.
    fn head(&self, document: &Value, pointer: &str, entry: &Entry) -> String {
        let value = document.pointer(pointer).or(entry.value.as_ref());
        let value = value.map(|value| quantity(value, &entry.unit)).unwrap_or_default();
        format!("{} = {value}  [{}]", dotted(pointer), self.weakest(entry, 0).name())
    }

    /// An input with its basis, which is that of the number behind it if there is one.
    fn given(&self, symbol: &str, input: &Input, depth: usize) -> String {
        let indent = "    ".repeat(depth);
        let behind = input.pointer.as_deref().and_then(|pointer| self.basis(pointer));
        let basis = behind.unwrap_or(input.basis).name();
        let from = input.pointer.as_deref().map(dotted).or_else(|| input.source.clone());
        let value = quantity(&input.value, &input.unit);
        format!("{indent}{symbol} = {value}{}", bracketed(basis, from.as_deref()))
    }
}

/// A table of numbers by name.
fn listing() -> Table {
    Table::new(vec![Column::text("number"), Column::number("value"), Column::text("what it is")])
}

/// A tree that is being written; what was opened once is not opened again.
struct Tree<'a> {
    provenance: &'a Provenance,
    opened: BTreeSet<&'a str>,
    lines: Vec<String>,
}

impl<'a> Tree<'a> {
    fn open(&mut self, pointer: &'a str, entry: &'a Entry, depth: usize) {
        if !self.opened.insert(pointer) || depth > MAX_DEPTH {
            return;
        }
        self.lines.extend(about(entry, depth));
        for (symbol, input) in &entry.inputs {
            self.lines.push(self.provenance.given(symbol, input, depth));
            if let Some(next) = input.pointer.as_deref()
                && let Some(behind) = self.provenance.get(next)
            {
                self.open(next, behind, depth + 1);
            }
        }
    }
}

/// What a record says of its formula.
fn about(entry: &Entry, depth: usize) -> Vec<String> {
    let indent = "    ".repeat(depth);
    let mut lines = vec![format!("{indent}{}", entry.name), format!("{indent}{}", entry.formula)];
    lines.extend(entry.source.iter().map(|source| format!("{indent}source: {source}")));
    lines
}

fn bracketed(basis: &str, from: Option<&str>) -> String {
    from.map_or_else(|| format!("  [{basis}]"), |from| format!("  [{basis}: {from}]"))
}

/// A value as it stands in a document, with its unit; an estimate shows its middle and range.
fn quantity(value: &Value, unit: &str) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Object(fields) => match (fields.get("value"), fields.get("low"), fields.get("high")) {
            (Some(middle), Some(low), Some(high)) if low.is_number() && high.is_number() => {
                format!("{} ({} to {})", number(middle), number(low), number(high))
            }
            (Some(middle), ..) => number(middle),
            (None, ..) => value.to_string(),
        },
        Value::Number(_) => number(value),
        Value::Null | Value::Bool(_) | Value::Array(_) => value.to_string(),
    };
    if unit.is_empty() { text } else { format!("{text} {unit}") }
}

/// Counts whole, everything else to five digits.
fn number(value: &Value) -> String {
    if let Some(count) = value.as_u64() {
        return grouped(count);
    }
    let Some(value) = value.as_f64() else { return value.to_string() };
    let magnitude = value.abs();
    if magnitude == 0.0 {
        "0".to_owned()
    } else if !(1e-3..1e7).contains(&magnitude) {
        format!("{value:.4e}")
    } else {
        // As many decimals as leave five digits in all.
        let decimals =
            [1e4, 1e3, 1e2, 1e1, 1.0, 1e-1, 1e-2].iter().take_while(|limit| magnitude < **limit).count();
        let text = format!("{value:.decimals$}");
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Provenance, number, quantity};
    use crate::provenance::{Basis, Entry};

    #[test]
    fn numbers_keep_five_digits_and_counts_all() {
        assert_eq!(number(&json!(8_030_261_248_u64)), "8,030,261,248");
        assert_eq!(number(&json!(0.006_672_173)), "0.0066722");
        assert_eq!(number(&json!(12.5)), "12.5");
        assert_eq!(number(&json!(1024.0)), "1024");
        assert_eq!(number(&json!(15_009.6)), "15010");
        assert_eq!(number(&json!(1.6e10)), "1.6000e10");
        assert_eq!(quantity(&json!({"value": 2.0, "low": 1.0, "high": 3.0}), "s"), "2 (1 to 3) s");
    }

    #[test]
    fn a_number_that_two_others_need_is_opened_once_and_a_circle_ends() {
        let entry = |symbols: &[&str]| {
            let empty = Entry::new("name", "formula", "s", Basis::Exact);
            symbols
                .iter()
                .fold(empty, |entry, symbol| entry.from_pointer(*symbol, 1.0, "s", format!("/{symbol}")))
        };
        let mut provenance = Provenance::default();
        provenance.record("/a", entry(&["b", "c"]));
        provenance.record("/b", entry(&["d"]));
        provenance.record("/c", entry(&["d"]));
        provenance.record("/d", entry(&["a"]));
        let text = format!("{:?}", provenance.explain(&json!({"a": 1.0}), "/a"));
        assert_eq!(text.matches("formula").count(), 4);
    }
}
