//! The deployment whose memory a row measured.

use std::sync::Arc;

use slipstick_core::{engine::Engine, hardware::Cluster, units::Bytes, workload::Workload};

use crate::{
    request::{Count, DeploymentRequest, Memory},
    resolve::{Resolved, memory_alone},
    validate::{
        Models,
        request::{accelerators, deployment},
        table::Cells,
    },
};

/// A device large enough not to matter, for terms that do not depend on it.
const ANY: Bytes = Bytes::gib(1 << 20);

/// A row as a request, resolved.
pub(super) struct Described {
    pub(super) resolved: Resolved,
    /// Whether the row says what memory the accelerator has.
    pub(super) has_device: bool,
    /// Whether it says the format of the weights.
    pub(super) has_weights: bool,
    /// Whether it says the format of the cache.
    pub(super) has_cache: bool,
    pub(super) context: Option<u64>,
    pub(super) sequences: u64,
    /// Whether its context is shared by all sequences.
    shared: bool,
}

impl Described {
    /// Reads a row; `pool` is what another row of the same run says of its cache.
    pub(super) fn read(cells: &Cells<'_>, pool: Option<Bytes>, models: &Models<'_>) -> Result<Self, String> {
        if matches!(cells.get("engine"), "torch" | "pycuda") {
            return Err("a bare context is no engine".to_owned());
        }
        let argument = models.argument(cells)?;
        let has_device = !cells.get("accelerator_id").is_empty() || !cells.get("visible_gib").is_empty();
        let request = DeploymentRequest {
            cache_memory: pool.map(Memory),
            ..deployment(cells, argument, on(cells)?, models.resolver().catalog())?
        };
        let resolved = resolve(cells, request, models)?;
        let engine = resolved.engine().engine();
        Ok(Self {
            has_device,
            has_weights: cells.first(&["precision", "quant"]).is_some(),
            has_cache: cells.first(&["kv_dtype", "kv_type"]).is_some(),
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
        return resolver.resolve(&request).map_err(wrong);
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
