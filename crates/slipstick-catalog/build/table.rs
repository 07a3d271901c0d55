//! One comma-separated table: read, checked cell by cell, written as a static array of rows.

use std::{error::Error, fmt::Write as _, path::Path};

/// The columns of a table, as they are declared for the library.
#[derive(Clone, Copy)]
pub(crate) struct Columns {
    /// The type of a row.
    pub(crate) row: &'static str,
    /// The file.
    pub(crate) file: &'static str,
    /// Names and types, as written.
    pub(crate) each: &'static [(&'static str, &'static str)],
}

/// A table, read.
pub(crate) struct Table {
    columns: Columns,
    /// Line and cells of each row, in the order of the declaration.
    rows: Vec<(u64, Vec<String>)>,
}

/// Words that a column may hold. The library reads them by the same names, and its tests read every row.
const WORDS: [(&str, &str, &[&str]); 6] = [
    ("accelerators.csv", "class", &["datacenter", "consumer", "unified", "npu", "cpu"]),
    ("accelerators.csv", "memory_basis", &["driver", "label", "platform-limit", "fit-out"]),
    (
        "accelerators.csv",
        "link_kind",
        &["nvlink", "infinity-fabric", "ici", "proprietary", "pcie", "network"],
    ),
    (
        "accelerators_measured.csv",
        "what",
        &[
            "matmul",
            "best-matmul",
            "sustained-matmul",
            "memory",
            "copy",
            "write",
            "decode-attention",
            "all-reduce",
            "all-gather",
            "all-to-all",
            "host-copy",
            "launch",
            "graph-launch",
            "context",
        ],
    ),
    ("offers.csv", "unit", &["instance", "accelerator"]),
    ("offers.csv", "kind", &["list", "managed", "floor"]),
];

/// Reads a table and checks every cell.
pub(crate) fn read(data: &Path, columns: Columns) -> Result<Table, Box<dyn Error>> {
    let mut reader = csv::Reader::from_path(data.join(columns.file))
        .map_err(|error| format!("data/{}: {error}", columns.file))?;
    let header = reader.headers()?.clone();
    let names: Vec<&str> = columns.each.iter().map(|(name, _)| *name).collect();
    if header.iter().ne(names.iter().copied()) {
        let stated: Vec<&str> = header.iter().collect();
        return Err(
            format!("data/{}, line 1: the columns are {stated:?}, not {names:?}", columns.file).into()
        );
    }
    let mut table = Table { columns, rows: Vec::new() };
    for record in reader.into_records() {
        let record = record.map_err(|error| format!("data/{}: {error}", columns.file))?;
        let line = record.position().map_or(0, csv::Position::line);
        table.rows.push((line, record.iter().map(str::to_owned).collect()));
    }
    table.check()?;
    Ok(table)
}

impl Table {
    /// The cells of one column, from the first row to the last.
    pub(crate) fn column(&self, name: &str) -> impl Iterator<Item = &str> {
        let place = self.place(name);
        self.rows.iter().map(move |(_, cells)| cells[place].as_str())
    }

    fn place(&self, name: &str) -> usize {
        let place = self.columns.each.iter().position(|(known, _)| *known == name);
        place.unwrap_or_else(|| panic!("{} has no column {name}", self.columns.file))
    }

    /// Refuses a column that holds another word than these.
    pub(crate) fn words(&self, name: &str, words: &[&str]) -> Result<(), Box<dyn Error>> {
        let what = || format!("one of {}", words.join(", "));
        self.cells(name, what, |cell| words.contains(&cell))
    }

    /// Refuses a column whose cells hold other words than these, or none.
    pub(crate) fn each_word(&self, name: &str, words: &[&str]) -> Result<(), Box<dyn Error>> {
        let what = || format!("one or more of {}", words.join(", "));
        self.cells(name, what, |cell| {
            !cell.is_empty() && cell.split_whitespace().all(|word| words.contains(&word))
        })
    }

    fn check(&self) -> Result<(), Box<dyn Error>> {
        for (name, kind) in self.columns.each {
            self.cells(name, || format!("a value of {kind}"), |cell| literal(kind, cell).is_some())?;
            match *name {
                "confidence" => self.words(name, &["low", "medium", "high"])?,
                "seen" | "as_of" => self.cells(name, || "a date like 2026-08-20".to_owned(), is_date)?,
                _ => {}
            }
        }
        for (_, name, words) in WORDS.iter().filter(|(file, ..)| *file == self.columns.file) {
            self.words(name, words)?;
        }
        Ok(())
    }

    fn cells(
        &self,
        name: &str,
        what: impl Fn() -> String,
        holds: impl Fn(&str) -> bool,
    ) -> Result<(), Box<dyn Error>> {
        let place = self.place(name);
        let Some((line, cells)) = self.rows.iter().find(|(_, cells)| !holds(&cells[place])) else {
            return Ok(());
        };
        let file = self.columns.file;
        Err(format!("data/{file}, line {line}, column {name}: {:?} is not {}", cells[place], what()).into())
    }

    /// Writes `static ACCELERATORS: [AcceleratorRow<'static>; 213] = [..];`.
    pub(crate) fn write(&self, out: &mut String) -> Result<(), Box<dyn Error>> {
        let Columns { row, file, each } = self.columns;
        let name = file.trim_end_matches(".csv").to_ascii_uppercase();
        writeln!(out, "/// The rows of `{file}`.")?;
        writeln!(out, "pub(crate) static {name}: [{row}<'static>; {}] = [", self.rows.len())?;
        for (_, cells) in &self.rows {
            write!(out, "    {row} {{ ")?;
            for ((column, kind), cell) in each.iter().zip(cells) {
                write!(out, "{column}: {}, ", literal(kind, cell).ok_or("checked when read")?)?;
            }
            writeln!(out, "}},")?;
        }
        writeln!(out, "];\n")?;
        Ok(())
    }
}

/// A cell as an expression of its column's type, if it is one.
fn literal(kind: &str, cell: &str) -> Option<String> {
    let kind: String = kind.split_whitespace().collect();
    if let Some(inner) = kind.strip_prefix("Option<").and_then(|rest| rest.strip_suffix('>')) {
        return if cell.is_empty() {
            Some("None".to_owned())
        } else {
            literal(inner, cell).map(|value| format!("Some({value})"))
        };
    }
    match kind.as_str() {
        "f64" => cell.parse().ok().filter(|value: &f64| value.is_finite()).map(float),
        "u16" => cell.parse::<u16>().ok().map(|value| value.to_string()),
        "u32" => cell.parse::<u32>().ok().map(|value| value.to_string()),
        "u64" => cell.parse::<u64>().ok().map(|value| value.to_string()),
        "&'astr" => Some(format!("{cell:?}")),
        other => panic!("the build script knows no column of type {other}"),
    }
}

/// Whether a text is a year, a month or a day.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let within = |part: &str, width: usize, most: u32| {
        part.len() == width && part.parse().is_ok_and(|value: u32| (1..=most).contains(&value))
    };
    match parts[..] {
        [year] => within(year, 4, 9999),
        [year, month] => within(year, 4, 9999) && within(month, 2, 12),
        [year, month, day] => within(year, 4, 9999) && within(month, 2, 12) && within(day, 2, 31),
        _ => false,
    }
}

/// A number as its bits: written out, a fitted one may look like a rounded constant of mathematics to a lint.
fn float(value: f64) -> String {
    format!("f64::from_bits({:#x})", value.to_bits())
}
