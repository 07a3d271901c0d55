//! Names to facts, each looked up once: many requests share models, formats and accelerators.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use slipstick_catalog::Catalog;
use slipstick_core::{hardware::Cluster, model::FormattedModel};

use super::{
    Resolved, ResolvedModel, Unknown, WeightFormats,
    deployment::NamedFormats,
    hardware, model,
    speculation::{self, Asked, Found as Drafting},
};
use crate::{ApiError, World, request::DeploymentRequest};

/// What was found under a name, or why nothing was.
type Found<T> = Result<T, ApiError>;

/// What was found so far.
type Kept<K, T> = Mutex<BTreeMap<K, Found<T>>>;

/// Resolves requests against a catalogue and a world, and remembers what it read.
pub struct Resolver<'a> {
    catalog: &'a Catalog,
    world: &'a dyn World,
    models: Kept<(String, bool), Arc<ResolvedModel>>,
    formats: Kept<(String, bool, Option<String>), NamedFormats>,
    clusters: Kept<String, Arc<Cluster>>,
}

impl<'a> Resolver<'a> {
    /// Nothing is read yet.
    pub const fn new(catalog: &'a Catalog, world: &'a dyn World) -> Self {
        Self {
            catalog,
            world,
            models: Mutex::new(BTreeMap::new()),
            formats: Mutex::new(BTreeMap::new()),
            clusters: Mutex::new(BTreeMap::new()),
        }
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
    fn drafts(&self, request: &DeploymentRequest) -> Found<(Option<Asked>, Option<Drafting>)> {
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

    /// The model that an argument means.
    ///
    /// # Errors
    /// If it is none, or cannot be read.
    pub fn model(&self, argument: &str, allow_unknown: bool) -> Result<Arc<ResolvedModel>, ApiError> {
        remembered(&self.models, (argument.trim().to_owned(), allow_unknown), || {
            model(argument, Unknown::allowed(allow_unknown), self.catalog, self.world).map(Arc::new)
        })
    }

    /// The accelerators that an argument means.
    ///
    /// # Errors
    /// If the name is unknown or ambiguous, or the description is wrong.
    pub fn cluster(&self, on: &str) -> Result<Arc<Cluster>, ApiError> {
        remembered(&self.clusters, on.trim().to_owned(), || {
            hardware::cluster(on, self.catalog, self.world).map(Arc::new)
        })
    }

    fn formats(
        &self,
        model: &Arc<ResolvedModel>,
        request: &DeploymentRequest,
    ) -> Result<NamedFormats, ApiError> {
        let key = (request.model.trim().to_owned(), request.allow_unknown, request.quant.clone());
        remembered(&self.formats, key, || named_formats(model, request.quant.as_deref(), self.catalog))
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
    let model = FormattedModel::new(Arc::clone(&model.model), &formats);
    Ok(NamedFormats { model: Arc::new(model), name })
}

/// What `found` holds under `key`, or else what `find` finds, kept for the next time. Others may look meanwhile.
fn remembered<K: Ord, V: Clone>(found: &Kept<K, V>, key: K, find: impl FnOnce() -> Found<V>) -> Found<V> {
    if let Some(known) = locked(found).get(&key) {
        return known.clone();
    }
    let new = find();
    locked(found).insert(key, new.clone());
    new
}

/// The map itself: an entry is whole or not there, whatever became of a thread that held it.
fn locked<T>(found: &Mutex<T>) -> MutexGuard<'_, T> {
    found.lock().unwrap_or_else(PoisonError::into_inner)
}
