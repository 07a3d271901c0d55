//! Where the numbers of a deployment's memory come from.

use slipstick_core::{
    basis::{Basis, Known},
    units::Bytes,
};

use super::MemoryAnswer;
use crate::{Provenance, provenance::Entry, request::format_name};

/// The records of a memory object that stands at `prefix`.
pub(crate) fn record(a: &MemoryAnswer, prefix: &str) -> Provenance {
    let mut provenance = Provenance::default();
    exact_parts(a, prefix, &mut provenance);
    estimated_parts(a, prefix, &mut provenance);
    limits(a, prefix, &mut provenance);
    pool(a, prefix, &mut provenance);
    if a.resolved.model.assumed_architecture {
        provenance.weaken(Basis::Assumed);
    }
    provenance
}

pub(super) fn engine(a: &MemoryAnswer) -> String {
    format!("memory rules of {} {}", a.resolved.engine_name(), a.resolved.engine().version)
}

fn exact_parts(a: &MemoryAnswer, prefix: &str, provenance: &mut Provenance) {
    let resolved = &a.resolved;
    let plan = resolved.plan();
    let source = resolved.model.source.as_str();
    let mut weights = Entry::new(
        "weights on one accelerator of the fullest stage",
        "sum over its tensors of their share under the layout, scales included",
        "B",
        a.estimate.rank().weights.basis,
    )
    .source("Shoeybi et al. 2019 (arXiv 1909.08053), section 3: column and row pairs")
    .input("format", resolved.formats_name.as_str(), "", Basis::Specified, source)
    .input("tp", plan.tp(), "ranks", Basis::Exact, "request")
    .input("ep", plan.ep(), "groups", Basis::Exact, "request");
    if let Some(stage) =
        usize::try_from(a.estimate.rank().stage).ok().and_then(|at| resolved.memory_model().weights().get(at))
    {
        for (part, bytes) in stage.parts() {
            weights = weights.input(part.name(), bytes.get(), "B", Basis::Exact, source);
        }
    }
    let held = a.estimate.rank().weights;
    let band = Entry::new(
        "weights with the spread of makers' checkpoints in that format",
        "weights·share",
        "B",
        held.basis,
    )
    .source("formats.csv: published checkpoints against what is counted")
    .input("low", held.low.get(), "B", held.basis, "band")
    .input("high", held.high.get(), "B", held.basis, "band")
    .input("weights", held.value.get(), "B", held.basis, "counted");
    provenance.record(format!("{prefix}/per_accelerator/weights_band_bytes"), band);
    provenance.record(format!("{prefix}/per_accelerator/weights_bytes"), weights);
    host(a, prefix, provenance);
    let cache = Entry::new(
        "cache of the workload's sequences at their full context",
        "sequences·sum over layers of min(context, bound)·(key row + value row) on the rank, as the engine rounds it",
        "B",
        a.estimate.rank().kv_cache.basis,
    )
    .source(engine(a))
    .input("sequences", plan.sequences_on_rank(a.workload.concurrency()), "sequences", Basis::Exact, "request")
    .input("context", a.workload.context(), "tokens", Basis::Exact, "request")
    .input("format", format_name(resolved.cache().key), "", Basis::Specified, "request");
    provenance.record(format!("{prefix}/per_accelerator/kv_cache_bytes"), cache);
    let worst = Entry::new(
        "the same cache if every sequence were at its worst at once, with which some engines plan",
        "sequences·cache of one, windows with the tokens of a whole step beside them",
        "B",
        a.estimate.rank().kv_cache.basis,
    )
    .source(engine(a));
    provenance.record(format!("{prefix}/per_accelerator/kv_cache_worst_bytes"), worst);
    let state = Entry::new(
        "recurrent and convolution state of the sequences",
        "sequences·sum over layers of state elements·bytes an element, as the engine stores them",
        "B",
        a.estimate.rank().state.basis,
    )
    .source(engine(a))
    .input(
        "sequences",
        plan.sequences_on_rank(a.workload.concurrency()),
        "sequences",
        Basis::Exact,
        "request",
    );
    provenance.record(format!("{prefix}/per_accelerator/state_bytes"), state);
}

