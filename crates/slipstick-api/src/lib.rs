//! The contract of slipstick: one request, one answer, the same for every face.
//!
//! A face turns what a person typed into a request, hands it a [`World`] to read files with, and shows the [`Output`]:
//! its JSON as it is, or its [`view::View`] through one of the renderers. Nothing here reads a file, a clock or the
//! environment itself.

pub mod commands;
mod error;
pub mod history;
mod output;
pub mod provenance;
pub mod registry;
pub mod render;
pub mod report;
pub mod request;
pub mod resolve;
pub mod validate;
pub mod view;
mod world;

pub use error::{ApiError, ErrorKind};
pub use output::{Answered, Output};
pub use provenance::Provenance;
pub use slipstick_catalog::{Catalog, LayerName};
pub use world::{ModelFiles, OverlayFile, World};
