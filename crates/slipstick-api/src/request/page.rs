//! Which part of a list is shown.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Count, text};

/// The part of a list to show, and its order.
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Page {
    /// The column to sort by, as --json names it
    #[arg(long, value_name = "COLUMN")]
    pub sort: Option<String>,
    /// Largest first
    #[arg(long)]
    #[serde(default, deserialize_with = "text::switch")]
    pub descending: bool,
    /// At most so many rows
    #[arg(long, value_name = "ROWS")]
    pub limit: Option<Count>,
}
