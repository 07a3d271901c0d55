//! Numeric formats as block layouts: how many bytes so many values take, scales included.

mod cache;
mod ggml;
mod layout;
mod name_pattern;
mod names;
mod scheme;

pub use cache::CacheFormat;
pub use ggml::{GgmlType, UnknownGgmlType};
pub use layout::{Format, Layout, ScalarFormat};
pub use name_pattern::NamePattern;
pub use names::Names;
pub use scheme::{QuantScheme, SchemeRule};
