//! One file a command: a request in, an answer out.

mod catalogue;
mod compare;
mod estimate;
mod memory;
pub mod methods;
mod model;

pub use catalogue::{engines, gpus, import_prices, instances, models, prices};
pub use compare::compare;
pub use estimate::estimate;
pub use memory::memory;
pub use model::model;
