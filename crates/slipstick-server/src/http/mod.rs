//! Over HTTP: the web page, the programming interface below it, and its description.

mod answer;
mod app;
mod asker;
mod assets;
mod connection;
mod events;
mod guard;
mod metrics;
mod pool;
mod question;
mod refusal;
mod reply;
mod routes;
mod server;
mod settings;
mod spoken;

pub use app::App;
pub use routes::routes;
pub use server::{Server, serve};
pub use settings::{Limits, Settings};
