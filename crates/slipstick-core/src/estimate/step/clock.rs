//! The time of steps without their operators: [`super::step_time`], added up beforehand as far as no step is needed.
//!
//! A product with weights takes `max(w + t·m, t·f)` for `t` tokens: it reads its weights, moves its tokens, multiplies.
//! Sorted by the tokens at which arithmetic takes over, all products of a model are two sums, chosen by one search.
//! Mixing is linear in sequences and in prompt tokens once their lengths are known, and so are collectives.

use super::{HostWork, Rates, StepTime, host::is_eager};
use crate::{
    formulas::time::{
        collective::{all_reduce_time, all_to_all_time, transfer_time},
        experts::missed,
    },
    ops::{ExpertLine, GemmLine, LoweredGroup, LoweredModel, MixLine, OpCost, Step},
    units::{FlopRate, Seconds, Traffic},
};

/// A model on some hardware, ready to time steps.
#[derive(Debug, Clone, PartialEq)]
pub struct StepClock {
    products: Products,
    experts: Vec<ExpertProduct>,
    head: Option<Product>,
    mixers: Vec<TimedMixer>,
    /// Norms, residuals and activations of a token.
    elementwise: f64,
    communication: Linear,
    overhead: Linear,
    /// What a step takes the host where it is launched kernel by kernel.
    eager: f64,
    /// The tokens of a step that only reads prompts above which it is.
    eager_above: f64,
    stages: f64,
    pub(in crate::estimate) prompt_load: f64,
}

/// Seconds of a step, and of each of its tokens or sequences.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Linear {
    step: f64,
    each: f64,
}

/// A product with weights: seconds to read them, to move a token, and to multiply for it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Product {
    weights: f64,
    token: f64,
    arithmetic: f64,
}

/// A product with routed experts.
#[derive(Debug, Clone, Copy, PartialEq)]
struct ExpertProduct {
    product: Product,
    /// Data-parallel ranks whose tokens meet.
    joined_ranks: f64,
    /// Logarithm of the share of the experts that one token misses.
    missed: f64,
    /// How unevenly they are chosen.
    unevenness: f64,
}

/// Mixers of all equal layers, and seconds a FLOP and a byte.
#[derive(Debug, Clone, Copy, PartialEq)]
struct TimedMixer {
    line: MixLine,
    layers: f64,
    flop: f64,
    byte: f64,
}

/// Products by the tokens at which arithmetic takes longer than memory.
#[derive(Debug, Clone, PartialEq)]
struct Products {
    thresholds: Vec<f64>,
    /// For each number of products that arithmetic binds: their seconds a token, and what the others take.
    sums: Vec<Product>,
}

/// What mixing one sequence, or one prompt token, takes.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Mixing {
    compute: f64,
    bandwidth: f64,
}

/// What the sequences and the prompts of steps have in common.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Shape {
    /// The mean context of a decoding sequence, in tokens.
    pub context: f64,
    /// Tokens drafted for each of them.
    pub drafted: f64,
    /// The length of a prompt, in tokens.
    pub prompt: f64,
    /// Leading tokens of it that are in the cache already.
    pub cached: f64,
}

/// Steps whose sequences have one mean context, and whose prompts have one length.
#[derive(Debug, Clone, Copy)]
pub struct Steps<'a> {
    clock: &'a StepClock,
    /// Tokens of a decoding sequence.
    each: f64,
    decode: Mixing,
    /// The same of so many sequences that kernels which work by query head read each cache more often.
    decode_many: Mixing,
    many: f64,
    prefill: Mixing,
}

impl StepClock {
    /// Prepares the steps of `model` at `rates`.
    pub fn new(model: &LoweredModel, rates: &Rates) -> Self {
        let mut products = Vec::new();
        let mut experts: Vec<ExpertProduct> = Vec::new();
        let mut mixers: Vec<TimedMixer> = Vec::new();
        let lines =
            model.groups.iter().flat_map(|group| group.gemms.iter().map(move |line| (line, group.count)));
        for (line, layers) in lines {
            let product = Product::new(line, rates, layers);
            match line.experts {
                None => products.push(product),
                Some(line) => experts.push(ExpertProduct::new(product, line, rates.unevenness())),
            }
        }
        let lines =
            model.groups.iter().flat_map(|group| group.mixers.iter().map(move |line| (line, group.count)));
        for (line, layers) in lines {
            match mixers.iter_mut().find(|known| known.line == *line) {
                Some(known) => known.layers += layers,
                None => mixers.push(TimedMixer::new(*line, layers, rates)),
            }
        }
        let moved = |group: &LoweredGroup| Traffic::bytes(2.0 * group.elementwise_width * group.count);
        let host = |launch: f64| -> f64 {
            HostWork::of(model, rates, 0.0, launch).iter().map(|work| work.time().get()).sum()
        };
        Self {
            products: Products::new(products),
            experts,
            head: model.head.map(|head| Product::new(&head, rates, 1.0)),
            mixers,
            elementwise: (model.groups.iter().map(moved).sum::<Traffic>() / rates.weights).get(),
            communication: communication(model, rates),
            overhead: Linear { step: host(1.0), each: rates.per_sequence.get() },
            eager: host(rates.eager_launch),
            eager_above: rates.eager_above,
            stages: model.stages,
            prompt_load: rates.prompt_load,
        }
    }

