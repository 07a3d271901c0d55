//! Columns of sizes and of times, each in one unit.

use core::fmt::Display;
use std::borrow::Cow;

use slipstick_core::{
    basis::Basis,
    units::{Bytes, show::whole},
};

use super::{Cell, Table};
use crate::report::{Estimated, Quantity};

/// What a column measures. Its cells hold figures in base units, and the column takes the unit in which all of them are
/// read best, so that numbers above one another are compared by their digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Sizes, in bytes.
    Size,
    /// Times, in seconds.
    Time,
}

impl Measure {
    /// The unit for a column whose largest number is `largest`, and how many base units it has.
    fn unit(self, largest: f64) -> (&'static str, f64) {
        const MIB: f64 = 1_048_576.0;
        match self {
            Self::Size if largest > 0.0 && largest < 64.0 * MIB => ("MiB", MIB),
            Self::Size => ("GiB", 1024.0 * MIB),
            Self::Time if largest < 10.0 => ("ms", 1e-3),
            Self::Time if largest < 7200.0 => ("s", 1.0),
            Self::Time if largest < 172_800.0 => ("h", 3600.0),
            Self::Time => ("d", 86_400.0),
        }
    }
}

/// What a cell of such a column holds, in base units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Measured {
    /// A number that is not in doubt.
    Known(f64),
    /// A number with the mark of its basis and, where it is shown, its interval.
    Estimated {
        /// The number.
        value: f64,
        /// Whether a constant behind it is assumed.
        is_assumed: bool,
        /// Its interval, which is never shown by halves.
        band: Option<(f64, f64)>,
    },
    /// An interval alone.
    Band(f64, f64),
}

impl Measured {
    /// A quantity that is not in doubt.
    pub fn of(quantity: impl Quantity) -> Self {
        Self::Known(quantity.number())
    }

    /// What lies between two quantities.
    pub fn between<T: Quantity>(low: T, high: T) -> Self {
        Self::Band(low.number(), high.number())
    }

    /// An estimate without its interval.
    pub fn marked<T: Quantity>(estimate: Estimated<T>) -> Self {
        Self::estimated(estimate, None)
    }

    /// An estimate with its interval.
    pub fn banded<T: Quantity>(estimate: Estimated<T>) -> Self {
        Self::estimated(estimate, estimate.low.zip(estimate.high))
    }

    fn estimated<T: Quantity>(estimate: Estimated<T>, band: Option<(T, T)>) -> Self {
        Self::Estimated {
            value: estimate.value.number(),
            is_assumed: estimate.basis == Basis::Assumed,
            band: band.map(|(low, high)| (low.number(), high.number())),
        }
    }

    /// The largest number in it.
    fn largest(self) -> f64 {
        let largest = match self {
            Self::Known(value) | Self::Estimated { value, band: None, .. } => value,
            Self::Estimated { value, band: Some((_, high)), .. } => value.max(high),
            Self::Band(_, high) => high,
        };
        if largest.is_finite() { largest } else { 0.0 }
    }

    /// The text in a unit of so many base units.
    fn written(self, size: f64) -> String {
        let range = |(low, high): (f64, f64)| format!("{} to {}", digits(low / size), digits(high / size));
        match self {
            Self::Known(value) => digits(value / size),
            Self::Estimated { value, is_assumed, band } => {
                let mark = if is_assumed { "~" } else { "" };
                let prints_apart = |(low, high): &(f64, f64)| digits(low / size) != digits(high / size);
                let band = band.filter(prints_apart).map(|band| format!(" ({})", range(band)));
                let band = band.unwrap_or_default();
                format!("{mark}{}{band}", digits(value / size))
            }
            Self::Band(low, high) => range((low, high)),
        }
    }
}

/// Where so many columns measure the same, the caption names their unit.
const MANY: usize = 4;

