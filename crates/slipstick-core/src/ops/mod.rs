//! Operators: the waist between architectures and timing.
//!
//! [`lower()`] turns a model under a plan into operator lines, each linear in the tokens it works on; a line evaluated on a
//! step gives an [`OpCost`]. A new architecture adds weights and mixers, a new chip adds a data row, and neither touches
//! timing.

mod cost;
mod gemm;
mod lower;
mod mix;
mod operator;
mod traffic;

pub use cost::{OpCost, Phase, Step};
pub use gemm::{ExpertLine, GemmLine};
pub use lower::{Hardware, LoweredGroup, LoweredModel, Lowering, lower};
pub use mix::{ByHead, MixLine};
pub use operator::Operator;
