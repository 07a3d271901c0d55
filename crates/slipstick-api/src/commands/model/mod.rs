//! `slipstick model`: what a model is made of.

mod checkpoint;
mod provenance;
mod request;
mod view;

pub use request::ModelRequest;

use serde_json::{Map, Value, json};
use slipstick_catalog::Catalog;
use slipstick_core::{
    engine::StateBytes,
    model::{LayerKinds, ModelCache, Parameters, TokenWork},
    numeric::Format,
    units::Bytes,
};

use crate::{
    ApiError, Output, World,
    request::{cache_format, format_name},
    resolve::{self, ResolvedModel, Unknown},
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
pub fn model(request: &ModelRequest, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
    // Keys and values share a format here; engines' scales a head belong to a deployment.
    let stated = request.kv_dtype.as_deref().map(cache_format).transpose()?;
    let cache_format = stated.map_or(Format::BF16, |cache| cache.key);
    if let Some(context) = request.context
        && !(1..=1 << 32).contains(&context.0)
    {
        let message = format!("a context of {context} tokens is out of range");
        return Err(ApiError::input("context.range", message)
            .at("--context")
            .help("give from 1 to 4Gi tokens, such as 32k"));
    }
    let resolved = resolve::model(&request.model, Unknown::allowed(request.allow_unknown), catalog, world)?;
    let anatomy = dissect(resolved, cache_format, request.context.map(|context| context.0));
    Ok(Output::new("model", document(&anatomy), view::view(&anatomy)).explained(provenance::record(&anatomy)))
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

fn document(a: &Anatomy) -> Value {
    let model = &a.resolved.model;
    let by_component: Map<String, Value> =
        a.parameters.by_component.iter().map(|(name, count)| ((*name).to_owned(), (*count).into())).collect();
    let assumed: Vec<Value> =
        a.resolved.assumed.iter().map(|one| json!({"key": one.key, "value": one.value})).collect();
    let files = a.resolved.files.as_ref();
    let files = files.map(|files| checkpoint::document(files, a.resolved.differences.as_deref()));
    json!({
        "model": {
            "name": a.resolved.name,
            "model_type": model.model_type,
            "source": a.resolved.source,
            "basis": if a.resolved.assumed_architecture { "assumed" } else { "exact" },
            "hidden_size": model.hidden,
            "vocabulary_size": model.vocab,
            "max_context_tokens": model.max_context,
        },
        "parameters": {
            "total": a.parameters.total,
            "active": a.parameters.active,
            "embedding": a.parameters.embedding,
            "lm_head": a.parameters.lm_head,
            "tied_embeddings": model.has_tied_embeddings(),
            "experts": a.parameters.experts,
            "total_untied": a.parameters.total_untied,
            "multi_token": a.parameters.multi_token,
            "by_component": by_component,
        },
        "layers": {
            "total": a.layers.total,
            "full_attention": a.layers.full_attention,
            "sliding_window": a.layers.sliding_window,
            "linear_or_ssm": a.layers.linear_or_ssm,
        },
        "cache": {
            "dtype": format_name(a.cache_format),
            "bytes_per_token": a.cache.bytes_per_token,
            "sliding_bytes_per_token": a.cache.sliding_bytes_per_token,
            "sliding_window": a.cache.sliding_window,
            "state_bytes_per_sequence": a.state.get(),
            "cross_bytes_per_token": a.cache.cross_bytes_per_token,
            "sequence_bytes_at_context": a.cache_at_context.get(),
        },
        "weights_bytes": a.resolved.weights.get(),
        "weights_format": a.resolved.weights_format,
        "files": files,
        "work": {
            "context_tokens": a.context,
            "decode_flops": a.decode.total().get(),
            "prefill_flops": a.prefill.total().get(),
        },
        "assumed": assumed,
    })
}
