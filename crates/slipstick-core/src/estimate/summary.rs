//! What a measured run amounts to.

use crate::{
    basis::Basis,
    formulas::{
        parts::total,
        time::utilisation::{
            achieved_bandwidth, achieved_compute, flops_by_parameters, flops_by_width, flops_with_attention,
            latency_per_token, model_bandwidth_utilisation, model_flops_utilisation, step_latency,
            work_of_tokens,
        },
    },
    hardware::Cluster,
    model::{Layer, Mixer, Model},
    ops::{LoweredModel, Step},
    quantity::{Measured as M, Quantity as Q},
    trace::{Input, Source, Trace, asked, at, model as from_model},
    traced,
    units::{Bandwidth, FlopRate, Flops, Seconds, Traffic},
};

/// A measured run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Run {
    /// How long it took.
    pub elapsed: Seconds,
    /// Tokens generated, of all sequences together.
    pub output: f64,
    /// Tokens read, of all sequences together.
    pub input: f64,
    /// Sequences that ran together.
    pub batch: f64,
}

/// A way of counting the FLOPs of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Convention {
    /// Every product that the architecture does, windows, experts and all.
    Exact,
    /// Two for each parameter that a token passes.
    Parameters,
    /// The same, and attention to the whole context.
    WithAttention,
    /// By layers and width alone.
    Width,
}

impl Convention {
    /// All of them, in the order of a report.
    pub const ALL: [Self; 4] = [Self::Exact, Self::Parameters, Self::WithAttention, Self::Width];

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Parameters => "2N",
            Self::WithAttention => "palm",
            Self::Width => "12LH2",
        }
    }

    /// What it counts.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Exact => "every product of the architecture, at the context that each token sees",
            Self::Parameters => "2 FLOP for each parameter that a token passes, attention left out",
            Self::WithAttention => {
                "a third of 6N + 12LHQT: parameters without the embedding, and full attention"
            }
            Self::Width => "24 L H^2: layers and width alone, as the summary routine of the notes counts",
        }
    }
}

/// The work of a run under one convention.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Work {
    /// How it is counted.
    pub convention: Convention,
    /// FLOPs of all tokens.
    pub flops: Flops,
    /// Their rate.
    pub rate: FlopRate,
    /// The share of the peak, where the hardware is known.
    pub mfu: Option<f64>,
}

/// What a run amounts to.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Elapsed time over all generated tokens.
    pub per_token: Seconds,
    /// Time between two tokens of one sequence.
    pub step: Seconds,
    /// Tokens generated a second.
    pub output_rate: f64,
    /// Tokens read and generated a second.
    pub total_rate: f64,
    /// The mean context of a generated token.
    pub context: f64,
    /// Work by convention.
    pub work: Vec<Work>,
    /// Bytes of weights a step reads.
    pub weights: Traffic,
    /// Bytes of cache a step reads.
    pub cache: Traffic,
    /// The rate of reading both.
    pub bandwidth: Bandwidth,
    /// The share of the peak, where the hardware is known.
    pub mbu: Option<f64>,
}

/// Sums up a run of `model`, lowered for a single rank; against `peak` of each accelerator of a cluster where it is known.
/// What the numbers come from is recorded in `trace`.
pub fn summarize(
    run: &Run,
    model: &Model,
    lowered: &LoweredModel,
    hardware: Option<(&Cluster, FlopRate)>,
    trace: Trace<'_>,
) -> Summary {
    state_run(run, hardware, trace);
    let prompt = run.input / run.batch;
    let context = prompt + run.output / run.batch / 2.0;
    let decode = Step::decode(run.batch, context);
    let (weights, cache) = (lowered.weights_read(&decode), lowered.cache_read(&decode));
    trace.stated(Q::Measured(M::WeightsRead), weights, Source::Model, Basis::Exact);
    trace.stated(Q::Measured(M::CacheRead), cache, Source::Model, Basis::Exact);
    trace.gathered(Q::Measured(M::ReadPerStep), &total::FORMULA, weights + cache, || {
        let parts =
            [("weights", weights, Q::Measured(M::WeightsRead)), ("cache", cache, Q::Measured(M::CacheRead))];
        parts.map(|(name, bytes, quantity)| Input::new(name, bytes, at(quantity))).into()
    });
    let per_token = traced!(trace, Q::Measured(M::TokenLatency), latency_per_token {
        T: run.elapsed => at(Q::Measured(M::RunTime)),
        n: run.output => at(Q::Measured(M::RunOutput)),
    });
    let step = traced!(trace, Q::Measured(M::StepLatency), step_latency {
        T: run.elapsed => at(Q::Measured(M::RunTime)),
        B: run.batch => at(Q::Measured(M::RunBatch)),
        n: run.output => at(Q::Measured(M::RunOutput)),
    });
    let bandwidth = traced!(trace, Q::Measured(M::ReadRate), achieved_bandwidth {
        Q: weights + cache => at(Q::Measured(M::ReadPerStep)),
        t: step => at(Q::Measured(M::StepLatency)),
    });
    let mbu = hardware.map(|(cluster, _)| {
        traced!(trace, Q::Measured(M::BandwidthUtilisation), model_bandwidth_utilisation {
            V: bandwidth => at(Q::Measured(M::ReadRate)),
            n: cluster.accelerators() as f64 => at(Q::Measured(M::Accelerators)),
            beta: cluster.accelerator.memory_bandwidth => at(Q::Measured(M::PeakBandwidth)),
        })
    });
    let work = Convention::ALL.iter().enumerate().map(|(index, convention)| {
        let flops = flops(*convention, run, model, [prompt, context], (index, trace));
        let rate = traced!(trace, Q::Measured(M::WorkRate(index)), achieved_compute {
            W: flops => at(Q::Measured(M::Work(index))),
            T: run.elapsed => at(Q::Measured(M::RunTime)),
        });
        let mfu = hardware.map(|(cluster, peak)| {
            traced!(trace, Q::Measured(M::FlopsUtilisation(index)), model_flops_utilisation {
                C: rate => at(Q::Measured(M::WorkRate(index))),
                n: cluster.accelerators() as f64 => at(Q::Measured(M::Accelerators)),
                pi: peak => at(Q::Measured(M::PeakFlops)),
            })
        });
        Work { convention: *convention, flops, rate, mfu }
    });
    Summary {
        per_token,
        step,
        output_rate: run.output / run.elapsed.get(),
        total_rate: (run.input + run.output) / run.elapsed.get(),
        context,
        work: work.collect(),
        weights,
        cache,
        bandwidth,
        mbu,
    }
}

