//! Views as text, markdown and CSV. Every renderer is a pure function.

mod bar;
mod csv;
mod grid;
mod markdown;
mod paint;
mod plot;
mod refusal;
mod svg;
mod text;

pub use csv::csv;
pub use markdown::markdown;
pub use refusal::refusal;
pub use svg::svg;
pub use text::{TextStyle, text};
