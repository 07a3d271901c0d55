//! Where the numbers of a model come from.

use std::collections::BTreeMap;

use slipstick_core::{
    basis::Basis,
    engine::StateBytes,
    formulas::{memory::state::state_bytes, parameters::active_parameters, parts::total},
    model::{CacheShape, Layer, LayerGroup, Mixer, Role, Weight},
};

use super::Anatomy;
use crate::{Provenance, provenance::Entry, request::format_name};

pub(super) fn record(a: &Anatomy) -> Provenance {
    let mut provenance = Provenance::default();
    parameters(a, &mut provenance);
    cache(a, &mut provenance);
    work(a, &mut provenance);
    stated(a, &mut provenance);
    weights(a, &mut provenance);
    files(a, &mut provenance);
    if a.resolved.assumed_architecture {
        provenance.weaken(Basis::Assumed);
    }
    provenance
}

/// What is the sum of its parts.
fn sum(unit: &str) -> Entry {
    Entry::of(&total::FORMULA, unit, Basis::Exact)
}

fn parameters(a: &Anatomy, provenance: &mut Provenance) {
    let model = &a.resolved.model;
    let stored = || model.weights().filter(|weight| weight.is_stored());
    let mut whole = sum("parameters");
    for (name, count) in &a.parameters.by_component {
        let pointer = format!("/parameters/by_component/{name}");
        whole = whole.from_pointer(*name, *count, "parameters", pointer.clone());
        provenance.record(pointer, tensors(a, stored().filter(|weight| weight.role.part().name() == *name)));
    }
    provenance.record("/parameters/total", whole);
    let idle = a.parameters.total - a.parameters.active;
    let active = Entry::of(&active_parameters::FORMULA, "parameters", Basis::Exact)
        .from_pointer("N", a.parameters.total, "parameters", "/parameters/total")
        .input("N_i", idle, "parameters", Basis::Exact, &a.resolved.source);
    provenance.record("/parameters/active", active);
    let of_role = |role| tensors(a, stored().filter(move |weight| weight.role == role));
    provenance.record("/parameters/embedding", of_role(Role::Embedding));
    provenance.record("/parameters/lm_head", of_role(Role::LmHead));
    provenance.record("/parameters/experts", tensors(a, stored().filter(|weight| weight.role.is_expert())));
    provenance.record("/parameters/multi_token", tensors(a, model.multi_token_weights()));
    let again = a.parameters.total_untied - a.parameters.total;
    let untied = sum("parameters")
        .from_pointer("total", a.parameters.total, "parameters", "/parameters/total")
        .input("shared tensors again", again, "parameters", Basis::Exact, &a.resolved.source);
    provenance.record("/parameters/total_untied", untied);
}

/// Parameters of some tensors, equal ones together.
fn tensors<'a>(a: &Anatomy, weights: impl Iterator<Item = &'a Weight>) -> Entry {
    let mut kinds: BTreeMap<(&str, u64, u64), u64> = BTreeMap::new();
    for weight in weights {
        *kinds.entry((&weight.name, weight.rows, weight.cols)).or_default() += weight.copies;
    }
    let add = |entry: Entry, ((name, rows, cols), copies): ((&str, u64, u64), u64)| {
        let symbol = format!("{copies} x {name} of {rows} x {cols}");
        entry.input(symbol, copies * rows * cols, "parameters", Basis::Exact, &a.resolved.source)
    };
    kinds.into_iter().fold(sum("parameters"), add)
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
    let source = format!("{}, in {}", a.resolved.source, format_name(a.cache_format));
    let bytes = |width: u64| if width == 0 { 0 } else { a.cache_format.row(width).get() };
    let [mut unbounded, mut bounded, mut cross, mut sequence] = [sum("B"), sum("B"), sum("B"), sum("B")];
    let mut compressed: BTreeMap<u64, u64> = BTreeMap::new();
    let (mut conv, mut state) = (0, 0);
    let mixers = profile.iter().flat_map(|group| Layer::mixers(group.layer).map(move |m| (group, m)));
    for (group, mixer) in mixers {
        let shape: CacheShape = mixer.cache();
        let count = group.count;
        let part = |entry: &mut Entry, value: u64| {
            if value > 0 {
                let name = group_name(group, mixer);
                *entry = entry.clone().input(name, count * value, "B", Basis::Exact, &source);
            }
        };
        let row = bytes(shape.rows[0]) + bytes(shape.rows[1]);
        match (shape.bound, shape.every) {
            (Some(_), _) => part(&mut bounded, row),
            (None, 0 | 1) => part(&mut unbounded, row),
            (None, every) => *compressed.entry(every).or_default() += count * (row + bytes(shape.index_row)),
        }
        part(&mut bounded, bytes(shape.window_row));
        part(&mut cross, bytes(shape.cross_row));
        part(&mut sequence, shape.bytes(a.cache_format, a.context).get());
        conv += count * shape.conv;
        state += count * shape.state;
    }
    for (every, rows) in compressed {
        let name = format!("layers with a row every {every} tokens");
        unbounded = unbounded.input(name, rows / every, "B", Basis::Exact, &source);
    }
    provenance.record("/cache/bytes_per_token", unbounded);
    provenance.record("/cache/sliding_bytes_per_token", bounded);
    provenance.record("/cache/cross_bytes_per_token", cross);
    provenance.record("/cache/sequence_bytes_at_context", sequence);
    let (elements, sixteen) =
        (StateBytes::SIXTEEN_BITS, "convention: 16-bit state; engines may keep 32 bits");
    let state = Entry::of(&state_bytes::FORMULA, "B", Basis::Exact)
        .input("conv", conv, "elements", Basis::Exact, &a.resolved.source)
        .input("b_conv", elements.conv, "B", Basis::Assumed, sixteen)
        .input("state", state, "elements", Basis::Exact, &a.resolved.source)
        .input("b_state", elements.recurrent, "B", Basis::Assumed, sixteen);
    provenance.record("/cache/state_bytes_per_sequence", state);
}

