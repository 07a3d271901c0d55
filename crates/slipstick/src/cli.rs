//! The arguments that every command takes, and the list of commands.

use std::{ffi::OsString, path::PathBuf};

use clap::{Arg, ArgAction, Args, FromArgMatches as _, Subcommand, ValueEnum};
use slipstick_api::{registry, request::subcommands};

#[cfg(feature = "mcp")]
use crate::commands::mcp::McpArgs;
#[cfg(feature = "serve")]
use crate::commands::serve::ServeArgs;
use crate::{
    commands::{
        completions::CompletionsArgs, explain::ExplainArgs, history::HistoryArgs, man::ManArgs,
        schema::SchemaArgs,
    },
    question::TypedQuestion,
};

const ABOUT: &str = "The slide rule for large language models: memory, speed and cost on any hardware";

const EXAMPLES: &str = "\
Examples:
  slipstick model llama-3.1-8b             what a model is made of
  slipstick memory ./config.json --on rtx-4090 --quant q4_k_m
                                           does it fit, and how far
  slipstick estimate org/name --on 8xh100 --input 1k --output 256 --concurrency 32
                                           speed, cost, launch command
  slipstick explain tpot_s estimate llama-3.1-8b --on h100
                                           where one number comes from
  slipstick completions bash               completions for your shell

Exit codes:
  0 answered   1 answered no (does not fit, target missed)   2 bad input
  3 catalogue or network   70 a bug in slipstick";

/// What every command takes, in one line; `--svg` only where there is something to draw.
fn globals(draws: bool) -> String {
    let svg = if draws { " --svg FILE" } else { "" };
    format!(
        "Everywhere: --json --markdown --csv --details --explain{svg} --save FILE -q --offline\n\
         and others: see slipstick --help. Every flag at length: --help-all"
    )
}

/// What was typed.
#[derive(Debug)]
pub struct Cli {
    /// What to do.
    pub command: Command,
    /// How to do it.
    pub global: Global,
}

