//! One file a command: a request in, an answer out.

pub mod methods;
mod model;

pub use model::model;
