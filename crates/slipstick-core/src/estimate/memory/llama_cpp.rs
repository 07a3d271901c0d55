//! Memory under llama.cpp's rules.

use super::{
    demand::{Demand, RankLoad, Stage},
    report::HostMemory,
};
use crate::{
    basis::Known,
    engine::{LlamaCppRules, OutputRows},
    formulas::memory::{
        cache_cells::{padded_context, window_cells},
        compute_buffer::{compute_buffer_flash, compute_buffer_flash_full, compute_buffer_plain},
        host_buffer::host_buffer,
        output_buffer::output_buffer,
    },
    units::Bytes,
};

/// The cells of a cache, and the streams that each have so many.
struct Cells {
    full: u64,
    streams: u64,
    sharing: u64,
}

pub(super) fn demand(stage: &Stage<'_>, rules: &LlamaCppRules, load: RankLoad) -> Demand {
    let d = stage.deployment;
    let cells = cells(stage, rules, load);
    let micro = d.options.micro_batch.unwrap_or(rules.micro_batch).min(cells.full.max(1));
    let whole = d.options.whole_windows == Some(true);
    let bounded = |window: Option<u64>| match window {
        Some(window) if !whole => window_cells(cells.full, window, cells.sharing, micro, rules.cache_padding),
        Some(_) | None => cells.full,
    };
    let one: Bytes = stage.layers.iter().map(|layer| layer.bytes(bounded, cells.full)).sum();
    let on_host = if stage.first && d.plan.tp() == 1 { host_embedding(stage) } else { Bytes::ZERO };
    let fused = d.options.flash_attention.unwrap_or(rules.flash_attention);
    let mut activations = compute_buffer(stage, rules, &cells, micro, fused);
    if d.options.drafts.layers > 0 && stage.last {
        activations = activations + rules.draft_graph;
    }
    let split = if d.plan.pp() > 1 { rules.split_device } else { Known::ZERO };
    let mut demand = Demand {
        weights: Known::exact(stage.weights.saturating_sub(on_host)),
        kv_cache: Known::exact(one.times(cells.streams)),
        state: Known::exact(stage.state(rules.state, 0, false).times(load.sequences)),
        activations,
        context: rules.context + split,
        graphs: Known::ZERO,
        tables: Known::ZERO,
        pool: Bytes::ZERO,
        host: HostMemory {
            weights: if stage.first { stage.embedding } else { Bytes::ZERO },
            compute: host_buffer(micro, stage.widths.hidden, cells.full, if fused { 2 } else { 4 }),
            output: output_buffer(load.sequences, stage.widths.vocab),
        },
    };
    demand.pool = d.cluster.accelerator.memory.saturating_sub(demand.fixed().value);
    demand
}

fn cells(stage: &Stage<'_>, rules: &LlamaCppRules, load: RankLoad) -> Cells {
    let pad = rules.cache_padding;
    if stage.deployment.options.unified_cache.unwrap_or(rules.unified_cache) {
        let all = load.context.saturating_mul(load.sequences);
        Cells { full: padded_context(all, pad), streams: 1, sharing: load.sequences }
    } else {
        Cells { full: padded_context(load.context, pad), streams: load.sequences, sharing: 1 }
    }
}

/// The token embedding stays in host memory; a tied head has its own copy on the device.
fn host_embedding(stage: &Stage<'_>) -> Bytes {
    if stage.tied { Bytes::ZERO } else { stage.embedding }
}

fn compute_buffer(
    stage: &Stage<'_>,
    rules: &LlamaCppRules,
    cells: &Cells,
    micro: u64,
    fused: bool,
) -> Known<Bytes> {
    let (w, d) = (stage.widths, stage.deployment);
    if !fused {
        return Known::exact(compute_buffer_plain(micro, w.hidden, cells.full, w.heads, w.vocab));
    }
    let mask = if d.plan.pp() > 1 { rules.mask_bytes_split } else { rules.mask_bytes } * micro;
    let scratch = |each: f64| if d.cache.is_quantised() { each * w.hidden as f64 } else { 0.0 };
    let peak = |each: f64| {
        let each_cell = mask as f64 + scratch(each);
        match rules.output_rows {
            OutputRows::MicroBatch => {
                compute_buffer_flash_full(micro, w.hidden, cells.full, w.vocab, each_cell)
            }
            OutputRows::Slots => {
                let rows = cells.streams.max(cells.sharing).min(micro);
                compute_buffer_flash(
                    micro,
                    w.hidden,
                    cells.full,
                    w.vocab,
                    rows,
                    rules.allocator_margin,
                    each_cell,
                )
            }
        }
    };
    let c = rules.dequant_bytes;
    // The upper end is the graph that keeps the logits of a whole micro-batch.
    let logits = compute_buffer_flash_full(micro, w.hidden, cells.full, w.vocab, mask as f64);
    let share = rules.buffer_share;
    Known {
        value: peak(c.value).fraction(share.value).max(rules.smallest_buffer),
        low: peak(c.low).fraction(share.low).max(rules.smallest_buffer),
        high: peak(c.high).fraction(share.high).max(logits).max(rules.smallest_buffer),
        basis: share.basis,
    }
}
