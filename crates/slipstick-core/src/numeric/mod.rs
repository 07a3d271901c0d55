//! Numeric formats as block layouts: how many bytes so many values take, scales included.

mod ggml;
mod layout;

pub use ggml::{GgmlType, UnknownGgmlType};
pub use layout::{Format, Layout, ScalarFormat};
