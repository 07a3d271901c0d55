//! Names to facts, each looked up once: many requests share models, formats and accelerators.

use std::sync::Arc;

use slipstick_catalog::Catalog;
use slipstick_core::{hardware::Cluster, model::FormattedModel};

use super::{
    Resolved, ResolvedModel, Unknown, WeightFormats,
    deployment::NamedFormats,
    hardware, model,
    remembered::{Found, Remembered, recalled},
    speculation::{self, Asked, Found as Drafting},
};
use crate::{ApiError, World, request::DeploymentRequest};

/// Names of the catalogue are shorter, with all counts.
const LONGEST_NAME: usize = 120;

/// Resolves requests against a catalogue and a world, and remembers what it read.
pub struct Resolver<'a> {
    catalog: &'a Catalog,
    world: &'a dyn World,
    /// What this one read.
    own: Remembered,
}

impl<'a> Resolver<'a> {
    /// Nothing is read yet, but for what the world keeps from one request to the next.
    pub fn new(catalog: &'a Catalog, world: &'a dyn World) -> Self {
        Self { catalog, world, own: Remembered::default() }
    }

    /// Where what was found under a word is kept: with the world, unless the word is long, for whoever asks a server may
    /// make up as many as they like.
    fn kept(&self, word: &str) -> &Remembered {
        self.world.remembered().filter(|_| word.len() <= LONGEST_NAME).unwrap_or(&self.own)
    }

    /// Where what belongs to a model is kept: with the world if the catalogue knows its name, else with this request.
    fn of_model(&self, model: &str, word: &str) -> &Remembered {
        if self.catalog.find_model(model.trim()).is_some() { self.kept(word) } else { &self.own }
    }

    /// The facts.
    pub const fn catalog(&self) -> &'a Catalog {
        self.catalog
    }

    /// What lies outside.
    pub const fn world(&self) -> &'a dyn World {
        self.world
    }

    /// A deployment request with everything that it names.
    ///
    /// # Errors
    /// If anything it names is unknown, its parts contradict each other, or it sets what its engine does not read.
    pub fn resolve(&self, request: &DeploymentRequest) -> Result<Resolved, ApiError> {
        let resolved = self.describe(request)?;
        resolved.reads_every_setting(self.catalog)?;
        Ok(resolved)
    }

    /// A run that somebody measured, whose table may say more of it than its engine reads.
    ///
    /// # Errors
    /// If anything it names is unknown, or its parts contradict each other.
    pub fn describe(&self, request: &DeploymentRequest) -> Result<Resolved, ApiError> {
        let model = self.model(&request.model, request.allow_unknown)?;
        if request.strict {
            model.without_warnings()?;
        }
        let formats = self.formats(&model, request)?;
        let cluster = self.cluster(&request.on)?;
        let drafts = self.drafts(request)?;
        Resolved::new(model, formats, cluster, request, drafts, self.catalog)
    }

    /// What a request asks to draft, and the model that does, if it is one of its own.
    pub(super) fn drafts(&self, request: &DeploymentRequest) -> Found<(Option<Asked>, Option<Drafting>)> {
        let asked = speculation::asked(request)?;
        let Some(name) = asked.as_ref().and_then(|asked| asked.model.as_deref()) else {
            return Ok((asked, None));
        };
        let found = self.model(name, request.allow_unknown).map_err(|error| error.at("--speculative"))?;
        let formatted = Arc::clone(&found.formatted);
        Ok((asked, Some(Drafting { model: found, formatted })))
    }

    /// A deployment request whose model and accelerators are known already.
    ///
    /// # Errors
    /// As [`Resolver::resolve`].
    pub fn resolve_on(
        &self,
        model: Arc<ResolvedModel>,
        cluster: Arc<Cluster>,
        request: &DeploymentRequest,
    ) -> Result<Resolved, ApiError> {
        let formats = named_formats(&model, request.quant.as_deref(), self.catalog)?;
        Resolved::new(model, formats, cluster, request, self.drafts(request)?, self.catalog)
    }

    /// A model in a format of the weights that is named, and what that is called.
    ///
    /// # Errors
    /// If there is no such format.
    pub(crate) fn formatted(
        &self,
        model: &ResolvedModel,
        quant: &str,
    ) -> Result<(Arc<FormattedModel>, String), ApiError> {
        let NamedFormats { model, name } = named_formats(model, Some(quant), self.catalog)?;
        Ok((model, name))
    }

    /// The model that an argument means.
    ///
    /// # Errors
    /// If it is none, or cannot be read.
    pub fn model(&self, argument: &str, allow_unknown: bool) -> Result<Arc<ResolvedModel>, ApiError> {
        recalled(
            &self.of_model(argument, argument).models,
            (argument.trim().to_owned(), allow_unknown),
            || model(argument, Unknown::allowed(allow_unknown), self.catalog, self.world).map(Arc::new),
        )
    }

    /// The accelerators that an argument means.
    ///
    /// # Errors
    /// If the name is unknown or ambiguous, or the description is wrong.
    pub fn cluster(&self, on: &str) -> Result<Arc<Cluster>, ApiError> {
        recalled(&self.kept(on).clusters, on.trim().to_owned(), || {
            hardware::cluster(on, self.catalog, self.world).map(Arc::new)
        })
    }

    fn formats(
        &self,
        model: &Arc<ResolvedModel>,
        request: &DeploymentRequest,
    ) -> Result<NamedFormats, ApiError> {
        let quant = request.quant.as_deref().unwrap_or_default();
        let key = (request.model.trim().to_owned(), request.allow_unknown, request.quant.clone());
        recalled(&self.of_model(&request.model, quant).formats, key, || {
            named_formats(model, request.quant.as_deref(), self.catalog)
        })
    }
}

fn named_formats(
    model: &ResolvedModel,
    quant: Option<&str>,
    catalog: &Catalog,
) -> Result<NamedFormats, ApiError> {
    let (formats, name) = model.formats_as(quant, catalog)?;
    let WeightFormats::WhatIf { .. } = &formats else {
        return Ok(NamedFormats { model: Arc::clone(&model.formatted), name });
    };
    Ok(NamedFormats { model: Arc::new(model.formatted.under(&formats)), name })
}
