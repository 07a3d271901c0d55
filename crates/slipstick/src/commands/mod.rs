//! One file a command: its arguments, and how they become a request.

mod catalogue;
mod compare;
pub(crate) mod completions;
mod deployment;
mod estimate;
pub(crate) mod explain;
pub(crate) mod history;
pub(crate) mod man;
mod memory;
mod methods;
mod model;
mod recommend;
mod run;
mod summarize;
mod validate;

use clap::Subcommand;
use slipstick_api::{ApiError, Output};

use crate::{Session, asked::Asked};

use catalogue::{EnginesArgs, GpusArgs, InstancesArgs, ModelsArgs, PricesArgs};
pub(crate) use compare::CompareArgs;
pub(crate) use estimate::EstimateArgs;
pub(crate) use memory::MemoryArgs;
pub use methods::{MethodsAction, MethodsArgs};
pub use model::ModelArgs;
pub(crate) use recommend::RecommendArgs;
pub(crate) use run::RunArgs;
pub(crate) use summarize::SummarizeArgs;
pub(crate) use validate::ValidateArgs;

/// The commands that answer a question, and whose numbers can therefore be explained.
#[derive(Debug, Subcommand)]
pub enum Question {
    /// Show what a model is made of: parameters, layers, cache, state, FLOPs
    Model(ModelArgs),
    /// Say whether a deployment fits, itemised, and how far context and concurrency could go
    Memory(Box<MemoryArgs>),
    /// Estimate latency, throughput, cost and energy of a deployment under a load
    Estimate(Box<EstimateArgs>),
    /// Ask the same of several accelerators, formats, engines or clouds, as one table
    Compare(Box<CompareArgs>),
    /// Say which models fit and serve well on some hardware, ranked, with reasons
    Recommend(Box<RecommendArgs>),
    /// Say what a measured run amounts to: latency, rates, MFU and MBU
    Summarize(SummarizeArgs),
    /// Ask again what a scenario file holds
    Run(RunArgs),
    /// Predict every row of a table of measurements and say how far off that is
    Validate(ValidateArgs),
    /// Named methods of estimating, as their authors wrote them: list, show, compare, eval
    Methods(MethodsArgs),
    /// List accelerators, or show one in full
    Gpus(GpusArgs),
    /// List what clouds ask for accelerators, with the age of each price
    Instances(InstancesArgs),
    /// List what hosted services ask for tokens
    Prices(PricesArgs),
    /// List the models known by name, or show one
    Models(ModelsArgs),
    /// List serving engines and what each supports, or show one
    Engines(EnginesArgs),
}

impl Question {
    /// Asks it.
    ///
    /// # Errors
    /// If the request makes no sense, or something it names is not found.
    pub fn ask(&self, session: &Session) -> Result<Asked, ApiError> {
        match self {
            Self::Model(args) => model::ask(args, session),
            Self::Memory(args) => memory::ask(args, session),
            Self::Estimate(args) => estimate::ask(args, session),
            Self::Compare(args) => compare::ask(args, session),
            Self::Recommend(args) => recommend::ask(args, session),
            Self::Summarize(args) => summarize::ask(args, session),
            Self::Run(args) => run::ask(args, session),
            Self::Methods(args) => methods::ask(args, session),
            Self::Gpus(args) => catalogue::gpus(args, session).map(Asked::from),
            Self::Instances(args) => catalogue::instances(args, session).map(Asked::from),
            Self::Prices(args) => catalogue::prices(args, session).map(Asked::from),
            Self::Models(args) => catalogue::models(args, session).map(Asked::from),
            Self::Engines(args) => catalogue::engines(args).map(Asked::from),
            Self::Validate(args) => validate::answer(args, session).map(Asked::from),
        }
    }

    /// Asks it, for the answer alone.
    ///
    /// # Errors
    /// If the request makes no sense, or something it names is not found.
    pub fn answer(&self, session: &Session) -> Result<Output, ApiError> {
        self.ask(session).map(|asked| asked.output)
    }
}
