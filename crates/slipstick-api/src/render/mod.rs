//! Views as text and markdown. Every renderer is a pure function.

mod bar;
mod grid;
mod markdown;
mod paint;
mod plot;
mod refusal;
mod svg;
mod text;

pub use markdown::markdown;
pub use refusal::refusal;
pub use svg::svg;
pub use text::{TextStyle, text};
