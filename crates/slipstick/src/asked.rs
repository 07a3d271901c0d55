//! A question that was answered, with the request that would ask it again.

use slipstick_api::{ApiError, Output, World, request::Request, resolve};

use crate::{Session, scenario, show};

/// A request and its answer.
#[derive(Debug)]
pub struct Asked {
    /// The request.
    pub request: Request,
    /// The answer.
    pub output: Output,
}

impl Asked {
    /// Asks a request.
    ///
    /// # Errors
    /// If it makes no sense, or something it names is not found.
    pub fn ask(request: Request, session: &Session) -> Result<Self, ApiError> {
        Self::within(request, &session.world)
    }

    /// Asks a request in some world.
    ///
    /// # Errors
    /// If it makes no sense, or something it names is not found.
    pub(crate) fn within(request: Request, world: &dyn World) -> Result<Self, ApiError> {
        // What is kept is the question itself, not that a file held it.
        let request = request.opened(world)?;
        let output = request.answer(&resolve::catalog(world)?, world)?;
        Ok(Self { request, output })
    }

    /// Asks a request and shows its answer, the rows of a long list as they are found; returns its exit code.
    pub(crate) fn show(request: Request, session: &Session) -> Result<u8, ApiError> {
        let global = &session.global;
        if global.save.is_some() || global.svg.is_some() {
            // A file that cannot be written is refused before anything is shown.
            return Self::ask(request, session)?.conclude(session);
        }
        let world = &session.world;
        let request = request.opened(world)?;
        let mut document = show::document(session);
        let output = request.answer_to(&resolve::catalog(world)?, world, &mut document)?;
        let asked = Self { request, output };
        let code = show::rest(&asked.output, &mut document, session)?;
        asked.keep(session);
        Ok(code)
    }

    /// Saves the request and draws the plot if that was asked for, shows the answer, keeps it, and returns its exit code.
    pub(crate) fn conclude(&self, session: &Session) -> Result<u8, ApiError> {
        scenario::save(self, session)?;
        scenario::draw(self, session)?;
        let code = show::output(&self.output, session)?;
        self.keep(session);
        Ok(code)
    }

    fn keep(&self, session: &Session) {
        if self.request.command().kept && !session.global.no_history {
            session.world.keep(&self.request, &self.output);
        }
    }
}
