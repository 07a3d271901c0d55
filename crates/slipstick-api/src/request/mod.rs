//! What can be asked. Requests are plain data: a face fills one in, a scenario file stores one.

mod format;
mod model;
mod quantity;

pub use format::{cache_format, cache_format_names, format_name};
pub use model::ModelRequest;
pub use quantity::{Count, Duration, Memory, Price, Rate, parse_at};