fn work(a: &Anatomy, provenance: &mut Provenance) {
    let products = "2·rows·columns of each active matrix";
    let scores = format!("scores and weighted sum at {} tokens", a.context);
    let decode = sum("FLOP")
        .input("layers", a.decode.layers.get(), "FLOP", Basis::Exact, products)
        .input("head", a.decode.head.get(), "FLOP", Basis::Exact, products)
        .input("mixing", a.decode.mixing.get(), "FLOP", Basis::Exact, &scores);
    provenance.record("/work/decode_flops", decode);
    let prefill = sum("FLOP").input("layers", a.prefill.layers.get(), "FLOP", Basis::Exact, products).input(
        "mixing",
        a.prefill.mixing.get(),
        "FLOP",
        Basis::Exact,
        format!("{scores}, half of which a token sees"),
    );
    provenance.record("/work/prefill_flops", prefill);
    let context = if a.context_is_stated { Basis::Specified } else { Basis::Assumed };
    let source = "--context, or 8192 and no more than the model allows";
    provenance.record(
        "/work/context_tokens",
        Entry::fact("context at which work is shown", "tokens", context, source),
    );
}

/// What the configuration states, and what is counted in it.
fn stated(a: &Anatomy, provenance: &mut Provenance) {
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
    for (pointer, name, unit) in [
        ("/layers/total", "decoder layers", "layers"),
        ("/layers/full_attention", "layers that see all tokens", "layers"),
        ("/layers/sliding_window", "layers that see a window or chunk", "layers"),
        ("/layers/linear_or_ssm", "layers with a state of fixed size", "layers"),
    ] {
        provenance.record(pointer, Entry::fact(name, unit, Basis::Exact, source));
    }
}

/// The bytes of the weights, where they are known.
fn weights(a: &Anatomy, provenance: &mut Provenance) {
    if a.weights().is_none() {
        return;
    }
    let what = "bytes of all tensors in the checkpoint's own format, scales included";
    let source = format!("{}, in {}", a.resolved.source, a.resolved.weights_format);
    provenance.record("/weights_bytes", Entry::fact(what, "B", Basis::Exact, source));
}

/// What the headers of weight files say.
fn files(a: &Anatomy, provenance: &mut Provenance) {
    let Some(files) = &a.resolved.files else { return };
    for (field, name, unit, counted) in [
        ("bytes", "bytes of all tensors", "B", true),
        ("tensors", "tensors", "tensors", true),
        (
            "parameters",
            "weights, packed ones unpacked, scales and buffers left out",
            "parameters",
            files.parameters().is_some(),
        ),
    ] {
        if counted {
            let source = format!("headers of the weight files of {}", a.resolved.source);
            provenance.record(format!("/files/{field}"), Entry::fact(name, unit, Basis::Exact, source));
        }
    }
}
