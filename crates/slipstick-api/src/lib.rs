//! The contract of slipstick: one request, one answer, the same for every face.
//!
//! A face turns what a person typed into a request, hands it a [`World`] to read files with, and shows the [`Output`]:
//! its JSON as it is, or its [`view::View`] through one of the renderers. Nothing here reads a file, a clock or the
//! environment itself.
//!
//! Every command's module has its typed function ([`commands::estimate::estimate`], [`commands::memory::memory`] and so
//! on), which takes its request and gives a report: a plain struct of quantities. `examples/size_deployment.rs` asks one.
//!
//! # What stays
//!
//! - Requests are made by their `new`, or by `default` where nothing is required, and by setting their public fields.
//!   Requests, reports and their enums are `#[non_exhaustive]`: a field or a variant more is no break.
//! - A field keeps its name, its unit and its meaning as long as the document's heading keeps its number
//!   (`slipstick.estimate/1`): the struct, the JSON, the CSV column and the sort key have one name. `docs/schemas` in the
//!   repository is held to that by a test.
//! - Codes of [`ApiError`] and exit codes keep their meaning.
//! - Values may change with any release, since knowledge does; the changelog lists them under "Numbers that changed".
//! - The words and the layout of a [`view::View`], of help and of messages may change at any time.
//! - The crates below promise nothing yet: until 1.0 their types follow the needs of this one.

pub mod commands;
mod document;
mod error;
pub mod history;
pub mod http;
#[doc(hidden)]
pub mod least_squares;
mod output;
pub mod provenance;
pub mod registry;
pub mod render;
pub mod report;
pub mod request;
pub mod resolve;
pub mod rows;
mod steps;
pub mod table;
pub mod validate;
pub mod view;
mod world;

pub use error::{ApiError, ErrorKind};
pub use output::{Answered, Output};
pub use provenance::Provenance;
pub use slipstick_catalog::{Catalog, LayerName};
pub use steps::Bounds;
pub use world::{ModelFiles, OverlayFile, World};
