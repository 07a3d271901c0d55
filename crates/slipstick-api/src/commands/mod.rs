//! One file a command: a request in, an answer out.

mod estimate;
mod memory;
pub mod methods;
mod model;

pub use estimate::estimate;
pub use memory::memory;
pub use model::model;
