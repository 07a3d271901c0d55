//! The commands of this face alone, one file each: what they do is the terminal's business and no question.
//!
//! Every question is declared in `slipstick_api::commands`, with its flags.

pub(crate) mod completions;
pub(crate) mod explain;
pub(crate) mod history;
pub(crate) mod man;
#[cfg(feature = "mcp")]
pub(crate) mod mcp;
pub(crate) mod schema;
#[cfg(feature = "serve")]
pub(crate) mod serve;
pub(crate) mod welcome;
