//! Plots drawn with characters.

use slipstick_core::units::show::scaled;

use super::{TextStyle, grid::wrap, paint, ticks::ticks};
use crate::view::{Axis, Plot};

const HEIGHT: usize = 16;
const MARKS: [char; 6] = ['o', 'x', '+', '*', '#', '@'];

/// The plot, its axes, and a legend.
pub(super) fn lines(plot: &Plot, style: TextStyle) -> Vec<String> {
    let usable = |point: &&(f64, f64)| point.0.is_finite() && point.1.is_finite();
    let points = || plot.series.iter().flat_map(|series| series.points.iter()).filter(usable);
    let xs = Scale::over(points().map(|point| point.0), &plot.x);
    let ys = Scale::over(points().map(|point| point.1), &plot.y);
    let (Some(xs), Some(ys)) = (xs, ys) else {
        return [wrap(&plot.caption, style.width), vec!["(nothing to plot)".to_owned()]].concat();
    };
    let marks = ticks((ys.low, ys.high), ys.log, HEIGHT / 3);
    let ends = [ys.low, ys.high];
    let left = marks.iter().chain(&ends).map(|value| scaled(*value).len()).max().unwrap_or(0);
    let width = style.width.saturating_sub(left + 3).clamp(8, 100);
    let mut cells: Vec<Vec<Option<usize>>> = vec![vec![None; width]; HEIGHT];
    for (index, series) in plot.series.iter().enumerate() {
        for (x, y) in &series.points {
            if let (Some(column), Some(row)) = (xs.place(*x, width), ys.place(*y, HEIGHT)) {
                cells[HEIGHT - 1 - row][column] = Some(index);
            }
        }
    }
    let mut out: Vec<String> =
        wrap(&plot.caption, style.width).iter().map(|line| paint::bold(line, style.colour)).collect();
    out.extend(wrap(&plot.y.label, style.width));
    for (row, line) in cells.iter().enumerate() {
        let label = ys.label(row, &marks);
        let drawn: String = line.iter().map(|cell| drawn(*cell, style)).collect();
        out.push(format!("{label:>left$} {}{drawn}", if style.unicode { '\u{2502}' } else { '|' }));
    }
    let rule = if style.unicode { "\u{2500}" } else { "-" }.repeat(width);
    out.push(format!("{:>left$} {}{rule}", "", if style.unicode { '\u{2514}' } else { '+' }));
    out.push(format!("{:>left$}  {}", "", xs.labels(width)));
    out.extend(wrap(&plot.x.label, width).iter().map(|line| format!("{:>left$}  {line}", "")));
    out.extend(legend(plot, style));
    out
}

/// The mark of each series, and what it shows.
fn legend(plot: &Plot, style: TextStyle) -> impl Iterator<Item = String> {
    plot.series.iter().enumerate().flat_map(move |(index, series)| {
        let lines = wrap(&series.label, style.width.saturating_sub(2)).into_iter().enumerate();
        lines.map(move |(line, text)| {
            let mark = if line == 0 { drawn(Some(index), style) } else { " ".to_owned() };
            format!("{mark} {text}")
        })
    })
}

fn drawn(cell: Option<usize>, style: TextStyle) -> String {
    cell.map_or_else(
        || " ".to_owned(),
        |index| paint::numbered(&MARKS[index % MARKS.len()].to_string(), index, style.colour),
    )
}

/// A range of values laid over cells.
struct Scale {
    low: f64,
    high: f64,
    log: bool,
}

impl Scale {
    fn over(values: impl Iterator<Item = f64>, axis: &Axis) -> Option<Self> {
        let usable = values.filter(|value| value.is_finite() && (!axis.log || *value > 0.0));
        let (low, high) =
            usable.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        (low <= high).then_some(Self { low, high, log: axis.log })
    }

    fn position(&self, value: f64) -> f64 {
        if self.log { value.ln() } else { value }
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the share lies in 0 to 1")]
    fn place(&self, value: f64, cells: usize) -> Option<usize> {
        if !value.is_finite() || (self.log && value <= 0.0) {
            return None;
        }
        let span = self.position(self.high) - self.position(self.low);
        let share = if span > 0.0 { (self.position(value) - self.position(self.low)) / span } else { 0.5 };
        Some((share.clamp(0.0, 1.0) * (cells - 1) as f64).round() as usize)
    }
}

impl Scale {
    /// The round value that stands in a row, counted from above; the ends of the axis where there are none.
    fn label(&self, row: usize, marks: &[f64]) -> String {
        let here = |value: &f64| self.place(*value, HEIGHT) == Some(HEIGHT - 1 - row);
        let ends = [self.low, self.high];
        let shown = if marks.len() > 1 { marks } else { &ends };
        shown.iter().rev().find(|value| here(value)).map(|value| scaled(*value)).unwrap_or_default()
    }

    /// Round values along a line, each where it stands; the ends of the axis where there are none.
    fn labels(&self, width: usize) -> String {
        let marks = ticks((self.low, self.high), self.log, width / 10);
        let ends = [self.low, self.high];
        let shown = if marks.len() > 1 { marks.as_slice() } else { &ends };
        let mut line = String::new();
        for value in shown {
            let (text, at) = (scaled(*value), self.place(*value, width).unwrap_or(0));
            let start = at.saturating_sub(text.len() / 2).min(width.saturating_sub(text.len()));
            if line.is_empty() || start > line.len() {
                line.push_str(&" ".repeat(start - line.len()));
                line.push_str(&text);
            }
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::lines;
    use crate::{
        render::TextStyle,
        view::{Axis, Plot, Series},
    };

    const STYLE: TextStyle = TextStyle { width: 60, colour: false, unicode: false };

    #[test]
    fn a_power_law_is_a_straight_line_between_logarithmic_axes() {
        let points = (0..5).map(|i| (10_f64.powi(i), 100_f64.powi(i))).collect();
        let log = |label: &str| Axis { label: label.to_owned(), log: true };
        let plot = Plot {
            caption: "square".to_owned(),
            x: log("x"),
            y: log("y"),
            series: vec![Series { label: "x^2".to_owned(), points }],
        };
        let drawn = lines(&plot, STYLE);
        let columns: Vec<usize> = drawn[2..18].iter().filter_map(|line| line.find('o')).collect();
        assert_eq!(columns.len(), 5);
        let steps: Vec<usize> = columns.windows(2).map(|pair| pair[0] - pair[1]).collect();
        assert!(steps.iter().max().unwrap() - steps.iter().min().unwrap() <= 1, "{drawn:#?}");
    }

    #[test]
    fn nothing_finite_is_nothing_to_plot() {
        let series =
            vec![Series { label: String::new(), points: vec![(f64::NAN, 1.0), (1.0, f64::INFINITY)] }];
        let plot = Plot { series, ..Plot::default() };
        assert!(lines(&plot, STYLE)[1].contains("nothing"));
    }
}
