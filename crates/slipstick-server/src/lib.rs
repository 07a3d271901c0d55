//! Answers over HTTP: the web page, the programming interface below it, and its description.
//!
//! Nothing here computes and nothing is decided about documents: a body is a request of the registry, and what comes back
//! is the document of `--json`, or the refusal as a problem document. Strangers ask, so their questions are answered in a
//! [`slipstick_world::ClosedWorld`], which reads no path and fetches no address.

mod answer;
mod app;
mod asking;
mod assets;
mod connection;
mod guard;
mod lookup;
mod refusal;
mod reply;
mod routes;
mod server;
mod settings;

pub use app::App;
pub use routes::routes;
pub use server::{Server, serve};
pub use settings::{Limits, Settings};
