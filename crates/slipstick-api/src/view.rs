//! What a person is shown, before it becomes text or markdown: a list of blocks with their numbers already
//! written out.

mod measure;

pub use measure::{Measure, Measured};
pub(crate) use measure::{bare, gib, written};

/// How a value should strike the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// Nothing special.
    #[default]
    Plain,
    /// It fits, it is met.
    Good,
    /// It is tight, old or uncertain.
    Warn,
    /// It does not fit, it is missed.
    Bad,
    /// Beside the point: units, dates, sources.
    Faint,
}

/// A text with a tone.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cell {
    /// What is written: nothing yet, where there is something measured.
    pub text: String,
    /// What a column of a measure writes in its unit.
    pub measured: Option<Measured>,
    /// How it should strike.
    pub tone: Tone,
}

impl Cell {
    /// A text in a tone.
    pub fn toned(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone, ..Self::default() }
    }

    /// The same in a tone.
    #[must_use]
    pub const fn in_tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }
}

impl From<Measured> for Cell {
    fn from(measured: Measured) -> Self {
        Self { measured: Some(measured), ..Self::default() }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::toned(text, Tone::Plain)
    }
}

/// Which side a column keeps to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its head, with the unit.
    pub name: String,
    /// Which side it keeps to.
    pub align: Align,
    /// 0 for a column that is always shown; on a narrow terminal the largest go first.
    pub priority: u8,
    /// What its numbers measure, where they are in base units until they are shown.
    pub measure: Option<Measure>,
}

impl Column {
    /// A column of words that is always shown.
    pub fn text(name: impl Into<String>) -> Self {
        Self { name: name.into(), align: Align::Left, priority: 0, measure: None }
    }

    /// A column of numbers that is always shown.
    pub fn number(name: impl Into<String>) -> Self {
        Self { name: name.into(), align: Align::Right, priority: 0, measure: None }
    }

    /// A column of sizes in bytes, of which the table chooses one unit when it is shown.
    pub fn size(name: impl Into<String>) -> Self {
        Self { measure: Some(Measure::Size), ..Self::number(name) }
    }

    /// A column of times in seconds, likewise.
    pub fn time(name: impl Into<String>) -> Self {
        Self { measure: Some(Measure::Time), ..Self::number(name) }
    }

    /// Lets it go on a narrow terminal, before all columns of a smaller number.
    #[must_use]
    pub const fn priority(mut self, priority: u8) -> Self {
        self.priority = priority;
        self
    }
}

/// A table.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// What it lists.
    pub caption: Option<String>,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, a cell a column; missing cells are empty.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// An empty table.
    pub fn new(columns: Vec<Column>) -> Self {
        Self { caption: None, columns, rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = impl Into<Cell>>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }
}

/// One part of a stacked bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// What it is.
    pub label: String,
    /// Its size as text.
    pub text: String,
    /// Its share of the capacity, from 0.
    pub share: f64,
    /// How it should strike.
    pub tone: Tone,
}

/// A stacked bar against a capacity.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// What is filled.
    pub label: String,
    /// The capacity as text.
    pub capacity: String,
    /// Its parts, first at the left. Shares beyond a sum of 1 do not fit.
    pub segments: Vec<Segment>,
}

/// An axis of a plot.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Axis {
    /// What it shows, with the unit.
    pub label: String,
    /// Whether it is logarithmic.
    pub log: bool,
}

/// The points of one line of a plot.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What it shows.
    pub label: String,
    /// Its points.
    pub points: Vec<(f64, f64)>,
}

/// A plot.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plot {
    /// What it shows.
    pub caption: String,
    /// Left to right.
    pub x: Axis,
    /// Bottom to top.
    pub y: Axis,
    /// Its lines.
    pub series: Vec<Series>,
}

/// One block of a view.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// A heading inside the view.
    Heading(String),
    /// Labels and values, one a line.
    Pairs(Vec<(String, Cell)>),
    /// A table.
    Table(Table),
    /// A stacked bar.
    Bar(Bar),
    /// A paragraph.
    Text(String),
    /// A remark that may be skipped.
    Note(String),
    /// A remark that should not be skipped.
    Warning(String),
    /// Text to copy: a command, a file.
    Code {
        /// Its language, for highlighting.
        language: &'static str,
        /// The text.
        text: String,
    },
    /// A plot.
    Plot(Plot),
}

/// What a person is shown.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct View {
    /// The first line: the answer in brief.
    pub title: Cell,
    /// The blocks, in reading order.
    pub blocks: Vec<Block>,
    /// What only some want to know, shown behind the rest where it is asked for.
    pub details: Vec<Block>,
}

impl View {
    /// An empty view.
    pub fn new(title: impl Into<Cell>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// The view with its details behind the rest.
    #[must_use]
    pub fn detailed(mut self) -> Self {
        self.blocks.append(&mut self.details);
        self
    }

    /// The plots, those of the details behind the others.
    pub fn plots(&self) -> impl Iterator<Item = &Plot> {
        self.blocks.iter().chain(&self.details).filter_map(|block| match block {
            Block::Plot(plot) => Some(plot),
            _ => None,
        })
    }

    /// Adds a block.
    pub fn push(&mut self, block: Block) {
        self.blocks.push(block);
    }

    /// Adds labels and values.
    pub fn pairs<L: Into<String>, C: Into<Cell>>(&mut self, pairs: impl IntoIterator<Item = (L, C)>) {
        let pairs = pairs.into_iter().map(|(label, value)| (label.into(), value.into())).collect();
        self.blocks.push(Block::Pairs(pairs));
    }

    /// Adds a heading.
    pub fn heading(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Heading(text.into()));
    }

    /// Adds a remark that may be skipped.
    pub fn note(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Note(text.into()));
    }

    /// Adds a remark that should not be skipped.
    pub fn warning(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Warning(text.into()));
    }
}