    /// Pipeline stages.
    pub const fn stages(&self) -> f64 {
        self.stages
    }

    /// Steps whose sequences and prompts have a shape.
    pub fn steps(&self, shape: &Shape) -> Steps<'_> {
        let Shape { context, drafted, prompt, cached } = *shape;
        let one = Step { decode_sequences: 1.0, drafted, decode_context: context, ..Step::default() };
        let token = Step { prefill_tokens: 1.0, prefill_length: prompt, cached, ..Step::default() };
        let thresholds = self.mixers.iter().filter_map(|mixer| mixer.line.by_head);
        // Layers of a model have equally many heads where such kernels are in use.
        let many = thresholds.map(|kernel| kernel.threshold()).fold(f64::INFINITY, f64::min);
        let sum = |cost: &dyn Fn(&MixLine) -> OpCost| {
            self.mixers.iter().fold(Mixing::default(), |sum, mixer| sum.and(mixer.time(&cost(&mixer.line))))
        };
        Steps {
            clock: self,
            each: 1.0 + drafted,
            decode: sum(&|line| line.decode_cost_among(&one, 0.0)),
            decode_many: if many.is_finite() {
                sum(&|line| line.decode_cost_among(&one, f64::MAX))
            } else {
                Mixing::default()
            },
            many,
            prefill: sum(&|line| line.prefill_cost(&token)),
        }
    }
}

/// Seconds a FLOP.
fn per_flop(rate: FlopRate) -> f64 {
    1.0 / rate.get()
}

/// The collectives of a step.
fn communication(model: &LoweredModel, rates: &Rates) -> Linear {
    let Rates { tensor, expert, pipeline, .. } = rates;
    let token = Traffic::bytes(2.0 * model.hidden);
    let mut sum = Linear::default();
    let mut add = |times: f64, time: &dyn Fn(Traffic, Seconds) -> Seconds, latency: Seconds| {
        sum.step += time(Traffic::ZERO, latency).get() * times;
        sum.each += time(token, Seconds::ZERO).get() * times;
    };
    for group in &model.groups {
        let reduce = |bytes, latency| all_reduce_time(tensor.ranks, bytes, tensor.bandwidth, latency);
        add(group.reductions * group.count, &reduce, tensor.latency);
        if group.dispatched > 0.0 {
            let exchange = |bytes, latency| {
                all_to_all_time(expert.ranks, bytes * group.dispatched, expert.bandwidth, latency)
            };
            // Dispatch and combine.
            add(2.0 * group.count, &exchange, expert.latency);
        }
    }
    if model.stages > 1.0 && pipeline.ranks > 1 {
        let send = |bytes, latency| transfer_time(latency, bytes, pipeline.bandwidth);
        add(model.stages - 1.0, &send, pipeline.latency);
    }
    sum
}

impl Product {
    fn new(line: &GemmLine, rates: &Rates, layers: f64) -> Self {
        let (rate, bandwidth) = rates.product(line);
        let seconds = |bytes: f64| (Traffic::bytes(bytes) / bandwidth).get();
        let active = line.experts.map_or(1.0, |experts| experts.active / experts.count);
        Self {
            weights: layers * seconds(line.weight_bytes),
            token: layers * seconds(2.0 * line.activation_width),
            arithmetic: layers * (2.0 * line.weights * active * per_flop(rate)),
        }
    }

    /// The tokens beyond which it is bound by arithmetic.
    fn threshold(&self) -> f64 {
        let gain = self.arithmetic - self.token;
        if gain > 0.0 { self.weights / gain } else { f64::INFINITY }
    }

    /// Adds its time for `tokens`, with `read` of its weights read.
    fn add_to(&self, time: &mut Mixing, tokens: f64, read: f64) {
        let memory = self.weights * read + tokens * self.token;
        let compute = tokens * self.arithmetic;
        if compute > memory {
            time.compute += compute;
        } else {
            time.bandwidth += memory;
        }
    }
}

