//! One file a command: its arguments, and how they become a request.

pub(crate) mod completions;
mod deployment;
mod estimate;
pub(crate) mod explain;
pub(crate) mod man;
mod memory;
mod methods;
mod model;

use clap::Subcommand;
use slipstick_api::{ApiError, Output};

use crate::Session;

pub(crate) use estimate::EstimateArgs;
pub(crate) use memory::MemoryArgs;
pub use methods::{MethodsAction, MethodsArgs};
pub use model::ModelArgs;

/// The commands that answer a question, and whose numbers can therefore be explained.
#[derive(Debug, Subcommand)]
pub enum Question {
    /// Show what a model is made of: parameters, layers, cache, state, FLOPs
    Model(ModelArgs),
    /// Say whether a deployment fits, itemised, and how far context and concurrency could go
    Memory(Box<MemoryArgs>),
    /// Estimate latency, throughput, cost and energy of a deployment under a load
    Estimate(Box<EstimateArgs>),
    /// Named methods of estimating, as their authors wrote them: list, show, eval
    Methods(MethodsArgs),
}

impl Question {
    /// Asks it.
    ///
    /// # Errors
    /// If the request makes no sense, or something it names is not found.
    pub fn answer(&self, session: &Session) -> Result<Output, ApiError> {
        match self {
            Self::Model(args) => model::answer(args, session),
            Self::Memory(args) => memory::answer(args, session),
            Self::Estimate(args) => estimate::answer(args, session),
            Self::Methods(args) => methods::answer(args),
        }
    }
}
