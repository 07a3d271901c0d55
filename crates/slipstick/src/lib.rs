//! The command line of slipstick: arguments to a request, a request to an answer, an answer to the terminal.
//!
//! Nothing here computes. `main` reads as the data flow: arguments, question, answer, output.

mod asked;
mod cli;
mod commands;
mod crash;
mod progress;
mod question;
mod refusal;
mod scenario;
mod session;
mod show;

use std::{ffi::OsString, process::ExitCode};

use slipstick_api::ApiError;

pub use asked::Asked;
pub use cli::{Cli, ColorWhen, Command, Global, command};
pub use question::TypedQuestion;
pub use session::Session;

/// Runs the program with its arguments, the first being its own name.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    crash::install();
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if arguments.len() <= 1 {
        return ExitCode::from(commands::welcome::run().unwrap_or_else(|error| error.exit_code()));
    }
    let code = match Cli::read(&arguments) {
        Ok(cli) => {
            let session = Session::new(cli.global);
            run(&cli.command, &session).unwrap_or_else(|error| refusal::show(&error, &session))
        }
        Err(error) => refusal::usage(&error, &arguments),
    };
    ExitCode::from(code)
}

/// Runs one command and returns the exit code of its answer.
fn run(command: &Command, session: &Session) -> Result<u8, ApiError> {
    match command {
        Command::Question(question) => Asked::show(question.0.clone(), session),
        Command::Explain(args) => commands::explain::run(args, session),
        Command::History(args) => commands::history::run(args, session),
        Command::Schema(args) => commands::schema::run(args, session),
        Command::Completions(args) => commands::completions::run(args, session),
        Command::Man(args) => commands::man::run(args),
        #[cfg(feature = "mcp")]
        Command::Mcp(args) => commands::mcp::run(args, session),
        #[cfg(feature = "serve")]
        Command::Serve(args) => commands::serve::run(args, session),
    }
}
