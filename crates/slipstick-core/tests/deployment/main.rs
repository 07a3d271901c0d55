//! Laws and published numbers of models laid out over accelerators.

mod models;
mod plan;
