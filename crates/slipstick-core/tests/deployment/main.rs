//! Laws and published numbers of models laid out over accelerators.

mod batches;
mod engine;
mod example;
mod formats;
mod hardware;
mod models;
mod plan;
mod pools;
mod rates;
mod search;
mod space;
mod steps;
