//! Names and numbers that are wrong on any hardware: a search would find nothing with them, and a table say so in every row.

use slipstick_core::deployment::Deployment;

use super::{Resolver, deployment::options, engine, layout, what_if};
use crate::{
    ApiError,
    request::{DeploymentRequest, cache_format},
};

impl Resolver<'_> {
    /// Refuses what of a deployment is wrong whatever it runs on, at the flag that says it.
    ///
    /// # Errors
    /// If an engine, a format or what drafts is unknown, or a count is 0.
    pub fn known(&self, request: &DeploymentRequest) -> Result<(), ApiError> {
        let catalog = self.catalog();
        if let Some(stated) = &request.engine {
            engine::known(stated, catalog)?;
        }
        if let Some(name) = &request.quant {
            what_if::known(name, catalog)?;
        }
        if let Some(name) = request.kv_dtype.as_deref().filter(|name| !name.eq_ignore_ascii_case("auto")) {
            cache_format(name, catalog)?;
        }
        layout::stated(request)?;
        Deployment::check_settings(&options(request)?)?;
        self.drafts(request).map(drop)
    }
}
