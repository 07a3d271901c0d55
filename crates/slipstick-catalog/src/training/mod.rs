//! Training softwares, what training reaches of peaks, and what every training answer assumes.

mod assumptions;
mod fits;
mod stacks;

pub use assumptions::{DenseFamily, dense_family, run_assumptions};
pub use fits::{Precision, TrainingFit, Work};
pub use stacks::StackEntry;

pub(crate) use fits::efficiency;
pub(crate) use stacks::{STACKS, holding, newest};