/// Every command: those of the registry, and what this face does besides.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Commands that answer a question.
    #[command(flatten)]
    Question(TypedQuestion),
    /// Show where a number of an answer comes from: formula, inputs, source
    Explain(ExplainArgs),
    /// List, show, repeat and compare past answers
    History(HistoryArgs),
    /// Print the JSON Schema of a command's document, or list them
    Schema(SchemaArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Print the manual page
    Man(ManArgs),
    /// Serve tools to an agent over the Model Context Protocol, on standard input and output
    #[cfg(feature = "mcp")]
    Mcp(McpArgs),
    /// Serve the web page and the programming interface over HTTP, to this machine alone unless told
    #[cfg(feature = "serve")]
    Serve(ServeArgs),
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Arguments of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output and surroundings")]
#[expect(clippy::struct_excessive_bools, reason = "each is one switch of the command line")]
pub struct Global {
    /// Print the answer as JSON
    #[arg(long, global = true, conflicts_with_all = ["markdown", "csv"])]
    pub json: bool,
    /// Print the answer as GitHub markdown
    #[arg(long, global = true, conflicts_with = "csv")]
    pub markdown: bool,
    /// Print the answer as CSV: one row, or one for each row of a list, in base units
    #[arg(long, global = true)]
    pub csv: bool,
    /// Add what only some want to know: the memory to the byte, operators, intensity
    #[arg(long, global = true)]
    pub details: bool,
    /// Add where each number comes from
    #[arg(long, global = true)]
    pub explain: bool,
    /// A directory of your own accelerators, prices and models; may be repeated
    #[arg(long, global = true, value_name = "DIR")]
    pub catalog: Vec<PathBuf>,
    /// The serving engine, such as vllm or vllm@0.11
    #[arg(long, global = true, value_name = "NAME[@VERSION]")]
    pub engine: Option<String>,
    /// Never use the network
    #[arg(long, global = true, env = "SLIPSTICK_OFFLINE", value_parser = clap::builder::FalseyValueParser::new())]
    pub offline: bool,
    /// Columns to use; the terminal's if not given
    #[arg(long, global = true, value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(24..=400))]
    pub width: Option<u16>,
    /// Save the question as a scenario, which slipstick run asks again
    #[arg(long, global = true, value_name = "FILE")]
    pub save: Option<PathBuf>,
    /// Draw the answer's plot into an SVG file
    #[arg(long, global = true, value_name = "FILE")]
    pub svg: Option<PathBuf>,
    /// Write over the files of --save and --svg
    #[arg(long, global = true)]
    pub force: bool,
    /// Keep no record of this answer; see slipstick history
    #[arg(long, global = true)]
    pub no_history: bool,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorWhen,
    /// Leave out notes; warnings stay
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say on standard error which files are read
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// The date against which prices age, for answers that can be repeated
    #[arg(long, global = true, value_name = "YYYY-MM-DD", env = "SLIPSTICK_TODAY", hide = true)]
    pub today: Option<jiff::civil::Date>,
}

/// The whole command line, for completions, manual pages and generated documents.
pub fn command() -> clap::Command {
    assembled(&|_| true)
}

/// The command line with the flags of those questions that are `named`: the others are listed, but cost nothing.
fn assembled(named: &dyn Fn(&str) -> bool) -> clap::Command {
    let questions = clap::Command::new("slipstick").subcommands(subcommands(named));
    let whole = Command::augment_subcommands(questions);
    let asks = whole.get_subcommands().any(|command| named(command.get_name()));
    // What every command takes stands in one line of a command's help, and in full in that of the program.
    let globals =
        Global::augment_args(clap::Command::new("slipstick")).mut_args(|flag| flag.hide_short_help(asks));
    let own = whole.mut_subcommands(|command| with_globals_named(command, ""));
    let whole = own
        .args(globals.get_arguments())
        .version(env!("CARGO_PKG_VERSION"))
        .about(ABOUT)
        .after_help(EXAMPLES)
        .max_term_width(100)
        .disable_help_flag(true)
        .arg(help_flag("help", ArgAction::HelpShort).short('h').help("Print help").hide_short_help(asks))
        .arg(
            help_flag("help-all", ArgAction::HelpLong)
                .help("Print help with every flag, at length")
                .hide_short_help(asks),
        )
        .arg_required_else_help(true)
        .subcommand_required(true)
        .disable_help_subcommand(true)
        .infer_long_args(true);
    with_negative_values(if named("explain") {
        whole.mut_subcommand("explain", |explain| explain.subcommands(subcommands(named)))
    } else {
        whole
    })
}

/// Names what every command takes at the end of a command's short help. `above` is the command that it stands below.
fn with_globals_named(command: clap::Command, above: &str) -> clap::Command {
    let name = format!("{above}{}", command.get_name());
    let asked = name.strip_prefix("explain ").unwrap_or(&name);
    let draws =
        asked == "history plot" || registry::Command::named(asked).is_some_and(|command| command.drawn);
    let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let below = format!("{name} ");
    let command = command.after_help(format!("{}\n\n{examples}", globals(draws)));
    command.mut_subcommands(|command| with_globals_named(command, &below))
}

fn help_flag(name: &'static str, action: ArgAction) -> Arg {
    Arg::new(name).long(name).action(action).global(true)
}

/// Takes `-5` after a flag for its value everywhere: the refusal then names the flag and says what would be right.
fn with_negative_values(command: clap::Command) -> clap::Command {
    let command = command.mut_args(|argument| {
        let takes_value = argument.get_action().takes_values();
        if takes_value { argument.allow_negative_numbers(true) } else { argument }
    });
    command.mut_subcommands(with_negative_values)
}

impl Cli {
    /// Reads the arguments of a process, the first being the program's own name.
    ///
    /// # Errors
    /// If they are wrong, or ask for help or the version.
    pub fn read(arguments: &[OsString]) -> Result<Self, clap::Error> {
        let named = |name: &str| arguments.iter().any(|word| word == name);
        let mut command = assembled(&named);
        let matches = command.try_get_matches_from_mut(arguments)?;
        let read = || {
            Ok(Self {
                command: Command::from_arg_matches(&matches)?,
                global: Global::from_arg_matches(&matches)?,
            })
        };
        read().map_err(|error: clap::Error| error.format(&mut command))
    }
}
