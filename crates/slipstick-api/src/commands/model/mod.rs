//! `slipstick model`: what a model is made of.

mod checkpoint;
mod provenance;
mod report;
mod request;
mod tensors;
mod view;

pub use checkpoint::{CountDifference, FilesReport, LayerTally, TensorTally};
pub use report::{
    AssumedKey, CacheSizes, LayerCounts, ModelIdentity, ModelReport, ParameterCounts, WorkAtContext,
};
pub use request::ModelRequest;

use slipstick_catalog::Catalog;
use slipstick_core::{
    engine::StateBytes,
    model::{LayerKinds, ModelCache, Parameters, TokenWork},
    numeric::Format,
    units::Bytes,
};

use crate::{
    Answered, ApiError, World,
    request::cache_format,
    resolve::{self, Reading, ResolvedModel, Unknown},
};

/// The context at which work and cache are shown unless another is asked for; never beyond what the model states.
const USUAL_CONTEXT: u64 = 8192;

/// Everything an answer shows.
struct Anatomy {
    resolved: ResolvedModel,
    parameters: Parameters,
    layers: LayerKinds,
    cache_format: Format,
    cache: ModelCache,
    state: Bytes,
    context: u64,
    context_is_stated: bool,
    cache_at_context: Bytes,
    prefill: TokenWork,
    decode: TokenWork,
}

/// What a model is made of: architecture, parameters, cache, state and FLOPs a token.
///
/// # Errors
/// If the model is not found or not understood, or the cache format is unknown.
pub fn model(
    request: &ModelRequest,
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Answered<ModelReport>, ApiError> {
    // Keys and values share a format here; engines' scales a head belong to a deployment.
    let stated = request.kv_dtype.as_deref().map(|name| cache_format(name, catalog)).transpose()?;
    let cache_format = stated.map_or(Format::BF16, |cache| cache.key);
    if let Some(context) = request.context
        && !(1..=1 << 32).contains(&context.0)
    {
        let message = format!("a context of {context} tokens is out of range");
        return Err(ApiError::input("context.range", message)
            .at("--context")
            .help("give from 1 to 4Gi tokens, such as 32k"));
    }
    let unknown = Unknown::allowed(request.allow_unknown);
    let resolved = match resolve::reading(&request.model, unknown, catalog, world)? {
        Reading::Tensors(_) if request.strict => {
            return Err(resolve::model(&request.model, unknown, catalog, world).map_or_else(
                |error| error,
                |_| {
                    ApiError::internal(
                        "model.strict",
                        "the same files were understood when they were read again",
                    )
                },
            ));
        }
        Reading::Tensors(alone) => return Ok(tensors::answer(&alone)),
        Reading::Model(resolved) => *resolved,
    };
    if request.strict {
        resolved.without_warnings()?;
    }
    let anatomy = dissect(resolved, cache_format, request.context.map(|context| context.0));
    let answered = Answered::new(ModelReport::of(&anatomy), view::view(&anatomy));
    Ok(answered.explained(provenance::record(&anatomy)))
}

impl Anatomy {
    /// The bytes of the weights: what the files hold, or what the format makes of the parameters.
    fn weights(&self) -> Option<Bytes> {
        let is_known = self.resolved.unread_scheme.is_none() || self.resolved.files.is_some();
        is_known.then_some(self.resolved.weights)
    }
}

fn dissect(resolved: ResolvedModel, cache_format: Format, context: Option<u64>) -> Anatomy {
    let model = &resolved.model;
    let cache = model.cache(cache_format);
    let context_is_stated = context.is_some();
    let usual = || model.max_context.unwrap_or(USUAL_CONTEXT).clamp(1, USUAL_CONTEXT);
    let context = context.unwrap_or_else(usual);
    Anatomy {
        parameters: model.parameters(),
        layers: model.layer_kinds(),
        cache,
        // As published figures count it; engines that keep state in fp32 need twice that.
        state: Bytes::new(StateBytes::SIXTEEN_BITS.recurrent).times(cache.state_elements),
        cache_at_context: model.cache_bytes(cache_format, context),
        prefill: model.prefill_work(context),
        decode: model.decode_work(context),
        resolved,
        cache_format,
        context,
        context_is_stated,
    }
}
