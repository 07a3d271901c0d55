//! Where the numbers of a model come from.

use slipstick_core::{
    basis::Basis,
    engine::StateBytes,
    model::{CacheShape, Layer, LayerGroup, Mixer},
};

use super::Anatomy;
use crate::{Provenance, provenance::Entry, request::format_name};

pub(super) fn record(a: &Anatomy) -> Provenance {
    let mut provenance = Provenance::default();
    parameters(a, &mut provenance);
    cache(a, &mut provenance);
    weights(a, &mut provenance);
    work(a, &mut provenance);
    shape(a, &mut provenance);
    files(a, &mut provenance);
    if a.resolved.assumed_architecture {
        provenance.weaken(Basis::Assumed);
    }
    provenance
}

fn exact(name: &str, formula: &str, unit: &str) -> Entry {
    Entry::new(name, formula, unit, Basis::Exact)
}

fn parameters(a: &Anatomy, provenance: &mut Provenance) {
    let mut total = exact("parameters, each stored tensor once", "sum of the components", "parameters");
    for (name, count) in &a.parameters.by_component {
        let pointer = format!("/parameters/by_component/{name}");
        total = total.from_pointer(*name, *count, "parameters", pointer.clone());
        let entry =
            exact("parameters of a component", "sum of rows·columns·copies over its weights", "parameters")
                .source(&a.resolved.source);
        provenance.record(pointer, entry);
    }
    provenance.record("/parameters/total", total);
    let mut active =
        exact("parameters one token passes through", "total - experts·(1 - active / copies)", "parameters")
            .from_pointer("total", a.parameters.total, "parameters", "/parameters/total")
            .from_pointer("experts", a.parameters.experts, "parameters", "/parameters/experts");
    if let Some(expert) = a.resolved.model.weights().find(|weight| weight.role.is_expert()) {
        active = active
            .input("active", expert.active, "experts a token", Basis::Exact, &a.resolved.source)
            .input("copies", expert.copies, "experts a layer", Basis::Exact, &a.resolved.source);
    }
    provenance.record("/parameters/active", active);
    let experts =
        exact("parameters of all routed experts", "sum of rows·columns·copies over experts", "parameters");
    provenance.record("/parameters/experts", experts.source(&a.resolved.source));
    for (field, name, formula) in [
        ("embedding", "parameters of the token embedding", "vocabulary·hidden"),
        ("lm_head", "parameters of the output head, 0 where it is the embedding", "hidden·vocabulary"),
        (
            "total_untied",
            "parameters with shared tensors counted at every use",
            "total + shared tensors again",
        ),
        (
            "multi_token",
            "parameters of multi-token prediction, beside the total",
            "sum of rows·columns·copies",
        ),
    ] {
        let entry = exact(name, formula, "parameters").source(&a.resolved.source);
        provenance.record(format!("/parameters/{field}"), entry);
    }
}

/// The name of a kind of layer, for an input of a formula.
fn group_name(group: &LayerGroup<'_>, mixer: &Mixer) -> String {
    let kind = match mixer {
        Mixer::Attention(_) => "attention",
        Mixer::Latent(_) => "latent attention",
        Mixer::Compressed(_) => "compressed attention",
        Mixer::Recurrent(_) => "recurrence",
        Mixer::Cross(_) => "cross attention",
    };
    format!("{} layers of {kind} like layer {}", group.count, group.first)
}

fn cache(a: &Anatomy, provenance: &mut Provenance) {
    let profile = a.resolved.model.profile();
    let dtype = format_name(a.cache_format);
    let of_format = |entry: Entry| {
        let bytes = a.cache_format.layout().bits_per_value() / 8.0;
        entry.input("b", bytes, "B an element", Basis::Specified, format!("cache format {dtype}"))
    };
    let formula = "sum over layers of (key row + value row)·b, one latent row for latent attention";
    let mut unbounded = of_format(exact("cache a token adds without bound", formula, "B"));
    let mut bounded = of_format(exact("cache a token adds until the window is full", formula, "B"));
    let mut state = exact("state of a sequence", "elements·b", "B").input(
        "b",
        StateBytes::SIXTEEN_BITS.recurrent,
        "B an element",
        Basis::Assumed,
        "convention: 16-bit state; engines may keep 32 bits",
    );
    let mixers = profile.iter().flat_map(|group| Layer::mixers(group.layer).map(move |m| (group, m)));
    for (group, mixer) in mixers {
        let shape: CacheShape = mixer.cache();
        let name = group_name(group, mixer);
        let row = shape.rows[0] + shape.rows[1] + shape.index_row;
        if row > 0 {
            let target = if shape.bound.is_some() { &mut bounded } else { &mut unbounded };
            let unit = if shape.every > 1 {
                format!("elements every {} tokens", shape.every)
            } else {
                "elements a layer".to_owned()
            };
            *target = target.clone().input(name.clone(), row, unit, Basis::Exact, &a.resolved.source);
        }
        if shape.window_row > 0 {
            bounded = bounded.input(
                name.clone(),
                shape.window_row,
                "elements a layer",
                Basis::Exact,
                &a.resolved.source,
            );
        }
        if shape.conv + shape.state > 0 {
            let elements = shape.conv + shape.state;
            state = state.input(name, elements, "elements a layer", Basis::Exact, &a.resolved.source);
        }
    }
    provenance.record("/cache/bytes_per_token", unbounded);
    provenance.record("/cache/sliding_bytes_per_token", bounded);
    provenance.record("/cache/state_bytes_per_sequence", state);
    let sequence = exact(
        "cache of one sequence, state apart",
        "bytes_per_token·n + sliding_bytes_per_token·min(n, window)",
        "B",
    )
    .from_pointer("bytes_per_token", a.cache.bytes_per_token, "B", "/cache/bytes_per_token")
    .from_pointer(
        "sliding_bytes_per_token",
        a.cache.sliding_bytes_per_token,
        "B",
        "/cache/sliding_bytes_per_token",
    )
    .from_pointer("n", a.context, "tokens", "/work/context_tokens");
    provenance.record("/cache/sequence_bytes_at_context", sequence);
}

