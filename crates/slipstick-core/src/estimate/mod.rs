//! From a model, hardware, a workload and a plan to the numbers users ask for.

pub mod answer;
pub mod compute;
pub mod cost;
pub mod crossing;
pub mod hosted;
pub mod hours;
pub mod memory;
pub mod serving;
pub mod step;
pub mod summary;

pub use answer::{Answer, Estimate, Money, Prepared, Verdict, answer, pools};
