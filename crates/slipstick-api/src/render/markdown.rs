//! Views as GitHub markdown.

use std::fmt::Write as _;

use super::{TextStyle, harmless, plot};
use crate::view::{Align, Bar, Block, Cell, Table, View, written};

/// The view as GitHub markdown.
pub fn markdown(view: &View) -> String {
    let view = harmless::view(view);
    let mut out = String::new();
    if !view.title.text.is_empty() {
        let _ = writeln!(out, "## {}", escape(&view.title.text));
    }
    for block in &view.blocks {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&block_text(block));
    }
    out
}

fn block_text(block: &Block) -> String {
    match block {
        Block::Heading(text) => format!("### {}\n", escape(text)),
        Block::Pairs(pairs) => pairs_text(pairs),
        Block::Table(table) => table_text(table),
        Block::Bar(bar) => bar_text(bar),
        Block::Text(text) => format!("{}\n", escape(text)),
        Block::Note(text) => format!("> {}\n", escape(text)),
        Block::Warning(text) => format!("> **Warning:** {}\n", escape(text)),
        Block::Code { language, text } => fenced(language, text),
        Block::Plot(plot) => {
            let style = TextStyle { width: 80, colour: false, unicode: true };
            fenced("text", &plot::lines(plot, style).join("\n"))
        }
    }
}

fn fenced(language: &str, text: &str) -> String {
    // The fence must be longer than any inside.
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{text}\n{fence}\n")
}

fn pairs_text(pairs: &[(String, Cell)]) -> String {
    let mut out = "| | |\n|---|---|\n".to_owned();
    for (label, value) in pairs {
        let _ = writeln!(out, "| {} | {} |", escape(label), escape(&value.text));
    }
    out
}

fn table_text(table: &Table) -> String {
    let table = &*written(table);
    let mut out = String::new();
    if let Some(caption) = &table.caption {
        let _ = writeln!(out, "**{}**\n", escape(caption));
    }
    let heads: Vec<String> = table.columns.iter().map(|column| escape(&column.name)).collect();
    let rules = table.columns.iter().map(|column| match column.align {
        Align::Left => "---",
        Align::Right => "---:",
    });
    let _ = writeln!(out, "| {} |", heads.join(" | "));
    let _ = writeln!(out, "|{}|", rules.collect::<Vec<&str>>().join("|"));
    for row in &table.rows {
        let cells = (0..table.columns.len())
            .map(|index| row.get(index).map_or_else(String::new, |c| escape(&c.text)));
        let _ = writeln!(out, "| {} |", cells.collect::<Vec<String>>().join(" | "));
    }
    out
}

fn bar_text(bar: &Bar) -> String {
    let mut out = format!(
        "**{} ({})**\n\n| part | size | share |\n|---|---:|---:|\n",
        escape(&bar.label),
        escape(&bar.capacity)
    );
    for segment in &bar.segments {
        let percent = segment.share * 100.0;
        let _ = writeln!(out, "| {} | {} | {percent:.1} % |", escape(&segment.label), escape(&segment.text));
    }
    out
}

/// Text that markdown leaves as it is.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '|' | '*' | '_' | '`' | '<' | '\\' | '[' | '$' => {
                out.push('\\');
                out.push(character);
            }
            '\n' | '\r' => out.push(' '),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::markdown;
    use crate::view::{Block, Column, Table, View};

    #[test]
    fn a_cell_cannot_break_its_table() {
        let mut table = Table::new(vec![Column::text("name"), Column::number("count")]);
        table.row(["a|b\nc", "1"]);
        let mut view = View::new("t");
        view.push(Block::Table(table));
        assert!(markdown(&view).ends_with("| name | count |\n|---|---:|\n| a\\|b c | 1 |\n"));
    }
}
