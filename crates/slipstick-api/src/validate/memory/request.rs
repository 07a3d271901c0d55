//! The deployment whose memory a row measured.

use std::sync::Arc;

use slipstick_core::{engine::Engine, hardware::Cluster, units::Bytes, workload::Workload};

use crate::{
    request::{Count, DeploymentRequest, Memory},
    resolve::{Resolved, memory_alone},
    validate::{
        Models,
        asked::Answers,
        request::{accelerators, deployment},
        table::Cells,
    },
};

/// A device large enough not to matter, for terms that do not depend on it.
const ANY: Bytes = Bytes::gib(1 << 20);

/// What a term depends on beside model, layout and engine.
#[derive(Debug, Clone, Copy)]
pub(super) struct Needs {
    /// The cache's format.
    pub(super) cache: bool,
    /// What another row of the same run says of the pool.
    pub(super) pool: Option<Bytes>,
}

/// What a row says, so that nothing is predicted from a default.
#[derive(Debug, Clone, Copy)]
pub(super) struct States {
    /// What memory the accelerator has.
    pub(super) device: bool,
    /// The format of the weights.
    pub(super) weights: bool,
    /// The format of the cache.
    pub(super) cache: bool,
}

/// A row as a request, resolved.
pub(super) struct Described {
    pub(super) resolved: Arc<Resolved>,
    /// What the row says of it.
    pub(super) states: States,
    pub(super) context: Option<u64>,
    pub(super) sequences: u64,
    /// Whether its context is shared by all sequences.
    shared: bool,
}

impl Described {
    /// Reads a row as far as its term needs; `known` are deployments that other rows describe.
    pub(super) fn read(
        cells: &Cells<'_>,
        needs: Needs,
        models: &Models<'_>,
        known: &mut Answers<Found>,
    ) -> Result<Self, String> {
        if matches!(cells.get("engine"), "torch" | "pycuda") {
            return Err("a bare context is no engine".to_owned());
        }
        let has_device = has_accelerator(cells) || !cells.get("visible_gib").is_empty();
        let resolved = known.of(cells, needs, |cells| described(cells, needs, models).map(Arc::new))?;
        let engine = resolved.engine().engine();
        Ok(Self {
            states: States {
                device: has_device,
                weights: cells.first(&["precision", "quant"]).is_some(),
                cache: cells.first(&["kv_dtype", "kv_type"]).is_some(),
            },
            context: cells.count(&["context_tokens", "context"]),
            sequences: cells.count(&["slots"]).unwrap_or(1),
            shared: engine == Engine::LlamaCpp && cells.get("context_scope") != "per slot",
            resolved,
        })
    }

    /// The row's workload: every sequence fills its share of the context.
    pub(super) fn workload(&self, context: u64) -> Result<Workload, String> {
        let share = if self.shared { context.div_ceil(self.sequences) } else { context };
        Workload::full(share, self.sequences).map_err(|error| error.to_string())
    }
}

/// A deployment as it was resolved, or why it could not be.
pub(super) type Found = Result<Arc<Resolved>, String>;

fn described(cells: &Cells<'_>, needs: Needs, models: &Models<'_>) -> Result<Resolved, String> {
    let argument = models.argument(cells)?;
    let request = DeploymentRequest {
        cache_memory: needs.pool.map(Memory),
        ..deployment(cells, argument, on(cells)?, models.resolver().catalog())?
    };
    // A format that nobody knows matters only where the cache does.
    let kv_dtype = request.kv_dtype.clone().filter(|_| needs.cache);
    resolve(cells, DeploymentRequest { kv_dtype, ..request }, models)
}

fn has_accelerator(cells: &Cells<'_>) -> bool {
    cells.first(&["on", "accelerator_id"]).is_some()
}

/// The accelerators, if the row names any: terms that do not depend on them are asked on any.
fn on(cells: &Cells<'_>) -> Result<String, String> {
    if has_accelerator(cells) { accelerators(cells) } else { Ok(String::new()) }
}

fn resolve(cells: &Cells<'_>, request: DeploymentRequest, models: &Models<'_>) -> Result<Resolved, String> {
    let resolver = models.resolver();
    let wrong = |error: crate::ApiError| error.to_string();
    if has_accelerator(cells) {
        return resolver.describe(&request).map_err(wrong);
    }
    let memory = request.visible_memory.map_or(ANY, |memory| memory.0);
    let count = cells.count(&["gpus", "n_gpus"]).unwrap_or(1);
    let per_node = u32::try_from(count).map_err(|_| "too many accelerators".to_owned())?;
    let cluster = Cluster { per_node, ..memory_alone(memory) };
    let model = resolver.model(&request.model, false).map_err(wrong)?;
    // Layers are split over devices where nothing else is said of the layout.
    let split = request.engine.as_deref().is_some_and(|engine| engine.starts_with("llama"));
    let pp = if split && request.pp.is_none() { Some(Count(count)) } else { request.pp };
    resolver.resolve_on(model, Arc::new(cluster), &DeploymentRequest { pp, ..request }).map_err(wrong)
}
