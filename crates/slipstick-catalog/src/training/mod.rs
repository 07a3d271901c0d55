//! Training softwares, what training reaches of peaks, and what every training answer assumes.

mod allocator;
mod assumptions;
mod bands;
mod fits;
mod limits;
mod memory;
mod reach;
mod stacks;
mod sustained;

pub use allocator::{ALLOCATOR_PARTS, allocator_of};
pub use assumptions::{
    DenseFamily, RoundRates, dense_family, padding_growth, round_fit, round_rates, run_assumptions,
};
pub use fits::{Precision, TrainingFit, Work, keys};
pub use limits::{Split, StackLimits, stack_limits};
pub use memory::MemoryFit;
pub use stacks::StackEntry;

pub(crate) use fits::efficiency;
pub(crate) use memory::memory_fits;
pub(crate) use stacks::{STACKS, holding, newest};
