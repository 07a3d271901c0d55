//! Tables that fit their width.

use unicode_width::UnicodeWidthStr;

use super::{TextStyle, paint};
use crate::view::{Align, Cell, Table, Tone, written};

const GAP: usize = 2;

/// The table as lines: caption, head, rule, rows.
pub(super) fn lines(table: &Table, style: TextStyle) -> Vec<String> {
    let table = &*written(table);
    let (shown, hidden) = choose(table, style.width);
    let widths = squeeze(table, &shown, style.width);
    let mut out = Vec::new();
    if let Some(caption) = &table.caption {
        out.extend(wrap(caption, style.width).iter().map(|line| paint::bold(line, style.colour)));
    }
    let heads: Vec<Cell> =
        shown.iter().map(|&index| Cell::from(table.columns[index].name.as_str())).collect();
    out.extend(row_lines(table, &shown, &widths, &heads, style, true));
    let rule = if style.unicode { "\u{2500}" } else { "-" };
    let rules: Vec<String> = widths.iter().map(|width| rule.repeat(*width)).collect();
    out.push(paint::toned(&rules.join(&" ".repeat(GAP)), Tone::Faint, style.colour));
    for row in &table.rows {
        let cells: Vec<Cell> =
            shown.iter().map(|&index| row.get(index).cloned().unwrap_or_default()).collect();
        out.extend(row_lines(table, &shown, &widths, &cells, style, false));
    }
    if !hidden.is_empty() {
        let names: Vec<&str> = hidden.iter().map(|&index| table.columns[index].name.as_str()).collect();
        let note = format!("not shown for want of room: {} (--width N, --csv or --json)", names.join(", "));
        out.extend(wrap(&note, style.width).iter().map(|line| paint::toned(line, Tone::Faint, style.colour)));
    }
    out
}

/// The columns to show, and those to leave out so that the rest fits.
fn choose(table: &Table, width: usize) -> (Vec<usize>, Vec<usize>) {
    let mut shown: Vec<usize> = (0..table.columns.len()).collect();
    let mut hidden = Vec::new();
    while total(&natural_widths(table, &shown)) > width {
        let last = shown.iter().copied().filter(|&index| table.columns[index].priority > 0);
        let Some(victim) = last.max_by_key(|&index| (table.columns[index].priority, index)) else { break };
        shown.retain(|&index| index != victim);
        hidden.push(victim);
    }
    hidden.sort_unstable();
    (shown, hidden)
}

fn total(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)
}

fn natural_widths(table: &Table, shown: &[usize]) -> Vec<usize> {
    let widest = |index: usize| {
        let cells = table.rows.iter().filter_map(|row| row.get(index)).map(|cell| cell.text.width());
        cells.max().unwrap_or(0).max(table.columns[index].name.width())
    };
    shown.iter().map(|&index| widest(index)).collect()
}

/// Takes from the widest column of words, again and again, until the rest fits; from numbers only when words have
/// nothing left to give.
fn squeeze(table: &Table, shown: &[usize], width: usize) -> Vec<usize> {
    const NARROWEST_WORDS: usize = 6;
    let mut widths = natural_widths(table, shown);
    while total(&widths) > width {
        let is_words = |at: usize| table.columns[shown[at]].align == Align::Left;
        let widest = |usable: &dyn Fn(usize, usize) -> bool| {
            (0..widths.len()).filter(|&at| usable(at, widths[at])).max_by_key(|&at| widths[at])
        };
        let victim = widest(&|at, width| is_words(at) && width > NARROWEST_WORDS)
            .or_else(|| widest(&|_, width| width > 1));
        match victim {
            Some(at) => widths[at] -= 1,
            None => break,
        }
    }
    widths
}

fn row_lines(
    table: &Table,
    shown: &[usize],
    widths: &[usize],
    cells: &[Cell],
    style: TextStyle,
    head: bool,
) -> Vec<String> {
    let wrapped: Vec<Vec<String>> =
        cells.iter().zip(widths).map(|(cell, width)| wrap(&cell.text, *width)).collect();
    let height = wrapped.iter().map(Vec::len).max().unwrap_or(0);
    (0..height)
        .map(|line| {
            let parts = shown.iter().zip(widths).enumerate().map(|(at, (&column, &width))| {
                let text = wrapped[at].get(line).map_or("", String::as_str);
                let pad = " ".repeat(width.saturating_sub(text.width()));
                let painted = if head {
                    paint::toned(text, Tone::Faint, style.colour)
                } else {
                    paint::toned(text, cells[at].tone, style.colour)
                };
                match table.columns[column].align {
                    Align::Left => format!("{painted}{pad}"),
                    Align::Right => format!("{pad}{painted}"),
                }
            });
            parts.collect::<Vec<String>>().join(&" ".repeat(GAP)).trim_end().to_owned()
        })
        .collect()
}

/// The text in lines of at most `width` columns, broken at spaces, and inside a word only where it must be.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut out = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            let needed = if line.is_empty() { word.width() } else { line.width() + 1 + word.width() };
            if needed <= width {
                if !line.is_empty() {
                    line.push(' ');
                }
                line.push_str(word);
                continue;
            }
            if !line.is_empty() {
                out.push(std::mem::take(&mut line));
            }
            for character in word.chars() {
                let mut buffer = [0; 4];
                if line.width() + character.encode_utf8(&mut buffer).width() > width && !line.is_empty() {
                    out.push(std::mem::take(&mut line));
                }
                line.push(character);
            }
        }
        out.push(line);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn words_are_kept_whole_where_they_fit() {
        assert_eq!(wrap("a bc def", 4), ["a bc", "def"]);
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrap("", 5), [""]);
    }
}
