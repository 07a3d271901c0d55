//! safetensors: the header of a file, the index of a set of files, and both together.

mod assemble;
mod header;
mod index;

pub use assemble::{AssembleError, Assembled, assemble};
pub use header::{MAX_HEADER_BYTES, SafetensorsError, parse_header};
pub use index::{IndexError, ShardIndex, parse_index};
