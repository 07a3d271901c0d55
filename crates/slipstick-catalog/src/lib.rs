//! The facts of slipstick: accelerators, prices, engines, models and calibrations as rows with a source and a date, and
//! the importers that read files of other tools.
//!
//! Nothing here opens a file or reads a clock: text goes in, checked values come out. The catalogue computes nothing.

mod as_of;
mod catalog;
mod layer;
mod sources;
mod table;

pub mod accelerators;
pub mod import;
pub mod names;

pub use as_of::{AsOf, DateError, Freshness};
pub use catalog::{Catalog, OverlayError};
pub use layer::{Confidence, LayerName, Origin};
pub use sources::{Source, source, sources};
pub use table::TableError;