fn estimated_parts(a: &MemoryAnswer, prefix: &str, provenance: &mut Provenance) {
    let rank = a.estimate.rank();
    let rows: [(&str, &str, &str, Known<Bytes>); 5] = [
        (
            "/per_accelerator/activations_bytes",
            "peak of one step",
            "max(feed-forward branch, sampler branch) of the largest step",
            rank.activations,
        ),
        (
            "/overhead/context_bytes",
            "device context, libraries and communication buffers",
            "stated",
            rank.overhead.context,
        ),
        ("/overhead/graphs_bytes", "captured graphs", "stated", rank.overhead.graphs),
        (
            "/overhead/tables_bytes",
            "tables computed at load",
            "context·rotary width·bytes",
            rank.overhead.tables,
        ),
        (
            "/overhead/reserve_bytes",
            "memory that the engine leaves alone",
            "capacity·(1 - share)",
            rank.overhead.reserve,
        ),
    ];
    let mut overhead =
        Entry::new("what the engine itself takes", "context + graphs + tables + reserve", "B", Basis::Exact);
    for (pointer, name, formula, known) in rows {
        let entry = Entry::new(name, formula, "B", known.basis)
            .source(engine(a))
            .input("low", known.low.get(), "B", known.basis, "band")
            .input("high", known.high.get(), "B", known.basis, "band");
        provenance.record(format!("{prefix}{pointer}"), entry);
        if let Some(part) = pointer.strip_prefix("/overhead/") {
            overhead = overhead.from_pointer(part, known.value.get(), "B", format!("{prefix}{pointer}"));
        }
    }
    provenance.record(format!("{prefix}/per_accelerator/overhead_bytes"), overhead);
    let mut total = Entry::new(
        "everything on one accelerator",
        "weights + cache + state + activations + overhead",
        "B",
        Basis::Exact,
    );
    for (part, known) in [
        ("weights_bytes", rank.weights),
        ("kv_cache_bytes", rank.kv_cache),
        ("state_bytes", rank.state),
        ("activations_bytes", rank.activations),
        ("overhead_bytes", rank.overhead.total()),
    ] {
        total = total.from_pointer(part, known.value.get(), "B", format!("{prefix}/per_accelerator/{part}"));
    }
    provenance.record(format!("{prefix}/per_accelerator/total_bytes"), total);
}

fn limits(a: &MemoryAnswer, prefix: &str, provenance: &mut Provenance) {
    let accelerator = &a.resolved.cluster().accelerator;
    let capacity = Entry::fact(
        "memory that the driver reports",
        "B",
        Basis::Measured,
        format!("catalogue: {}", accelerator.id),
    );
    provenance.record(format!("{prefix}/accelerator/capacity_bytes"), capacity);
    let free = Entry::new("memory left", "capacity - total", "B", Basis::Exact)
        .from_pointer(
            "capacity",
            accelerator.memory.get(),
            "B",
            format!("{prefix}/accelerator/capacity_bytes"),
        )
        .from_pointer(
            "total",
            a.estimate.rank().total().value.get(),
            "B",
            format!("{prefix}/per_accelerator/total_bytes"),
        );
    provenance.record(format!("{prefix}/per_accelerator/free_bytes"), free);
    for (name, what) in [
        ("max_concurrency", "largest number of sequences of this context that fits"),
        ("max_context_tokens", "longest context of this many sequences that fits"),
    ] {
        let entry = Entry::new(
            what,
            "largest count for which the same memory sum stays within the limit",
            "",
            Basis::Exact,
        )
        .from_pointer(
            "total",
            a.estimate.rank().total().value.get(),
            "B",
            format!("{prefix}/per_accelerator/total_bytes"),
        );
        provenance.record(format!("{prefix}/{name}"), entry);
    }
}