/// Records what was measured, and what it is held against.
fn state_run(run: &Run, hardware: Option<(&Cluster, FlopRate)>, trace: Trace<'_>) {
    trace.stated(Q::Measured(M::RunTime), run.elapsed, Source::Request, Basis::Measured);
    for (quantity, count) in [
        (Q::Measured(M::RunOutput), run.output),
        (Q::Measured(M::RunInput), run.input),
        (Q::Measured(M::RunBatch), run.batch),
    ] {
        trace.stated(quantity, count, Source::Request, Basis::Measured);
    }
    let Some((cluster, peak)) = hardware else { return };
    trace.stated(Q::Measured(M::Accelerators), cluster.accelerators(), Source::Request, Basis::Specified);
    trace.stated(Q::Measured(M::PeakFlops), peak, Source::Accelerator, Basis::Specified);
    let bandwidth = cluster.accelerator.memory_bandwidth;
    trace.stated(Q::Measured(M::PeakBandwidth), bandwidth, Source::Accelerator, Basis::Specified);
}

/// The work of all tokens of a run: those generated at their mean context, those read at that of their prompt.
fn flops(
    convention: Convention,
    run: &Run,
    model: &Model,
    [prompt, context]: [f64; 2],
    (index, trace): (usize, Trace<'_>),
) -> Flops {
    let written = token(convention, model, [context, context], Q::Measured(M::WrittenToken(index)), trace);
    let read = token(convention, model, [prompt, prompt / 2.0], Q::Measured(M::ReadToken(index)), trace);
    traced!(trace, Q::Measured(M::Work(index)), work_of_tokens {
        n_o: run.output => at(Q::Measured(M::RunOutput)),
        F_o: written => at(Q::Measured(M::WrittenToken(index))),
        n_i: run.input => at(Q::Measured(M::RunInput)),
        F_i: read => at(Q::Measured(M::ReadToken(index))),
    })
}

/// The work of one token that is written or, at the mean over a prompt, read.
fn token(
    convention: Convention,
    model: &Model,
    [context, seen]: [f64; 2],
    quantity: Q,
    trace: Trace<'_>,
) -> Flops {
    let counts = model.parameters();
    match convention {
        Convention::Exact => {
            let writes = matches!(quantity, Q::Measured(M::WrittenToken(_)));
            let work =
                if writes { model.decode_work(whole(context)) } else { model.prefill_work(whole(context)) };
            trace.stated(quantity, work.total(), Source::Model, Basis::Exact);
            work.total()
        }
        Convention::Parameters => traced!(trace, quantity, flops_by_parameters {
            N: counts.active as f64 => from_model("parameters"),
        }),
        Convention::WithAttention => {
            // A tied embedding is the head too, and its product counts.
            let apart = if counts.lm_head > 0 { counts.embedding } else { 0 };
            traced!(trace, quantity, flops_with_attention {
                N: counts.active.saturating_sub(apart) as f64 => from_model("parameters"),
                a: attention_width(model) => from_model("elements"),
                T: seen => asked("tokens"),
            })
        }
        Convention::Width => traced!(trace, quantity, flops_by_width {
            L: model.layers.len() as f64 => from_model("layers"),
            H: model.hidden as f64 => from_model("elements"),
        }),
    }
}

/// Widths of the keys and values of all heads, over all layers.
fn attention_width(model: &Model) -> f64 {
    let width = |mixer: &Mixer| match mixer {
        Mixer::Attention(a) => a.q_heads * (a.k_dim + a.v_dim),
        Mixer::Latent(l) => l.q_heads * (l.nope_dim + l.rope_dim + l.v_dim),
        Mixer::Compressed(c) => 2 * c.q_heads * c.dim,
        Mixer::Recurrent(_) | Mixer::Cross(_) => 0,
    };
    model.layers.iter().flat_map(Layer::mixers).map(|mixer| width(mixer) as f64).sum()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of tokens, never negative"
)]
fn whole(tokens: f64) -> u64 {
    libm::round(tokens) as u64
}
