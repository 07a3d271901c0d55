//! A question that was answered, with the request that would ask it again.

use slipstick_api::{ApiError, Output, commands, request::Request};

use crate::{Session, scenario, show};

/// An answer, and its request if it is of a kind that can be kept.
#[derive(Debug)]
pub struct Asked {
    /// The request.
    pub request: Option<Request>,
    /// The answer.
    pub output: Output,
}

impl From<Output> for Asked {
    fn from(output: Output) -> Self {
        Self { request: None, output }
    }
}

impl Asked {
    /// Asks a request.
    ///
    /// # Errors
    /// If it makes no sense, or something it names is not found.
    pub fn ask(request: Request, session: &Session) -> Result<Self, ApiError> {
        let output = commands::answer(&request, &session.catalog()?, &session.world)?;
        Ok(Self { request: Some(request), output })
    }

    /// Saves the request and draws the plot if that was asked for, shows the answer, keeps it, and returns its exit code.
    pub(crate) fn conclude(&self, session: &Session) -> Result<u8, ApiError> {
        scenario::save(self, session)?;
        scenario::draw(self, session)?;
        let code = show::output(&self.output, session)?;
        if let (Some(request), false) = (&self.request, session.global.no_history) {
            session.world.keep(request, &self.output);
        }
        Ok(code)
    }
}