impl Products {
    fn new(mut products: Vec<Product>) -> Self {
        products.sort_by(|a, b| a.threshold().total_cmp(&b.threshold()));
        let thresholds = products.iter().map(Product::threshold).collect();
        let mut sums = vec![Product::default(); products.len() + 1];
        for (at, product) in products.iter().enumerate() {
            sums[at + 1].arithmetic = sums[at].arithmetic + product.arithmetic;
        }
        for (at, product) in products.iter().enumerate().rev() {
            sums[at].weights = sums[at + 1].weights + product.weights;
            sums[at].token = sums[at + 1].token + product.token;
        }
        Self { thresholds, sums }
    }

    fn add_to(&self, time: &mut Mixing, tokens: f64) {
        let bound_by_arithmetic = self.thresholds.iter().take_while(|threshold| tokens > **threshold).count();
        let sum = &self.sums[bound_by_arithmetic];
        time.bandwidth += sum.weights + tokens * sum.token;
        if bound_by_arithmetic > 0 {
            time.compute += tokens * sum.arithmetic;
        }
    }
}

impl ExpertProduct {
    fn new(product: Product, line: ExpertLine, unevenness: f64) -> Self {
        let chosen = (line.active / line.count).min(1.0);
        Self { product, joined_ranks: line.joined_ranks, missed: libm::log1p(-chosen), unevenness }
    }

    /// Adds its time where so many tokens meet, of all ranks together.
    fn add_to(&self, time: &mut Mixing, meeting: f64) {
        let read = 1.0 - missed(meeting, self.unevenness, self.missed);
        self.product.add_to(time, meeting, read);
    }
}

impl TimedMixer {
    fn new(line: MixLine, layers: f64, rates: &Rates) -> Self {
        let byte = Traffic::bytes(1.0) / rates.cache;
        Self { line, layers, flop: per_flop(rates.attention), byte: byte.get() }
    }

    fn time(&self, cost: &OpCost) -> Mixing {
        let compute = cost.flops.get() * self.flop * self.layers;
        let memory = cost.moved().get() * self.byte * self.layers;
        if compute > memory {
            Mixing { compute, bandwidth: 0.0 }
        } else {
            Mixing { compute: 0.0, bandwidth: memory }
        }
    }
}

impl Mixing {
    fn and(self, other: Self) -> Self {
        Self { compute: self.compute + other.compute, bandwidth: self.bandwidth + other.bandwidth }
    }

    fn add_to(&self, time: &mut Self, times: f64) {
        if times > 0.0 {
            time.compute += self.compute * times;
            time.bandwidth += self.bandwidth * times;
        }
    }
}

impl Steps<'_> {
    /// The time of a step that decodes `sequences`, prefills `prompt_tokens` and ends `prompts` prompts.
    pub fn time(&self, sequences: f64, prompt_tokens: f64, prompts: f64) -> StepTime {
        self.joined(sequences, prompt_tokens, prompts, |experts| experts.joined_ranks)
    }

    /// The time of a step that reads one prompt on one rank, while the others have nothing: no tokens of theirs meet it at
    /// the experts.
    pub fn lone_prompt(&self, tokens: f64) -> StepTime {
        self.joined(0.0, tokens, 1.0, |_| 1.0)
    }

    fn joined(
        &self,
        sequences: f64,
        prompt_tokens: f64,
        prompts: f64,
        ranks: impl Fn(&ExpertProduct) -> f64,
    ) -> StepTime {
        let clock = self.clock;
        let decoded = sequences * self.each;
        let tokens = decoded + prompt_tokens;
        let mut time = Mixing { compute: 0.0, bandwidth: tokens * clock.elementwise };
        if tokens > 0.0 {
            clock.products.add_to(&mut time, tokens);
            for experts in &clock.experts {
                experts.add_to(&mut time, tokens * ranks(experts));
            }
        }
        if let Some(head) = clock.head.filter(|_| decoded + prompts > 0.0) {
            head.add_to(&mut time, decoded + prompts, 1.0);
        }
        let decode = if sequences > self.many { &self.decode_many } else { &self.decode };
        decode.add_to(&mut time, sequences);
        self.prefill.add_to(&mut time, prompt_tokens);
        let is_eager = is_eager(sequences, prompt_tokens, clock.eager_above);
        let host = if is_eager { clock.eager } else { clock.overhead.step };
        StepTime {
            compute: Seconds::s(time.compute),
            bandwidth: Seconds::s(time.bandwidth),
            communication: Seconds::s(clock.communication.step + tokens * clock.communication.each),
            overhead: Seconds::s(host + decoded * clock.overhead.each),
        }
    }
}
