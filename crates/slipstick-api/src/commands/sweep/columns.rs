//! The columns of a sweep's table, and how rows fill them.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;

use super::{
    axis::Axis,
    figures::{self, FIGURES},
    rows::{self, Row},
    space::{Place, Space},
};
use crate::{
    ApiError,
    table::{Chunk, ColumnKind, TableColumn, TableHead, Values},
};

/// Where a column's values come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum From {
    Id,
    /// An axis as it was asked.
    Axis(Place),
    /// A word of the deployment.
    Word(usize),
    /// A count of the deployment.
    Count(usize),
    /// A count of the load.
    Load(usize),
    Verdict,
    Reason,
    Basis,
    Figure(usize),
}

/// The columns of a table.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    from: Vec<From>,
    head: Vec<TableColumn>,
    /// The words of each axis column.
    axes: Vec<Option<Arc<[String]>>>,
}

/// Axes that other columns show as they were resolved.
const SHOWN_RESOLVED: [&str; 11] =
    ["count", "engine", "quant", "kv_dtype", "tp", "pp", "dp", "ep", "input", "output", "concurrency"];

const WORDS: [(&str, &str); 3] = [
    ("engine", "engine and version"),
    ("quant", "format of the weights"),
    ("kv_dtype", "format of the cache"),
];

const COUNTS: [(&str, &str); 5] = [
    ("accelerators", "accelerators of the deployment"),
    ("tp", "tensor-parallel ranks"),
    ("pp", "pipeline stages"),
    ("dp", "data-parallel ranks"),
    ("ep", "expert-parallel groups"),
];

const LOADS: [(&str, &str); 3] = [
    ("input", "prompt tokens of a request"),
    ("output", "output tokens of a request"),
    ("concurrency", "requests in flight"),
];

impl Columns {
    /// The columns of a space, or those of them that are named.
    pub(super) fn new(space: &Space, named: &[String]) -> Result<Self, ApiError> {
        let mut all = Self { from: Vec::new(), head: Vec::new(), axes: Vec::new() };
        all.push(
            From::Id,
            "id",
            ColumnKind::Count,
            None,
            "the combination's number: it alone says every value",
            "exact",
        );
        space.axes().for_each(|axis| all.push_axis(axis, space));
        for (at, (name, about)) in WORDS.into_iter().enumerate() {
            all.push(From::Word(at), name, ColumnKind::Word, None, about, "asked");
        }
        for (at, (name, about)) in COUNTS.into_iter().enumerate() {
            all.push(From::Count(at), name, ColumnKind::Count, None, about, "asked");
        }
        for (at, (name, about)) in LOADS.into_iter().enumerate() {
            all.push(From::Load(at), name, ColumnKind::Count, None, about, "asked");
        }
        let verdict = "holds, queues, saturated, does_not_start or refused";
        all.push(From::Verdict, "verdict", ColumnKind::Word, None, verdict, "estimated");
        all.push(From::Reason, "reason", ColumnKind::Word, None, "why it is refused", "exact");
        all.push(
            From::Basis,
            "basis",
            ColumnKind::Word,
            None,
            "how well the efficiencies are known",
            "exact",
        );
        for (at, figure) in FIGURES.iter().enumerate() {
            // Bytes are whole.
            let kind = if figure.unit == Some("B") { ColumnKind::Count } else { ColumnKind::Number };
            all.push(From::Figure(at), figure.name, kind, figure.unit, figure.about, figure.basis);
        }
        all.chosen(named)
    }

    /// The column of an axis, unless others show it as it was resolved.
    fn push_axis(&mut self, axis: &Axis, space: &Space) {
        let Some(place) = space.place(&axis.name).filter(|_| !SHOWN_RESOLVED.contains(&axis.name.as_str()))
        else {
            return;
        };
        let numbers = axis.values.iter().all(Value::is_number);
        let kind = if numbers { ColumnKind::Number } else { ColumnKind::Word };
        self.push(From::Axis(place), &axis.name, kind, None, "as it was asked", "asked");
        if let Some(words) = self.axes.last_mut() {
            *words = Some(rows::words(&axis.values));
        }
    }

    fn push(
        &mut self,
        from: From,
        name: &str,
        kind: ColumnKind,
        unit: Option<&'static str>,
        about: &'static str,
        basis: &'static str,
    ) {
        self.from.push(from);
        self.head.push(TableColumn { name: name.to_owned(), kind, unit, about, basis });
        self.axes.push(None);
    }

    fn chosen(self, named: &[String]) -> Result<Self, ApiError> {
        if named.is_empty() {
            return Ok(self);
        }
        let mut chosen = Self { from: Vec::new(), head: Vec::new(), axes: Vec::new() };
        for name in named {
            let Some(at) = self.head.iter().position(|column| column.name == *name) else {
                let names = self.head.iter().map(|column| column.name.as_str());
                return Err(ApiError::unknown("sweep.unknown_column", "column", name, names)
                    .or_help("leave columns out to write all, whose names stand in the file")
                    .at("columns"));
            };
            chosen.from.push(self.from[at]);
            chosen.head.push(self.head[at].clone());
            chosen.axes.push(self.axes[at].clone());
        }
        Ok(chosen)
    }