/// The pool of an engine that has one, and which stage is shown.
fn pool(a: &MemoryAnswer, prefix: &str, provenance: &mut Provenance) {
    let stage = Entry::new(
        "the stage that is shown",
        "the one with the least room, from 0",
        "",
        Basis::Exact,
    )
    .input("stages", a.resolved.plan().pp(), "stages", Basis::Exact, "layout");
    provenance.record(format!("{prefix}/per_accelerator/stage"), stage);
    let Some(pool) = &a.estimate.pool else { return };
    state_limit(a, prefix, provenance);
    let rank = a.estimate.rank();
    let at = |field: &str| format!("{prefix}/pool/{field}");
    let bytes = Entry::new(
        "what the engine sets aside for cache and state",
        "capacity - weights - activations - overhead, the reserve among it",
        "B",
        pool.bytes.basis,
    )
    .source(engine(a))
    .input("low", pool.bytes.low.get(), "B", pool.bytes.basis, "band")
    .input("high", pool.bytes.high.get(), "B", pool.bytes.basis, "band")
    .from_pointer(
        "capacity",
        a.resolved.cluster().accelerator.memory.get(),
        "B",
        format!("{prefix}/accelerator/capacity_bytes"),
    )
    .from_pointer("weights", rank.weights.value.get(), "B", format!("{prefix}/per_accelerator/weights_bytes"))
    .from_pointer(
        "activations",
        rank.activations.value.get(),
        "B",
        format!("{prefix}/per_accelerator/activations_bytes"),
    )
    .from_pointer(
        "overhead",
        rank.overhead.total().value.get(),
        "B",
        format!("{prefix}/per_accelerator/overhead_bytes"),
    );
    provenance.record(at("bytes"), bytes);
    let blocks = Entry::new("blocks of the pool", "floor(bytes / block)", "blocks", pool.blocks.basis)
        .from_pointer("bytes", pool.bytes.value.get(), "B", at("bytes"))
        .input("block", pool.layout.block_bytes.get(), "B", Basis::Exact, engine(a));
    provenance.record(at("blocks"), blocks);
    let each = Entry::new(
        "blocks that a sequence of the workload's context takes at its worst, with which the engine plans",
        "sum over groups of layers of ceil(min(context, bound + tokens of a step) / tokens a block), and its state",
        "blocks",
        Basis::Exact,
    )
    .source(engine(a))
    .input("context", a.workload.context(), "tokens", Basis::Exact, "request");
    provenance.record(at("blocks_per_request"), each);
    let kept = Entry::new(
        "blocks that such a sequence keeps while it decodes: those behind a window are given back",
        "sum over groups of layers of ceil(min(context, bound) / tokens a block), and its state",
        "blocks",
        Basis::Exact,
    )
    .source(engine(a))
    .input("context", a.workload.context(), "tokens", Basis::Exact, "request");
    provenance.record(at("blocks_kept"), kept);
    let printed = Entry::new(
        "tokens that the engine prints at start",
        "blocks / blocks_per_request·context, or blocks / groups·tokens a block, as the version does",
        "tokens",
        Basis::Exact,
    )
    .source(engine(a))
    .from_pointer("blocks", pool.blocks.value, "blocks", at("blocks"))
    .from_pointer("blocks_per_request", pool.blocks_per_request, "blocks", at("blocks_per_request"));
    provenance.record(at("printed_tokens"), printed);
    let held = Entry::new(
        "sequences of the workload's context that the pool holds",
        "blocks / blocks_per_request",
        "sequences",
        Basis::Exact,
    )
    .from_pointer("blocks", pool.blocks.value, "blocks", at("blocks"))
    .from_pointer("blocks_per_request", pool.blocks_per_request, "blocks", at("blocks_per_request"));
    provenance.record(at("concurrency"), held);
}

/// What lies in the host's memory.
fn host(a: &MemoryAnswer, prefix: &str, provenance: &mut Provenance) {
    let host = &a.estimate.host;
    if host.total() == Bytes::ZERO {
        return;
    }
    let all = Entry::new(
        "what lies in the host's memory beside the device's",
        "token embedding + inputs of a step + outputs of a step",
        "B",
        Basis::Exact,
    )
    .source(engine(a))
    .input("weights", host.weights.get(), "B", Basis::Exact, engine(a))
    .input("inputs", host.compute.get(), "B", Basis::Exact, engine(a))
    .input("outputs", host.output.get(), "B", Basis::Exact, engine(a));
    provenance.record(format!("{prefix}/host_bytes"), all);
}

fn state_limit(a: &MemoryAnswer, prefix: &str, provenance: &mut Provenance) {
    let Some(limit) = &a.estimate.state_limit else { return };
    let at = |field: &str| format!("{prefix}/state_limit/{field}");
    let most = Entry::new(
        "the most sequences at once with which the engine starts: each needs a block of state when graphs are captured",
        "blocks of the pool",
        "sequences",
        limit.blocks.basis,
    )
    .source(engine(a))
    .from_pointer("blocks", limit.blocks.value, "blocks", format!("{prefix}/pool/blocks"));
    provenance.record(at("max_sequences"), most);
    let own =
        Entry::new("the engine's own number", "stated", "sequences", Basis::Specified).source(engine(a));
    provenance.record(at("default"), own);
    if limit.asked.is_some() {
        let asked = Entry::new("the most sequences that were asked for", "stated", "sequences", Basis::Exact);
        provenance.record(at("asked"), asked.source("request"));
    }
}
