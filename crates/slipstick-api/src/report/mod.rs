//! Reports: the answer of each command as plain data, and everything that follows from its fields.
//!
//! A report is a struct of quantities in the core's own types. Its field names are the names of the JSON document, its
//! doc comments the descriptions of the JSON Schema. From the schema follow the [`Field`]s: the columns of CSV, the keys
//! one may sort by, and how a table writes a cell.

mod csv;
mod default_taken;
mod field;
mod kind;
mod quantity;
mod schema;
mod shown;
mod sort;
#[cfg(test)]
mod tests;

pub use csv::csv;
pub(crate) use csv::{csv_heads, csv_row, list_fields};
pub use default_taken::DefaultTaken;
pub use field::{Field, FieldKind, fields};
pub use kind::ReportKind;
pub use quantity::{Estimated, Plain, Quantity};
pub use schema::{schema, schema_files};
pub(crate) use shown::{Shown, heads, table};
pub(crate) use sort::{Order, arrange, key, sorted};

use core::fmt::Debug;

use schemars::JsonSchema;
use serde::Serialize;

/// The answer of a command as plain data.
pub trait Report: Serialize + JsonSchema + Debug + Send + Sync + 'static {
    /// The command, as in `slipstick.<command>/1`.
    const COMMAND: &'static str;

    /// The field whose rows are the answer, if it is a list: they are also the rows of its CSV.
    const ROWS: Option<&'static str> = None;
}
