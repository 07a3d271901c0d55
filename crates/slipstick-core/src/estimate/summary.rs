//! What a measured run amounts to.

use crate::{
    formula::Formula,
    formulas::time::utilisation::{
        achieved_bandwidth, achieved_compute, flops_by_parameters, flops_by_width, flops_with_attention,
        latency_per_token, model_bandwidth_utilisation, model_flops_utilisation, step_latency,
    },
    hardware::Cluster,
    model::{Layer, Mixer, Model},
    ops::{LoweredModel, Step},
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

    /// Its formula, where it has one.
    pub const fn formula(self) -> Option<&'static Formula> {
        use crate::formulas::time::utilisation as formulas;
        match self {
            Self::Exact => None,
            Self::Parameters => Some(&formulas::flops_by_parameters::FORMULA),
            Self::WithAttention => Some(&formulas::flops_with_attention::FORMULA),
            Self::Width => Some(&formulas::flops_by_width::FORMULA),
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
pub fn summarize(
    run: &Run,
    model: &Model,
    lowered: &LoweredModel,
    hardware: Option<(&Cluster, FlopRate)>,
) -> Summary {
    let prompt = run.input / run.batch;
    let context = prompt + run.output / run.batch / 2.0;
    let step = step_latency(run.elapsed, run.batch, run.output);
    let decode = Step::decode(run.batch, context);
    let (weights, cache) = (lowered.weights_read(&decode), lowered.cache_read(&decode));
    let bandwidth = achieved_bandwidth(weights + cache, step);
    let accelerators = hardware.map_or(1.0, |(cluster, _)| cluster.accelerators() as f64);
    let work = Convention::ALL.map(|convention| {
        let flops = flops(convention, run, model, prompt, context);
        let rate = achieved_compute(flops, run.elapsed);
        let mfu = hardware.map(|(_, peak)| model_flops_utilisation(rate, accelerators, peak));
        Work { convention, flops, rate, mfu }
    });
    Summary {
        per_token: latency_per_token(run.elapsed, run.output),
        step,
        output_rate: run.output / run.elapsed.get(),
        total_rate: (run.input + run.output) / run.elapsed.get(),
        context,
        work: work.to_vec(),
        weights,
        cache,
        bandwidth,
        mbu: hardware.map(|(cluster, _)| {
            model_bandwidth_utilisation(bandwidth, accelerators, cluster.accelerator.memory_bandwidth)
        }),
    }
}

/// The work of all tokens of a run: those generated at their mean context, those read at that of their prompt.
fn flops(convention: Convention, run: &Run, model: &Model, prompt: f64, context: f64) -> Flops {
    let all = run.output + run.input;
    let counts = model.parameters();
    match convention {
        Convention::Exact => {
            let read = model.prefill_work(whole(prompt)).total() * run.input;
            model.decode_work(whole(context)).total() * run.output + read
        }
        Convention::Parameters => flops_by_parameters(counts.active as f64) * all,
        Convention::WithAttention => {
            // A tied embedding is the head too, and its product counts.
            let apart = if counts.lm_head > 0 { counts.embedding } else { 0 };
            let parameters = counts.active.saturating_sub(apart) as f64;
            let widths = attention_width(model);
            flops_with_attention(parameters, widths, context) * run.output
                + flops_with_attention(parameters, widths, prompt / 2.0) * run.input
        }
        Convention::Width => flops_by_width(model.layers.len() as f64, model.hidden as f64) * all,
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
