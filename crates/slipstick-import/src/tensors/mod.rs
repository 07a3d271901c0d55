//! The tensors of a model file, whatever its format, and what they add up to.

mod difference;
mod file;
mod name;
mod packing;
mod part;
mod stored;
mod summary;

pub use difference::Difference;
pub(crate) use file::elements;
pub use file::{Prefix, TensorFile, TensorInfo};
pub use packing::Packing;
pub use part::part_of;
pub use stored::{Dtype, StoredType};
pub use summary::{Tally, TensorSummary};