/// The table as it is written: every column of a measure in one unit, which its head or the caption names.
pub(crate) fn written(table: &Table) -> Cow<'_, Table> {
    let mut written = Cow::Borrowed(table);
    for measure in [Measure::Size, Measure::Time] {
        let places: Vec<usize> =
            (0..table.columns.len()).filter(|place| table.columns[*place].measure == Some(measure)).collect();
        if places.is_empty() {
            continue;
        }
        let table = written.to_mut();
        match &table.caption {
            Some(caption) if places.len() >= MANY => {
                let caption = caption.clone();
                let unit = convert(table, &places, measure);
                table.caption = Some(format!("{caption}, in {unit}"));
            }
            _ => {
                for place in places {
                    let unit = convert(table, &[place], measure);
                    table.columns[place].name.extend([" ", unit]);
                }
            }
        }
    }
    written
}

/// Writes the figures of some columns in one unit, which is given back.
fn convert(table: &mut Table, places: &[usize], measure: Measure) -> &'static str {
    let measured = |row: &'_ [Cell]| -> Vec<Measured> {
        places.iter().filter_map(|place| row.get(*place)).filter_map(|cell| cell.measured).collect()
    };
    let largest = table.rows.iter().flat_map(|row| measured(row)).map(Measured::largest).fold(0.0, f64::max);
    let (unit, size) = measure.unit(largest);
    for row in &mut table.rows {
        for place in places {
            if let Some(cell) = row.get_mut(*place)
                && let Some(measured) = cell.measured.take()
            {
                cell.text = measured.written(size);
            }
        }
    }
    unit
}

/// A price or a sum without its unit, for a column whose head names it.
pub(crate) fn bare(price: impl Display) -> String {
    price.to_string().replace('$', "").replace("/h", "")
}

/// A size in GiB, beside others in GiB.
pub(crate) fn gib(size: Bytes) -> String {
    format!("{} GiB", digits(size.as_gib()))
}

/// Four digits, three of what is small, and never an exponent that would hide how the column's numbers compare.
fn digits(number: f64) -> String {
    let magnitude = number.abs();
    match magnitude {
        0.0 => "0".to_owned(),
        999.95.. => whole(number),
        99.995.. => format!("{number:.1}"),
        1.0.. => format!("{number:.2}"),
        0.1.. => format!("{number:.3}"),
        0.01.. => format!("{number:.4}"),
        _ => format!("{number:.5}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Column, Measured, written};
    use crate::view::{Cell, Table};

    #[test]
    fn a_column_has_one_unit() {
        let mut table = Table::new(vec![Column::text("what"), Column::size("all"), Column::time("step")]);
        let estimated = Measured::Estimated { value: 0.25, is_assumed: true, band: Some((0.125, 1.0)) };
        table.row([Cell::from("a"), Measured::Known(80_530_636_800.0).into(), estimated.into()]);
        table.row([Cell::from("b"), Measured::Known(83_886_080.0).into(), "-".into()]);
        table.row([Cell::from("c"), Measured::Known(0.0).into(), Measured::Band(12.5, 999.97).into()]);
        let written = written(&table);
        let names: Vec<&str> = written.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["what", "all GiB", "step s"]);
        let cells: Vec<Vec<&str>> =
            written.rows.iter().map(|row| row.iter().map(|cell| cell.text.as_str()).collect()).collect();
        assert_eq!(cells[0], ["a", "75.00", "~0.250 (0.125 to 1.00)"]);
        assert_eq!(cells[1], ["b", "0.0781", "-"]);
        assert_eq!(cells[2], ["c", "0", "12.50 to 1,000"]);
    }

    #[test]
    fn a_unit_of_many_columns_stands_above_them() {
        let mut table = Table::new(["a", "b", "c", "d"].map(Column::size).to_vec());
        table.caption = Some("Memory".to_owned());
        let [first, second, third] = [1_073_741_824.0, 0.0, 1_048_576.0].map(Measured::Known).map(Cell::from);
        table.row([first, second, third, "-".into()]);
        let written = written(&table);
        assert_eq!(written.caption.as_deref(), Some("Memory, in GiB"));
        assert_eq!(written.columns[2].name, "c");
        assert_eq!(written.rows[0][2].text, "0.00098");
    }
}
