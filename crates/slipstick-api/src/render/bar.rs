//! Stacked bars with a legend.

use super::{TextStyle, paint};
use crate::view::{Bar, Tone};

const SHADES: [char; 6] = ['\u{2588}', '\u{2593}', '\u{2592}', '\u{2591}', '\u{259a}', '\u{2596}'];
const LETTERS: [char; 6] = ['#', '=', '+', 'o', '%', '~'];

/// The bar, then a line for each of its parts.
pub(super) fn lines(bar: &Bar, style: TextStyle) -> Vec<String> {
    let room = style.width.saturating_sub(2).clamp(10, 72);
    let filled: f64 = bar.segments.iter().map(|segment| segment.share.max(0.0)).sum();
    // What does not fit is drawn too: the bar is then as long as its contents, and a mark shows the capacity.
    let whole = filled.max(1.0);
    let cells = apportion(&bar.segments.iter().map(|s| s.share.max(0.0) / whole).collect::<Vec<_>>(), room);
    let used: usize = cells.iter().sum();
    let mut drawn = String::new();
    for (index, count) in cells.iter().enumerate() {
        let block: String = std::iter::repeat_n(mark(index, style), *count).collect();
        drawn.push_str(&paint::numbered(&block, index, style.colour));
    }
    let free = if style.unicode { "\u{b7}" } else { "." };
    drawn.push_str(&free.repeat(room.saturating_sub(used)));
    let mut out = vec![format!("{} ({})", bar.label, bar.capacity), format!("[{drawn}]")];
    if filled > 1.0 {
        let end = apportion(&[1.0 / whole], room).first().copied().unwrap_or(room);
        let words = format!("{} ends here", bar.capacity);
        // On the side of the mark where there is room for the words.
        let pointer = match end.checked_sub(words.chars().count() + 1) {
            Some(indent) => format!("{}{words} ^", " ".repeat(indent)),
            None => format!("{}^ {words}", " ".repeat(end)),
        };
        out.push(paint::toned(&pointer, Tone::Bad, style.colour));
    }
    let label_width = bar.segments.iter().map(|segment| segment.label.chars().count()).max().unwrap_or(0);
    let text_width = bar.segments.iter().map(|segment| segment.text.chars().count()).max().unwrap_or(0);
    for (index, segment) in bar.segments.iter().enumerate() {
        let mark = paint::numbered(&mark(index, style).to_string(), index, style.colour);
        let text = paint::toned(&format!("{:>text_width$}", segment.text), segment.tone, style.colour);
        let percent = segment.share * 100.0;
        out.push(format!("{mark} {:<label_width$}  {text}  {percent:5.1} %", segment.label));
    }
    out
}

fn mark(index: usize, style: TextStyle) -> char {
    match (style.unicode, style.colour) {
        (true, true) => SHADES[0],
        (true, false) => SHADES[index % SHADES.len()],
        (false, _) => LETTERS[index % LETTERS.len()],
    }
}

/// Whole cells for each share of `room`: running totals are rounded, so the parts add up.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "shares lie between 0 and 1")]
fn apportion(shares: &[f64], room: usize) -> Vec<usize> {
    let (mut total, mut before) = (0.0, 0);
    let mut cells = Vec::new();
    for share in shares {
        total += share;
        let end = ((total * room as f64).round() as usize).min(room);
        cells.push(end.saturating_sub(before));
        before = before.max(end);
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::{apportion, lines};
    use crate::{
        render::TextStyle,
        view::{Bar, Segment, Tone},
    };

    fn bar(shares: &[f64]) -> Bar {
        let segment = |share: &f64| Segment {
            label: "part".to_owned(),
            text: "1 GiB".to_owned(),
            share: *share,
            tone: Tone::Plain,
        };
        Bar {
            label: "memory".to_owned(),
            capacity: "4 GiB".to_owned(),
            segments: shares.iter().map(segment).collect(),
        }
    }

    #[test]
    fn cells_add_up_to_the_sum_of_the_shares() {
        assert_eq!(apportion(&[1.0 / 3.0; 3], 10).iter().sum::<usize>(), 10);
        assert_eq!(apportion(&[0.25, 0.25], 40), [10, 10]);
    }

    #[test]
    fn what_does_not_fit_is_marked() {
        let style = TextStyle { width: 42, colour: false, unicode: false };
        assert!(!lines(&bar(&[0.5, 0.25]), style).join("\n").contains('^'));
        let over = lines(&bar(&[1.0, 1.0]), style);
        assert_eq!(over[1].len(), 42);
        assert_eq!(over[2].find('^'), Some(20));
    }
}
