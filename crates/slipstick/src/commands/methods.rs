//! `slipstick methods`.

use clap::{Args, Subcommand};
use slipstick_api::{ApiError, Output, commands::methods};

const EXAMPLES: &str = "\
Examples:
  slipstick methods list
  slipstick methods show llm-tools --markdown
  slipstick methods eval llm-tools kv_cache batch=1 seq=32k layers=32 hidden=4096
  slipstick methods eval inference-arithmetic ops_per_byte tflops=989 bandwidth_gb_s=3.35TB/s --json";

/// Arguments of `slipstick methods`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct MethodsArgs {
    /// What to do with them.
    #[command(subcommand)]
    pub action: MethodsAction,
}

/// What can be done with methods.
#[derive(Debug, Subcommand)]
pub enum MethodsAction {
    /// List every method
    List,
    /// Show a method: formulas, inputs, source, known faults
    Show {
        /// The method, such as tokentally
        #[arg(value_name = "METHOD")]
        method: String,
    },
    /// Compute one quantity as the method's authors wrote it
    Eval {
        /// The method, such as tokentally
        #[arg(value_name = "METHOD")]
        method: String,
        /// The quantity, such as kv_cache
        #[arg(value_name = "QUANTITY")]
        quantity: String,
        /// Its inputs, such as seq=32k
        #[arg(value_name = "KEY=VALUE")]
        inputs: Vec<String>,
    },
}

pub(super) fn answer(args: &MethodsArgs) -> Result<Output, ApiError> {
    match &args.action {
        MethodsAction::List => Ok(methods::list()),
        MethodsAction::Show { method } => methods::show(method),
        MethodsAction::Eval { method, quantity, inputs } => methods::eval(method, quantity, inputs),
    }
}
