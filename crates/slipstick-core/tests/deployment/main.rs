//! Laws and published numbers of models laid out over accelerators.

mod formats;
mod models;
mod plan;
