//! The tables of a view as CSV (RFC 4180), an empty line between two.

use crate::view::{Block, Cell, View};

/// The tables of the view, or its labels and values if it has none.
pub fn csv(view: &View) -> String {
    let mut parts: Vec<String> = Vec::new();
    for block in &view.blocks {
        if let Block::Table(table) = block {
            let head: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
            let rows = table.rows.iter().map(|row| {
                let cell = |index| row.get(index).map_or("", |cell: &Cell| cell.text.as_str());
                (0..table.columns.len()).map(cell).collect()
            });
            parts.push(lines(std::iter::once(head).chain(rows)));
        }
    }
    if parts.is_empty() {
        let pairs = view.blocks.iter().filter_map(|block| match block {
            Block::Pairs(pairs) => Some(pairs),
            _ => None,
        });
        let rows = pairs.flatten().map(|(label, value)| vec![label.as_str(), value.text.as_str()]);
        parts.push(lines(std::iter::once(vec!["name", "value"]).chain(rows)));
    }
    parts.join("\n")
}

fn lines<'a>(rows: impl Iterator<Item = Vec<&'a str>>) -> String {
    let mut out = String::new();
    for row in rows {
        let fields: Vec<String> = row.into_iter().map(quoted).collect();
        out.push_str(&fields.join(","));
        out.push('\n');
    }
    out
}

/// A field, in quotes where it must be. A spreadsheet would run what starts like a formula, so that is led by a quote.
fn quoted(field: &str) -> String {
    let formula =
        field.starts_with(['=', '+', '@', '\t']) || (field.starts_with('-') && field.parse::<f64>().is_err());
    let field = if formula { format!("'{field}") } else { field.to_owned() };
    if field.contains([',', '"', '\n', '\r']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
}

#[cfg(test)]
mod tests {
    use super::csv;
    use crate::view::{Block, Column, Table, View};

    #[test]
    fn quotes_commas_and_formulas_are_safe() {
        let mut table = Table::new(vec![Column::text("a"), Column::text("b")]);
        table.row(["x,\"y\"", "=1+1"]);
        table.row(["-3.5", "-x"]);
        let mut view = View::default();
        view.push(Block::Table(table));
        assert_eq!(csv(&view), "a,b\n\"x,\"\"y\"\"\",'=1+1\n-3.5,'-x\n");
    }
}
