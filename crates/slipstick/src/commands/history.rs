//! `slipstick history`.

use std::env;

use clap::{Args, Subcommand};
use slipstick_api::{
    ApiError, Output,
    history::{Kept, compare, list, show},
};

use slipstick_world::History;

use crate::{Session, asked::Asked, show as output};

/// Answers listed if nobody says how many.
const USUAL_LENGTH: usize = 20;

const EXAMPLES: &str = "\
Examples:
  slipstick history                        the last answers, the newest first
  slipstick history show 1                 the last answer's question and numbers
  slipstick history run 3                  ask the third last again
  slipstick history compare 2 1            what changed between two answers
  slipstick history clear

Answers are kept in $XDG_DATA_HOME/slipstick (or ~/.local/share/slipstick), 4 MiB at most.
SLIPSTICK_HISTORY=off or --no-history keeps none.";

/// Arguments of `slipstick history`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct HistoryArgs {
    /// What to do with them; list if not given.
    #[command(subcommand)]
    pub action: Option<HistoryAction>,
}

/// What can be done with past answers.
#[derive(Debug, Subcommand)]
pub enum HistoryAction {
    /// List them, the newest first
    List {
        /// How many
        #[arg(long, value_name = "COUNT", default_value_t = USUAL_LENGTH)]
        limit: usize,
    },
    /// Show the question and the numbers of one
    Show {
        /// Its number, the last being 1, or its name
        #[arg(value_name = "ANSWER")]
        answer: String,
    },
    /// Ask one again
    Run {
        /// Its number, the last being 1, or its name
        #[arg(value_name = "ANSWER")]
        answer: String,
    },
    /// Show the numbers in which two or more differ
    Compare {
        /// Their numbers, the last being 1, or their names
        #[arg(value_name = "ANSWER", num_args = 2..=8, required = true)]
        answers: Vec<String>,
    },
    /// Forget them all
    Clear,
}

/// Does it, and returns the exit code.
pub(crate) fn run(args: &HistoryArgs, session: &Session) -> Result<u8, ApiError> {
    let history = History::of_user()?;
    let found = |answer: Output| output::output(&answer, session);
    match &args.action {
        None => {
            let (all, spoilt) = history.read()?;
            found(list(&all, spoilt, USUAL_LENGTH, &history.place()))
        }
        Some(HistoryAction::List { limit }) => {
            let (all, spoilt) = history.read()?;
            found(list(&all, spoilt, *limit, &history.place()))
        }
        Some(HistoryAction::Show { answer }) => found(show(Kept::find(&history.read()?.0, answer)?)),
        Some(HistoryAction::Run { answer }) => again(Kept::find(&history.read()?.0, answer)?, session),
        Some(HistoryAction::Compare { answers }) => {
            let all = history.read()?.0;
            let chosen: Result<Vec<&Kept>, ApiError> =
                answers.iter().map(|name| Kept::find(&all, name)).collect();
            found(compare(&chosen?)?)
        }
        Some(HistoryAction::Clear) => {
            history.clear()?;
            Ok(0)
        }
    }
}

/// Asks a past question again, where it was asked: its paths are meant from there.
fn again(kept: &Kept, session: &Session) -> Result<u8, ApiError> {
    let directory = &kept.entry.directory;
    env::set_current_dir(directory).map_err(|error| {
        ApiError::input("history.directory", format!("{directory} cannot be entered: {error}"))
            .at(directory.clone())
            .help("the question was asked there, and its paths are meant from there")
    })?;
    Asked::ask(kept.entry.request.clone(), session)?.conclude(session)
}
