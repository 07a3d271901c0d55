//! `slipstick run`: a scenario asked again.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use slipstick_catalog::Catalog;

use crate::{
    ApiError, Output, World,
    registry::Question,
    request::Request,
    resolve::{Given, given},
};

/// A scenario file is a page at most.
const SCENARIO_LIMIT: u64 = 1 << 20;

/// What does a scenario file ask, and what is its answer today?
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct RunRequest {
    /// A scenario file, as --save writes it
    #[arg(value_name = "FILE")]
    pub file: String,
}

crate::request::needs!(RunRequest: file);

impl Question for RunRequest {
    const NAME: &'static str = "run";
    const ABOUT: &'static str = "Ask again what a scenario file holds";
    const EXAMPLES: &'static [&'static str] = &[
        "slipstick estimate llama-3.1-8b --on h100 --concurrency 32 --save chat.toml",
        "slipstick run chat.toml",
        "slipstick run chat.toml --json",
    ];
    const KEPT: bool = false;
    const LONG: bool = true;
    const DRAWN: bool = true;

    fn answer(&self, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
        scenario(&self.file, world)?.answer(catalog, world)
    }
}

/// The request in a scenario file.
///
/// # Errors
/// If the file cannot be read, or holds no request, or one to run a file again.
pub(crate) fn scenario(file: &str, world: &dyn World) -> Result<Request, ApiError> {
    let Given { name, text } = given(file, SCENARIO_LIMIT, world)?;
    let request = Request::from_toml(&text, &name)?;
    if matches!(request, Request::Run(_)) {
        return Err(ApiError::input(
            "scenario.invalid",
            "a scenario that runs another one asks nothing itself",
        )
        .at(name)
        .help("run the other file"));
    }
    Ok(request)
}

impl Request {
    /// The question behind `slipstick run`: the scenario in its file; any other request itself.
    ///
    /// # Errors
    /// If the file cannot be read or holds no request.
    pub fn opened(self, world: &dyn World) -> Result<Self, ApiError> {
        match self {
            Self::Run(run) => scenario(&run.file, world),
            other => Ok(other),
        }
    }
}
