//! Views for a terminal.

use unicode_width::UnicodeWidthStr;

use super::{bar, grid, harmless, paint, plot};
use crate::view::{Block, Cell, Tone, View};

/// How wide and how plain the text must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextStyle {
    /// Columns that may be used.
    pub width: usize,
    /// Whether escape sequences may be used.
    pub colour: bool,
    /// Whether characters beyond ASCII may be drawn.
    pub unicode: bool,
}

/// The view as text, with a line break at the end.
pub fn text(view: &View, style: TextStyle) -> String {
    // Narrower than this nothing can be laid out; wider lines cannot be read.
    let style = TextStyle { width: style.width.clamp(24, 400), ..style };
    let view = harmless::view(view);
    let mut out = String::new();
    if !view.title.text.is_empty() {
        for line in grid::wrap(&view.title.text, style.width) {
            let line = match view.title.tone {
                Tone::Plain => paint::bold(&line, style.colour),
                tone => paint::toned(&line, tone, style.colour),
            };
            out.push_str(&line);
            out.push('\n');
        }
    }
    let mut after_remark = false;
    for block in &view.blocks {
        let is_remark = matches!(block, Block::Note(_) | Block::Warning(_));
        if !(out.is_empty() || is_remark && after_remark) {
            out.push('\n');
        }
        after_remark = is_remark;
        for line in lines(block, style) {
            out.push_str(line.trim_end());
            out.push('\n');
        }
    }
    out
}

fn lines(block: &Block, style: TextStyle) -> Vec<String> {
    match block {
        Block::Heading(heading) => {
            grid::wrap(heading, style.width).iter().map(|line| paint::bold(line, style.colour)).collect()
        }
        Block::Pairs(pairs) => pair_lines(pairs, style),
        Block::Table(table) => grid::lines(table, style),
        Block::Bar(bar) => bar::lines(bar, style),
        Block::Plot(plot) => plot::lines(plot, style),
        Block::Text(text) => grid::wrap(text, style.width),
        Block::Note(note) => remark("note", note, Tone::Faint, style),
        Block::Warning(warning) => remark("warning", warning, Tone::Warn, style),
        Block::Code { text, .. } => text.lines().map(str::to_owned).collect(),
    }
}

fn pair_lines(pairs: &[(String, Cell)], style: TextStyle) -> Vec<String> {
    const NARROWEST_VALUE: usize = 10;
    let label_width = pairs.iter().map(|(label, _)| label.width()).max().unwrap_or(0);
    let beside = label_width + 2 + NARROWEST_VALUE <= style.width;
    let room = if beside { style.width - label_width - 2 } else { style.width };
    let mut out = Vec::new();
    for (label, value) in pairs {
        let mut label = label.as_str();
        if !beside {
            out.extend(
                grid::wrap(label, room).iter().map(|line| paint::toned(line, Tone::Faint, style.colour)),
            );
        }
        for line in grid::wrap(&value.text, room) {
            let value = paint::toned(&line, value.tone, style.colour);
            if beside {
                let gap = " ".repeat(label_width - label.width() + 2);
                out.push(format!("{}{gap}{value}", paint::toned(label, Tone::Faint, style.colour)));
            } else {
                out.push(value);
            }
            label = "";
        }
    }
    out
}

fn remark(kind: &str, text: &str, tone: Tone, style: TextStyle) -> Vec<String> {
    let wrapped = grid::wrap(text, style.width.saturating_sub(kind.len() + 2).max(8));
    let indent = " ".repeat(kind.len() + 2);
    wrapped
        .iter()
        .enumerate()
        .map(|(index, line)| {
            if index == 0 {
                format!("{}: {line}", paint::toned(kind, tone, style.colour))
            } else {
                format!("{indent}{line}")
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{TextStyle, text};
    use crate::view::{Axis, Block, Cell, Column, Plot, Series, Table, Tone, View};
    use unicode_width::UnicodeWidthStr;

    const PLAIN: TextStyle = TextStyle { width: 60, colour: false, unicode: true };

    fn sample() -> View {
        let mut view = View::new("a title");
        view.pairs([("short", "1"), ("a longer label", "two words")]);
        let mut table = Table::new(vec![
            Column::text("name"),
            Column::number("GiB"),
            Column::text("a remark that takes room").priority(2),
        ]);
        table.row(["weights", "14.96", "many words that no narrow terminal can hold on one line"]);
        table.row(["cache", "4", "few"]);
        view.push(Block::Table(table));
        let axis = |label: &str| Axis { label: label.to_owned(), log: false };
        let series =
            Series { label: "what costs less than others from here on".to_owned(), points: vec![(1.0, 2.0)] };
        view.push(Block::Plot(Plot {
            caption: "one thing against another: what no third beats in both".to_owned(),
            x: axis("requests of a day, all the year round"),
            y: axis("dollars a month, with what is paid at once"),
            series: vec![series],
        }));
        view.warning("something to heed, at some length, so that it has to be wrapped at least once");
        view
    }

    #[test]
    fn no_line_is_wider_than_allowed() {
        for width in [24, 30, 40, 60, 80, 200] {
            let out = text(&sample(), TextStyle { width, ..PLAIN });
            let widest = out.lines().map(UnicodeWidthStr::width).max().unwrap();
            assert!(widest <= width, "{widest} > {width}\n{out}");
        }
    }

    #[test]
    fn colour_adds_escapes_and_nothing_else() {
        let mut view = sample();
        view.title = Cell::toned("does not fit", Tone::Bad);
        let plain = text(&view, PLAIN);
        let coloured = text(&view, TextStyle { colour: true, ..PLAIN });
        assert!(!plain.contains('\u{1b}') && coloured.contains('\u{1b}'));
        let mut stripped = String::new();
        let mut escape = false;
        for character in coloured.chars() {
            match character {
                '\u{1b}' => escape = true,
                'm' if escape => escape = false,
                _ if escape => {}
                other => stripped.push(other),
            }
        }
        assert_eq!(stripped, plain);
    }
}
