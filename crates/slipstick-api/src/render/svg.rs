//! Plots as SVG.

use std::ops::Range;

use plotters::{
    coord::{
        Shift,
        ranged1d::{DefaultFormatting, KeyPointHint, Ranged},
    },
    prelude::{
        ChartBuilder, Circle, DrawingArea, DrawingAreaErrorKind, IntoDrawingArea as _, IntoFont as _,
        LineSeries, PathElement, RGBColor, SVGBackend, SeriesLabelPosition, WHITE,
    },
    style::{BLACK, Color as _},
};
use slipstick_core::units::show::scaled;

use super::ticks::ticks;
use crate::{
    ApiError,
    view::{Axis, Plot},
};

const SIZE: (u32, u32) = (960, 600);

/// More marks than these crowd an axis.
const MOST_TICKS: usize = 10;

/// A line of more points than this needs no mark at each.
const MARKED: usize = 64;

/// Colours that are told apart by eyes of all kinds (Okabe and Ito 2008).
const COLOURS: [(u8, u8, u8); 7] =
    [(0, 114, 178), (213, 94, 0), (0, 158, 115), (204, 121, 167), (230, 159, 0), (86, 180, 233), (0, 0, 0)];

/// A plot as an SVG image.
///
/// # Errors
/// If it has nothing to show, or cannot be drawn, which is a bug.
pub fn svg(plot: &Plot) -> Result<String, ApiError> {
    let series: Vec<(&str, Vec<(f64, f64)>)> =
        plot.series.iter().map(|series| (series.label.as_str(), usable(plot, &series.points))).collect();
    let all = || series.iter().flat_map(|(_, points)| points.iter().copied());
    let (Some(x), Some(y)) = (range(all().map(|point| point.0)), range(all().map(|point| point.1))) else {
        return Err(ApiError::input("plot.empty", "there is nothing to plot")
            .at("--svg")
            .help("plot deployments that start: give more accelerators, or fewer weights with --quant"));
    };
    let mut out = String::new();
    let area = SVGBackend::with_string(&mut out, SIZE).into_drawing_area();
    draw(&area, plot, &series, [x, y])
        .map_err(|error| ApiError::internal("plot.svg", format!("the plot could not be drawn: {error}")))?;
    drop(area);
    Ok(out)
}

type Drawn<'a> =
    Result<(), DrawingAreaErrorKind<<SVGBackend<'a> as plotters::prelude::DrawingBackend>::ErrorType>>;

fn draw<'a>(
    area: &DrawingArea<SVGBackend<'a>, Shift>,
    plot: &Plot,
    series: &[(&str, Vec<(f64, f64)>)],
    [x, y]: [(f64, f64); 2],
) -> Drawn<'a> {
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(area)
        .caption(&plot.caption, ("sans-serif", 20).into_font())
        .margin(16)
        .x_label_area_size(48)
        .y_label_area_size(72)
        .build_cartesian_2d(marked(&plot.x, x), marked(&plot.y, y))?;
    chart
        .configure_mesh()
        .x_desc(&plot.x.label)
        .y_desc(&plot.y.label)
        .x_label_formatter(&|value| scaled(shown(&plot.x, *value)))
        .y_label_formatter(&|value| scaled(shown(&plot.y, *value)))
        .max_light_lines(0)
        .bold_line_style(BLACK.mix(0.12))
        .light_line_style(BLACK.mix(0.05))
        .draw()?;
    for (index, (label, points)) in series.iter().enumerate() {
        let colour = colour(index);
        chart
            .draw_series(LineSeries::new(points.iter().copied(), colour.stroke_width(2)))?
            .label(*label)
            .legend(move |(x, y)| PathElement::new(vec![(x, y), (x + 18, y)], colour.stroke_width(2)));
        let marked = points.iter().filter(|_| points.len() <= MARKED);
        chart.draw_series(marked.map(|point| Circle::new(*point, 3, colour.filled())))?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerLeft)
        .background_style(WHITE.mix(0.85))
        .border_style(BLACK.mix(0.3))
        .draw()?;
    area.present()
}

/// An axis with its ticks at round values.
struct Marked {
    ends: (f64, f64),
    ticks: Vec<f64>,
}

fn marked(axis: &Axis, (low, high): (f64, f64)) -> Marked {
    let values = ticks((shown(axis, low), shown(axis, high)), axis.log, MOST_TICKS);
    Marked { ends: (low, high), ticks: values.into_iter().map(|value| place(axis, value)).collect() }
}

impl Ranged for Marked {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    #[expect(clippy::cast_possible_truncation, reason = "a pixel of an image")]
    fn map(&self, value: &f64, pixels: (i32, i32)) -> i32 {
        let share = (value - self.ends.0) / (self.ends.1 - self.ends.0);
        let (first, last) = (f64::from(pixels.0), f64::from(pixels.1));
        (first + share * (last - first)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.clone()
    }

    fn range(&self) -> Range<f64> {
        self.ends.0..self.ends.1
    }
}

fn colour(index: usize) -> RGBColor {
    let (red, green, blue) = COLOURS[index % COLOURS.len()];
    RGBColor(red, green, blue)
}

/// The points that can be shown, in the axes' own measure.
fn usable(plot: &Plot, points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    points
        .iter()
        .map(|(x, y)| (place(&plot.x, *x), place(&plot.y, *y)))
        .filter(|(x, y)| x.is_finite() && y.is_finite())
        .collect()
}

/// Where a value stands on an axis.
fn place(axis: &Axis, value: f64) -> f64 {
    if axis.log { value.log10() } else { value }
}

/// The value that stands at a place of an axis.
fn shown(axis: &Axis, place: f64) -> f64 {
    if axis.log { 10_f64.powf(place) } else { place }
}

/// The least and the greatest, a little apart.
fn range(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let (low, high) =
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    if low > high {
        return None;
    }
    let margin = if high > low { (high - low) * 0.04 } else { low.abs().max(1.0) * 0.1 };
    Some((low - margin, high + margin))
}

#[cfg(test)]
mod tests {
    use super::svg;
    use crate::view::{Axis, Plot, Series};

    fn plot(points: Vec<(f64, f64)>) -> Plot {
        let axis = |label: &str, log| Axis { label: label.to_owned(), log };
        let series = vec![Series { label: "a <b> & c".to_owned(), points }];
        Plot { caption: "squares".to_owned(), x: axis("x", false), y: axis("y", true), series }
    }

    #[test]
    fn an_image_holds_its_points_and_no_stray_markup() {
        let image =
            svg(&plot(vec![(1.0, 1.0), (2.0, 4.0), (3.0, 9.0), (4.0, f64::NAN), (5.0, 0.0)])).unwrap();
        assert!(image.starts_with("<svg") && image.trim_end().ends_with("</svg>"));
        assert_eq!(image.matches("<circle").count(), 3);
        assert!(image.contains("a &lt;b&gt; &amp; c") && image.contains("squares"), "{image}");
    }

    #[test]
    fn one_point_is_a_plot_and_none_is_not() {
        assert_eq!(svg(&plot(vec![(1.0, 1.0)])).unwrap().matches("<circle").count(), 1);
        assert_eq!(svg(&plot(vec![(1.0, -1.0)])).unwrap_err().code, "plot.empty");
    }
}
