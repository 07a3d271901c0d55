//! Over the Model Context Protocol on standard input and output: tools for agents.
//!
//! A tool is a command of the registry, its arguments are the request, its content is the document of `--json`.

mod handler;
mod pages;
mod settings;
mod tools;
mod watched;

use rmcp::{ServiceExt as _, transport::stdio};
use slipstick_api::ApiError;
use tokio::runtime;

pub use settings::Settings;

use handler::Handler;

/// Serves whoever started the process, until its input ends.
///
/// # Errors
/// If a tool of the settings is none, a catalogue file is wrong, or the other side does not speak the protocol.
pub fn serve(settings: Settings) -> Result<(), ApiError> {
    let handler = Handler::new(settings)?;
    let runtime = runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| {
        ApiError::internal("server.threads", format!("no threads can be started: {error}"))
    })?;
    let ended = runtime.block_on(async {
        let served = handler.serve(stdio()).await.map_err(|error| silent(&error))?;
        served.waiting().await.map_err(|error| silent(&error))?;
        Ok(())
    });
    // A thread may still wait for a line of the input, which nobody will end.
    runtime.shutdown_background();
    ended
}

/// The refusal of an input that is no client.
fn silent(error: &dyn core::fmt::Display) -> ApiError {
    ApiError::input("mcp.no_client", format!("nobody speaks the protocol here: {error}"))
        .help("slipstick mcp is started by a client, which writes its requests to standard input")
}
