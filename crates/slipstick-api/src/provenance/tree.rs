//! Records as a tree for people: each number opens into its formula and inputs, down to facts.

use serde_json::{Map, Value, json};
use slipstick_core::units::show::grouped;

use super::{Entry, Provenance, dotted};
use crate::view::{Block, View};

/// Deeper than any real chain; a cycle ends here.
pub(super) const MAX_DEPTH: usize = 24;

impl Provenance {
    /// One number of `document`, opened recursively.
    pub fn explain(&self, document: &Value, pointer: &str) -> View {
        let mut view = View::new(dotted(pointer));
        let mut lines = Vec::new();
        self.lines(document, pointer, 0, &mut lines);
        view.push(Block::Code { language: "text", text: lines.join("\n") });
        if let Some(entry) = self.get(pointer).filter(|entry| entry.tex.is_some()) {
            view.pairs([("TeX", entry.tex.clone().unwrap_or_default())]);
        }
        view
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
            Some((pointer.clone(), entry.to_json(self.weakest(entry, 0))))
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
            self.head(document, pointer, entry, "", &mut lines);
            for (symbol, input) in &entry.inputs {
                let from = input.pointer.as_deref().map(dotted).or_else(|| input.source.clone());
                lines.push(format!(
                    "    {symbol} = {}{}",
                    quantity(&input.value, &input.unit),
                    bracketed(input.basis.name(), from.as_deref())
                ));
            }
        }
        vec![
            Block::Heading("Where the numbers come from".to_owned()),
            Block::Code { language: "text", text: lines.join("\n") },
        ]
    }

    fn head(&self, document: &Value, pointer: &str, entry: &Entry, indent: &str, lines: &mut Vec<String>) {
        let value = document.pointer(pointer).map(|value| quantity(value, &entry.unit)).unwrap_or_default();
        let basis = self.weakest(entry, 0).name();
        lines.push(format!("{indent}{} = {value}  [{basis}]", dotted(pointer)));
        lines.push(format!("{indent}    {}: {}", entry.name, entry.formula));
        if let Some(source) = &entry.source {
            lines.push(format!("{indent}    source: {source}"));
        }
    }

    fn lines(&self, document: &Value, pointer: &str, depth: usize, lines: &mut Vec<String>) {
        let Some(entry) = self.get(pointer) else { return };
        let indent = "    ".repeat(depth);
        self.head(document, pointer, entry, &indent, lines);
        for (symbol, input) in &entry.inputs {
            let next = input.pointer.as_deref().filter(|next| self.get(next).is_some() && depth < MAX_DEPTH);
            let from = input.pointer.as_deref().map(dotted).or_else(|| input.source.clone());
            lines.push(format!(
                "{indent}    {symbol} = {}{}",
                quantity(&input.value, &input.unit),
                bracketed(input.basis.name(), from.as_deref())
            ));
            if let Some(next) = next {
                self.lines(document, next, depth + 2, lines);
            }
        }
    }
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
                format!("{middle} ({low} to {high})")
            }
            (Some(middle), ..) => middle.to_string(),
            (None, ..) => value.to_string(),
        },
        Value::Number(number) => number.as_u64().map_or_else(|| number.to_string(), grouped),
        Value::Null | Value::Bool(_) | Value::Array(_) => value.to_string(),
    };
    if unit.is_empty() { text } else { format!("{text} {unit}") }
}