    /// Whether a figure is among them.
    pub(super) fn has(&self, figure: usize) -> bool {
        self.from.contains(&From::Figure(figure))
    }

    /// The head of the table.
    pub(super) fn head(&self, facts: Vec<(&'static str, String)>) -> TableHead {
        TableHead { columns: self.head.clone(), facts }
    }

    /// An empty chunk.
    pub(super) fn filling<'a>(&'a self, space: &'a Space) -> Filling<'a> {
        let filled = self.head.iter().map(|column| Filled::of(column.kind)).collect();
        Filling { columns: self, space, filled }
    }
}

/// A column that is being filled.
enum Filled {
    Words { places: Vec<u32>, words: Vec<String>, known: BTreeMap<String, u32> },
    Counts(Vec<u64>),
    Numbers(Vec<f64>),
}

impl Filled {
    const fn of(kind: ColumnKind) -> Self {
        match kind {
            ColumnKind::Word => Self::Words { places: Vec::new(), words: Vec::new(), known: BTreeMap::new() },
            ColumnKind::Count => Self::Counts(Vec::new()),
            ColumnKind::Number => Self::Numbers(Vec::new()),
        }
    }

    fn word(&mut self, word: &str) {
        let Self::Words { places, words, known } = self else { return };
        // Most rows say what the row before said.
        if let Some(last) =
            places.last().filter(|last| words.get(**last as usize).is_some_and(|said| said == word))
        {
            let last = *last;
            places.push(last);
            return;
        }
        let place = known.get(word).copied().unwrap_or_else(|| {
            let place = u32::try_from(words.len()).unwrap_or(u32::MAX);
            words.push(word.to_owned());
            known.insert(word.to_owned(), place);
            place
        });
        places.push(place);
    }

    fn place(&mut self, at: usize) {
        if let Self::Words { places, .. } = self {
            places.push(u32::try_from(at).unwrap_or(u32::MAX));
        }
    }

    fn count(&mut self, count: u64) {
        if let Self::Counts(counts) = self {
            counts.push(count);
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "bytes, whole and below 2^53"
    )]
    fn figure(&mut self, figure: f64) {
        match self {
            Self::Counts(counts) => counts.push(if figure.is_nan() { u64::MAX } else { figure as u64 }),
            Self::Numbers(numbers) => numbers.push(figure),
            Self::Words { .. } => {}
        }
    }

    fn number(&mut self, number: f64) {
        if let Self::Numbers(numbers) = self {
            numbers.push(number);
        }
    }
}

/// A chunk that is being filled.
pub(super) struct Filling<'a> {
    columns: &'a Columns,
    space: &'a Space,
    filled: Vec<Filled>,
}

impl Filling<'_> {
    /// Adds a row.
    pub(super) fn push(&mut self, row: &Row<'_>) {
        for (from, filled) in self.columns.from.iter().zip(&mut self.filled) {
            match *from {
                From::Id => filled.count(row.id),
                From::Axis(place) => {
                    let chosen = self.space.value_at(row.id, place);
                    match filled {
                        Filled::Words { .. } => filled.place(chosen),
                        _ => {
                            filled.number(self.space.axis(place).values[chosen].as_f64().unwrap_or(f64::NAN));
                        }
                    }
                }
                From::Word(word) => filled.word(row.deployed.map_or("", |deployed| &deployed.words[word])),
                From::Count(count) => {
                    filled.count(row.deployed.map_or(u64::MAX, |deployed| deployed.counts[count]));
                }
                From::Load(load) => filled.count(row.load[load]),
                From::Verdict => filled.word(row.verdict),
                From::Reason => filled.word(row.reason.unwrap_or_default()),
                From::Basis => filled.word(row.basis),
                From::Figure(figure) => filled.figure(row.figures[figure]),
            }
        }
    }

    /// The chunk.
    pub(super) fn finish(self) -> Chunk {
        let columns = self.filled.into_iter().zip(&self.columns.axes).map(|(filled, axis)| match filled {
            Filled::Words { places, words, .. } => {
                let words = axis.clone().unwrap_or_else(|| words.into());
                Values::Words { places, words }
            }
            Filled::Counts(counts) => Values::Counts(counts),
            Filled::Numbers(numbers) => Values::Numbers(numbers),
        });
        Chunk { columns: columns.collect() }
    }
}

/// Whether memory and energy are read of a table, a filter or a reduction.
pub(super) fn wants(columns: Option<&Columns>, read: &[usize]) -> rows::Wants {
    let any = |figure: usize| columns.is_some_and(|columns| columns.has(figure)) || read.contains(&figure);
    rows::Wants { memory: any(figures::at::MEMORY), energy: any(figures::at::JOULES) }
}
