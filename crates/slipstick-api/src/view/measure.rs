//! Columns of sizes and of times, each in one unit.

use core::fmt::Display;
use std::borrow::Cow;

use slipstick_core::units::{Bytes, show::grouped};

use super::{Cell, Table};

/// What a column measures. Its cells hold numbers in base units, and the column takes the unit in which all of them are
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

/// Writes the numbers of some columns in one unit, which is given back.
fn convert(table: &mut Table, places: &[usize], measure: Measure) -> &'static str {
    let cells = |row: &'_ [Cell]| -> Vec<f64> {
        places.iter().filter_map(|place| row.get(*place)).flat_map(|cell| numbers(&cell.text)).collect()
    };
    let largest = table.rows.iter().flat_map(|row| cells(row)).fold(0.0, f64::max);
    let (unit, size) = measure.unit(largest);
    for row in &mut table.rows {
        for place in places {
            if let Some(cell) = row.get_mut(*place) {
                cell.text = converted(&cell.text, size);
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

/// What stands between numbers of a cell: `~1 (0.5 to 2)`.
const BETWEEN: [char; 4] = [' ', '~', '(', ')'];

fn numbers(text: &str) -> impl Iterator<Item = f64> {
    text.split(BETWEEN).filter_map(|word| word.parse().ok()).filter(|number: &f64| number.is_finite())
}

/// The text with each number in a unit of so many base units.
fn converted(text: &str, size: f64) -> String {
    let pieces = text.split_inclusive(BETWEEN).map(|piece| {
        let word = piece.trim_end_matches(BETWEEN);
        match word.parse::<f64>() {
            Ok(number) if number.is_finite() => digits(number / size) + &piece[word.len()..],
            _ => piece.to_owned(),
        }
    });
    pieces.collect()
}

/// Four digits, three of what is small, and never an exponent that would hide how the column's numbers compare.
fn digits(number: f64) -> String {
    let magnitude = number.abs();
    match magnitude {
        0.0 => "0".to_owned(),
        1000.0.. => {
            let sign = if number < 0.0 { "-" } else { "" };
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it is rounded, not negative, and what is larger than 64 bits is cut off"
            )]
            let whole = magnitude.round() as u64;
            format!("{sign}{}", grouped(whole))
        }
        100.0.. => format!("{number:.1}"),
        1.0.. => format!("{number:.2}"),
        0.1.. => format!("{number:.3}"),
        0.01.. => format!("{number:.4}"),
        _ => format!("{number:.5}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Column, written};
    use crate::view::Table;

    #[test]
    fn a_column_has_one_unit() {
        let mut table = Table::new(vec![Column::text("what"), Column::size("all"), Column::time("step")]);
        table.row(["a", "80530636800", "~0.25 (0.125 to 1)"]);
        table.row(["b", "83886080", "-"]);
        table.row(["c", "0", "12.5"]);
        let written = written(&table);
        let names: Vec<&str> = written.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["what", "all GiB", "step s"]);
        let cells: Vec<Vec<&str>> =
            written.rows.iter().map(|row| row.iter().map(|cell| cell.text.as_str()).collect()).collect();
        assert_eq!(cells[0], ["a", "75.00", "~0.250 (0.125 to 1.00)"]);
        assert_eq!(cells[1], ["b", "0.0781", "-"]);
        assert_eq!(cells[2], ["c", "0", "12.50"]);
    }

    #[test]
    fn a_unit_of_many_columns_stands_above_them() {
        let mut table = Table::new(["a", "b", "c", "d"].map(Column::size).to_vec());
        table.caption = Some("Memory".to_owned());
        table.row(["1073741824", "0", "1048576", "-"]);
        let written = written(&table);
        assert_eq!(written.caption.as_deref(), Some("Memory, in GiB"));
        assert_eq!(written.columns[2].name, "c");
        assert_eq!(written.rows[0][2].text, "0.00098");
    }
}
