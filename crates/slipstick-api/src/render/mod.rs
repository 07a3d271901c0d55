//! Views as text and markdown. Every renderer is a pure function.

mod bar;
mod grid;
mod harmless;
mod markdown;
mod paint;
mod plot;
mod refusal;
mod svg;
mod text;
mod ticks;

pub use harmless::{HarmlessWriter, harmless};
pub use markdown::markdown;
pub use refusal::refusal;
pub use svg::svg;
pub use text::{TextStyle, text};
