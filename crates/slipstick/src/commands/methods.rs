//! `slipstick methods`.

use clap::{Args, Subcommand};
use slipstick_api::{ApiError, commands::methods, request::Request};

use super::EstimateArgs;
use crate::{Session, asked::Asked};

const EXAMPLES: &str = "\
Examples:
  slipstick methods list
  slipstick methods show llm-tools --markdown
  slipstick methods compare llama-3.1-70b --on 8xh100 --input 31k --output 1k --concurrency 32
  slipstick methods page llm-calculator params_b=40 gtokens=1000 gpus=300 usd_per_gpu_hour=$2.50/h
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
    /// Put one deployment and load through every method and the estimate, side by side
    Compare(Box<EstimateArgs>),
    /// Compute everything that the inputs are enough for, on one page
    Page {
        /// The method, such as llm-calculator
        #[arg(value_name = "METHOD")]
        method: String,
        /// Its inputs, such as params_b=40
        #[arg(value_name = "KEY=VALUE")]
        inputs: Vec<String>,
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

pub(super) fn ask(args: &MethodsArgs, session: &Session) -> Result<Asked, ApiError> {
    match &args.action {
        MethodsAction::List => Ok(methods::list().into()),
        MethodsAction::Show { method } => methods::show(method).map(Asked::from),
        MethodsAction::Compare(args) => {
            Asked::ask(Request::MethodsCompare(Box::new(args.request(session)?)), session)
        }
        MethodsAction::Page { method, inputs } => methods::page(method, inputs).map(Asked::from),
        MethodsAction::Eval { method, quantity, inputs } => {
            methods::eval(method, quantity, inputs).map(Asked::from)
        }
    }
}