fn weights(a: &Anatomy, provenance: &mut Provenance) {
    if a.weights().is_none() {
        return;
    }
    let entry = exact(
        "bytes of all weights in the checkpoint's own format",
        "sum of the bytes of each tensor, scales included",
        "B",
    )
    .from_pointer("total", a.parameters.total, "parameters", "/parameters/total")
    .input("format", a.resolved.weights_format.as_str(), "", Basis::Specified, &a.resolved.source);
    provenance.record("/weights_bytes", entry);
}

fn work(a: &Anatomy, provenance: &mut Provenance) {
    let source = "Kaplan et al. 2020 (arXiv 2001.08361), table 1, with attention counted";
    let decode = exact("FLOPs of generating one token", "2·weights passed, head included + mixing", "FLOP")
        .input("layers", a.decode.layers.get(), "FLOP", Basis::Exact, "2·rows·columns of each active matrix")
        .input("head", a.decode.head.get(), "FLOP", Basis::Exact, "2·rows·columns of the output head")
        .input(
            "mixing",
            a.decode.mixing.get(),
            "FLOP",
            Basis::Exact,
            "scores and weighted sum over the context",
        )
        .source(source);
    let prefill = exact(
        "FLOPs of reading one token, on average over the prompt",
        "2·weights passed, head left out + mixing",
        "FLOP",
    )
    .input("layers", a.prefill.layers.get(), "FLOP", Basis::Exact, "2·rows·columns of each active matrix")
    .input(
        "mixing",
        a.prefill.mixing.get(),
        "FLOP",
        Basis::Exact,
        "each token sees half of the prompt on average",
    )
    .source(source);
    let context = if a.context_is_stated { Basis::Specified } else { Basis::Assumed };
    provenance.record(
        "/work/context_tokens",
        Entry::fact(
            "context at which work is shown",
            "tokens",
            context,
            "--context, or 8192 and no more than the model allows",
        ),
    );
    let context = |entry: Entry| entry.from_pointer("context", a.context, "tokens", "/work/context_tokens");
    provenance.record("/work/decode_flops", context(decode));
    provenance.record("/work/prefill_flops", context(prefill));
}

/// What the configuration states, or counts of it.
fn shape(a: &Anatomy, provenance: &mut Provenance) {
    let source = a.resolved.source.as_str();
    let limit = a.resolved.model.max_context;
    for (pointer, name, unit, stated) in [
        ("/model/hidden_size", "width of the residual stream", "elements", true),
        ("/model/vocabulary_size", "tokens of the vocabulary", "tokens", true),
        ("/model/max_context_tokens", "longest context that is stated", "tokens", limit.is_some()),
        ("/cache/sliding_window", "tokens that a window sees", "tokens", a.cache.sliding_window.is_some()),
    ] {
        if stated {
            provenance.record(pointer, Entry::fact(name, unit, Basis::Specified, source));
        }
    }
    for (field, name) in [
        ("total", "decoder layers"),
        ("full_attention", "layers that see all tokens"),
        ("sliding_window", "layers that see a window or chunk"),
        ("linear_or_ssm", "layers with a state of fixed size"),
    ] {
        let entry = exact(name, "count over the layers of the configuration", "layers").source(source);
        provenance.record(format!("/layers/{field}"), entry);
    }
    let cross = exact(
        "cache of cross attention an encoder token adds",
        "sum over layers that attend to the encoder of (key row + value row)·b",
        "B",
    );
    provenance.record("/cache/cross_bytes_per_token", cross.source(source));
}

/// What the headers of weight files say.
fn files(a: &Anatomy, provenance: &mut Provenance) {
    if a.resolved.files.is_none() {
        return;
    }
    let counted = a.resolved.files.as_ref().is_some_and(|files| files.parameters().is_some());
    for (field, name, unit) in [
        ("bytes", "bytes of all tensors", "B"),
        ("tensors", "tensors", "tensors"),
        ("parameters", "weights, packed ones unpacked, scales and buffers left out", "parameters"),
    ] {
        if field == "parameters" && !counted {
            continue;
        }
        let entry = exact(name, "sum over the headers of the weight files", unit).source(&a.resolved.source);
        provenance.record(format!("/files/{field}"), entry);
    }
}
