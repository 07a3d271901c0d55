//! One file a command: a request in, an answer out.

mod model;

pub use model::model;
