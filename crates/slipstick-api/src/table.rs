//! Tables of many rows, written column by column: a sweep hands them to a face, which writes its kind of file.

use std::sync::Arc;

use crate::ApiError;

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Words, few of them often.
    Word,
    /// Whole numbers.
    Count,
    /// Numbers that may be missing.
    Number,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableColumn {
    /// Its name; the base unit ends it.
    pub name: String,
    /// What stands in it.
    pub kind: ColumnKind,
    /// The unit of its numbers, if they have one.
    pub unit: Option<&'static str>,
    /// What it means.
    pub about: &'static str,
    /// How its numbers are known: `asked`, `exact`, `specified`, `estimated`.
    pub basis: &'static str,
}

/// The values of one column.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Places in a list of words.
    Words {
        /// The place of each row's word.
        places: Vec<u32>,
        /// The words.
        words: Arc<[String]>,
    },
    /// Whole numbers.
    Counts(Vec<u64>),
    /// Numbers; what is no number is missing.
    Numbers(Vec<f64>),
}

impl Values {
    /// How many rows it has.
    pub fn len(&self) -> usize {
        match self {
            Self::Words { places, .. } => places.len(),
            Self::Counts(counts) => counts.len(),
            Self::Numbers(numbers) => numbers.len(),
        }
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Some rows of a table: the values of each of its columns, all of one length.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Chunk {
    /// The columns, in the table's order.
    pub columns: Vec<Values>,
}

impl Chunk {
    /// How many rows it has.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, Values::len)
    }
}

/// What a table is of, and its columns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TableHead {
    /// The columns.
    pub columns: Vec<TableColumn>,
    /// What made it, such as `spec` and its text.
    pub facts: Vec<(&'static str, String)>,
}

/// Takes a table chunk by chunk.
pub trait TableWriter {
    /// The next rows.
    ///
    /// # Errors
    /// If they cannot be written.
    fn write(&mut self, chunk: Chunk) -> Result<(), ApiError>;

    /// There are no more rows; before this the file does not stand under its name.
    ///
    /// # Errors
    /// If what is left cannot be written.
    fn finish(self: Box<Self>) -> Result<(), ApiError>;
}
