//! Where the numbers of a measured run come from.

use slipstick_core::{
    basis::Basis,
    formulas::time::utilisation::{
        achieved_bandwidth, achieved_compute, latency_per_token, model_bandwidth_utilisation,
        model_flops_utilisation, step_latency,
    },
};

use super::Measured;
use crate::{Provenance, provenance::Entry};

pub(super) fn record(m: &Measured) -> Provenance {
    let mut provenance = Provenance::default();
    let (s, run) = (&m.summary, &m.run);
    for (pointer, name, unit) in [
        ("/run/elapsed_s", "elapsed time", "s"),
        ("/run/output_tokens", "tokens generated", "tokens"),
        ("/run/input_tokens", "tokens read", "tokens"),
        ("/run/batch", "sequences at a time", "sequences"),
    ] {
        provenance.record(pointer, Entry::fact(name, unit, Basis::Measured, "the request"));
    }
    let per_token = Entry::of(&latency_per_token::FORMULA, "s", Basis::Exact)
        .from_pointer("T", run.elapsed.get(), "s", "/run/elapsed_s")
        .from_pointer("n", run.output, "tokens", "/run/output_tokens");
    provenance.record("/latency/per_token_s", per_token);
    let step = Entry::of(&step_latency::FORMULA, "s", Basis::Exact)
        .from_pointer("T", run.elapsed.get(), "s", "/run/elapsed_s")
        .from_pointer("B", run.batch, "sequences", "/run/batch")
        .from_pointer("n", run.output, "tokens", "/run/output_tokens");
    provenance.record("/latency/tpot_s", step);
    let weights = Entry::new(
        "bytes of weights that a step reads",
        "sum over the layers of what the batch touches",
        "B",
        Basis::Exact,
    );
    provenance.record("/bandwidth/weights_bytes_per_step", weights.source(&m.model.source));
    let cache = Entry::new(
        "bytes of cache that a step reads",
        "sum over the layers at the mean context",
        "B",
        Basis::Exact,
    );
    provenance.record("/bandwidth/cache_bytes_per_step", cache.source(&m.model.source));
    let bandwidth = Entry::of(&achieved_bandwidth::FORMULA, "B/s", Basis::Exact)
        .input("Q", (s.weights + s.cache).get(), "B", Basis::Exact, "the two numbers beside it")
        .from_pointer("t", s.step.get(), "s", "/latency/tpot_s");
    provenance.record("/bandwidth/achieved_bytes_per_s", bandwidth);
    work(m, &mut provenance);
    hardware(m, &mut provenance);
    provenance
}

fn work(m: &Measured, provenance: &mut Provenance) {
    for (index, work) in m.summary.work.iter().enumerate() {
        let at = |name: &str| format!("/compute/{index}/{name}");
        let counted = match work.convention.formula() {
            Some(formula) => Entry::of(formula, "FLOP", Basis::Exact),
            None => {
                Entry::new("FLOPs of all tokens", "every product of the architecture", "FLOP", Basis::Exact)
            }
        };
        let counted = counted.source(format!("{}; {}", m.model.source, work.convention.meaning()));
        provenance.record(at("flops"), counted);
        let rate = Entry::of(&achieved_compute::FORMULA, "FLOP/s", Basis::Exact)
            .from_pointer("W", work.flops.get(), "FLOP", at("flops"))
            .from_pointer("T", m.run.elapsed.get(), "s", "/run/elapsed_s");
        provenance.record(at("achieved_flops_per_s"), rate);
        if let Some((cluster, _, peak)) = &m.hardware {
            let mfu = Entry::of(&model_flops_utilisation::FORMULA, "share", Basis::Exact)
                .from_pointer("C", work.rate.get(), "FLOP/s", at("achieved_flops_per_s"))
                .from_pointer("n", cluster.accelerators(), "accelerators", "/accelerator/count")
                .from_pointer("pi", peak.get(), "FLOP/s", "/accelerator/peak_flops_per_s");
            provenance.record(at("mfu"), mfu);
        }
    }
}

fn hardware(m: &Measured, provenance: &mut Provenance) {
    let Some((cluster, _, _)) = &m.hardware else { return };
    let sheet = format!("data sheet of {}", cluster.accelerator.id);
    let count = Entry::fact("accelerators", "accelerators", Basis::Specified, "the request");
    provenance.record("/accelerator/count", count);
    let peak = Entry::fact("dense peak of one accelerator", "FLOP/s", Basis::Specified, &sheet);
    provenance.record("/accelerator/peak_flops_per_s", peak);
    let bandwidth = Entry::fact("memory bandwidth of one accelerator", "B/s", Basis::Specified, &sheet);
    provenance.record("/accelerator/bandwidth_bytes_per_s", bandwidth);
    let beta = cluster.accelerator.memory_bandwidth.get();
    let mbu = Entry::of(&model_bandwidth_utilisation::FORMULA, "share", Basis::Exact)
        .from_pointer("V", m.summary.bandwidth.get(), "B/s", "/bandwidth/achieved_bytes_per_s")
        .from_pointer("n", cluster.accelerators(), "accelerators", "/accelerator/count")
        .from_pointer("beta", beta, "B/s", "/accelerator/bandwidth_bytes_per_s");
    provenance.record("/bandwidth/mbu", mbu);
}
