//! Laws and published numbers of models laid out over accelerators.

mod formats;
mod hardware;
mod models;
mod plan;
mod steps;
