//! GGUF: the header of a file, versions 1 to 3, and split files put together.
//!
//! Source: ggml, `docs/gguf.md` and `gguf.cpp` at d99724f.

mod error;
mod formats;
mod header;
mod metadata;
mod reader;
mod split;
mod tensor_list;

pub use error::GgufError;
pub use formats::StoredFormats;
pub(crate) use formats::{place, roles};
pub use header::{Gguf, MAX_HEADER_BYTES, parse};
pub use metadata::{Metadata, Value, ValueType};
pub use split::{Split, assemble};
