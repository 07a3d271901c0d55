//! `slipstick history`.

use clap::{Args, Subcommand};
use slipstick_api::{
    ApiError, Output,
    history::{Again, Kept, Wanted, compare, list, plotted, show},
};

use slipstick_world::{History, LocalWorld, enter};

use crate::{Session, asked::Asked, show as output};

/// Answers listed if nobody says how many.
const USUAL_LENGTH: usize = 20;

const EXAMPLES: &str = "\
Examples:
  slipstick history                        the last answers, the newest first
  slipstick history list --command estimate --model qwen3 --sort output_tokens_per_s
                                           of some questions, the fastest first
  slipstick history plot tpot_s --model llama-3.1-8b
                                           a number over past answers
  slipstick history show 1                 the last answer's question and numbers
  slipstick history run 3                  ask the third last again
  slipstick history compare 2 1            what changed between two answers
  slipstick history clear

Kept in $XDG_DATA_HOME/slipstick (or ~/.local/share/slipstick), 8 MiB at most, are question, headline \
numbers and a hash of each answer. The rest is asked again, without the network; an answer that is \
another now says so. SLIPSTICK_HISTORY=off or --no-history keeps none.";

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
        /// Which, and in what order.
        #[command(flatten)]
        wanted: Wanted,
    },
    /// Plot one number of them, the oldest at the left
    Plot {
        /// Its name in the JSON answer, such as output_tokens_per_s
        #[arg(value_name = "NUMBER")]
        number: String,
        /// How many
        #[arg(long, value_name = "COUNT", default_value_t = USUAL_LENGTH)]
        limit: usize,
        /// Of which answers.
        #[command(flatten)]
        wanted: Wanted,
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
    let find = |name: &String| history.past()?.find(name);
    let found = |answer: Output| output::output(&answer, session);
    match &args.action {
        None => found(listed(&history, USUAL_LENGTH, &Wanted::default())?),
        Some(HistoryAction::List { limit, wanted }) => found(listed(&history, *limit, wanted)?),
        Some(HistoryAction::Plot { number, limit, wanted }) => {
            output::view(plotted(number, &history.past()?.newest(*limit, wanted)?)?, session)?;
            Ok(0)
        }
        Some(HistoryAction::Show { answer }) => found(show(&again(find(answer)?)).into()),
        Some(HistoryAction::Run { answer }) => repeat(find(answer)?, session),
        Some(HistoryAction::Compare { answers }) => {
            let past = history.past()?;
            let chosen: Result<Vec<Kept>, ApiError> = answers.iter().map(|name| past.find(name)).collect();
            found(compare(&chosen?.into_iter().map(again).collect::<Vec<_>>())?.into())
        }
        Some(HistoryAction::Clear) => {
            history.clear()?;
            Ok(0)
        }
    }
}

fn listed(history: &History, limit: usize, wanted: &Wanted) -> Result<Output, ApiError> {
    Ok(list(&history.past()?.newest(limit, wanted)?, &history.place()).into())
}

/// A past answer with what its question is answered with now, asked where it was asked and against the date of then.
fn again(kept: Kept) -> Again {
    let world = LocalWorld::of_past(&kept.entry);
    let now = enter(&kept.entry).and_then(|()| Asked::within(kept.entry.request.clone(), &world));
    Again::new(kept, now.map(|asked| asked.output))
}

/// Asks a past question as a new one, where it was asked, and says if it is answered otherwise than then.
fn repeat(kept: Kept, session: &Session) -> Result<u8, ApiError> {
    enter(&kept.entry)?;
    let mut asked = Asked::ask(kept.entry.request.clone(), session)?;
    if let Some(remark) = Again::new(kept, Ok(asked.output.clone())).remark() {
        asked.output.view.warning(remark);
    }
    asked.conclude(session)
}
