//! How much of its peaks a chip family reaches under an engine, and what the engine itself costs.

use std::borrow::Cow;

use super::{Assumptions, HeadKernels, LinkKind};
use crate::{basis::Basis, numeric::ScalarFormat, units::Seconds};

/// The share of the dense peak that large matrix products reach, by compute format.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ComputeShares {
    /// fp16, bf16, tf32 and wider.
    pub wide: f64,
    /// FP8.
    pub fp8: f64,
    /// 4-bit float.
    pub fp4: f64,
    /// Integers.
    pub int: f64,
}

impl ComputeShares {
    /// The share in a format.
    pub const fn of(&self, format: ScalarFormat) -> f64 {
        match format {
            ScalarFormat::Fp64
            | ScalarFormat::Fp32
            | ScalarFormat::Tf32
            | ScalarFormat::Bf16
            | ScalarFormat::Fp16 => self.wide,
            ScalarFormat::Fp8E4m3 | ScalarFormat::Fp8E5m2 => self.fp8,
            ScalarFormat::Fp4 => self.fp4,
            ScalarFormat::Int8 | ScalarFormat::Int4 => self.int,
        }
    }
}

/// What products with routed experts, many and small, reach of what dense products reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExpertShares {
    /// Of their rate.
    pub compute: f64,
    /// Of the bandwidth at which they stream plain or 8-bit weights.
    pub memory: f64,
    /// The same for weights of less than 8 bits that units of their own width multiply.
    pub memory_packed: f64,
    /// The same for weights of less than 8 bits that are widened to 16 bits first.
    pub memory_widened: f64,
    /// How unevenly tokens choose experts: the squared coefficient of variation of their popularity.
    pub unevenness: f64,
}

impl ExpertShares {
    /// All of it, and every expert as popular as any other.
    pub const ALL: Self =
        Self { compute: 1.0, memory: 1.0, memory_packed: 1.0, memory_widened: 1.0, unevenness: 0.0 };
}

/// What collectives over one kind of link reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinkShare {
    /// Share of the one-way rate that a large collective reaches.
    pub share: f64,
    /// Time of an empty collective between two accelerators.
    pub latency: Seconds,
    /// What each further accelerator of the group adds to it.
    pub latency_per_rank: Seconds,
}

/// Collectives over every kind of link.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinkShares {
    /// NVLink, xGMI, ICI and other scale-up links.
    pub scale_up: LinkShare,
    /// PCI Express.
    pub pcie: LinkShare,
    /// The network between nodes.
    pub network: LinkShare,
}

impl LinkShares {
    /// The figures of one kind of link.
    pub const fn of(&self, kind: LinkKind) -> LinkShare {
        match kind {
            LinkKind::NvLink | LinkKind::InfinityFabric | LinkKind::Ici | LinkKind::Proprietary => {
                self.scale_up
            }
            LinkKind::Pcie => self.pcie,
            LinkKind::Network => self.network,
        }
    }
}

/// The spread of measured over predicted values: an 80 % interval is `[low, high]` times the prediction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// 10th percentile of measured / predicted.
    pub low: f64,
    /// 90th percentile of measured / predicted.
    pub high: f64,
    /// Points it was read from.
    pub points: u32,
}

impl Spread {
    /// Of what is no estimate.
    pub const EXACT: Self = Self { low: 1.0, high: 1.0, points: 0 };

    /// The interval of a value. It always holds the value: where what was measured lies to one side of the prediction,
    /// the interval is widened to reach it.
    ///
    /// ```
    /// # use slipstick_core::hardware::Spread;
    /// // Everything measured took longer than predicted: 1.12 to 8.57 times as long.
    /// let spread = Spread { low: 1.12, high: 8.57, points: 117 };
    /// assert_eq!(spread.band(2.0), (2.0, 17.14));
    /// assert!(!spread.holds_the_estimate());
    /// ```
    pub fn band(self, value: f64) -> (f64, f64) {
        (value * self.low.min(1.0), value * self.high.max(1.0))
    }

    /// Whether what was measured lies on both sides of the prediction.
    pub fn holds_the_estimate(self) -> bool {
        self.low <= 1.0 && self.high >= 1.0
    }

    /// The spread of a rate, from that of the time it divides by.
    #[must_use]
    pub fn inverse(self) -> Self {
        Self { low: 1.0 / self.high, high: 1.0 / self.low, points: self.points }
    }
}

/// How far measurements lie from the answers to one question.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Spreads {
    /// Of the time to the first token.
    pub ttft: Option<Spread>,
    /// Of the time per output token, and of what follows from it.
    pub tpot: Option<Spread>,
    /// Of the output rate.
    pub rate: Option<Spread>,
}

impl Spreads {
    /// The spread of output rates: their own, or that of the time they divide by, turned round, whichever has more
    /// measurements behind it.
    pub fn of_rate(&self) -> Option<Spread> {
        let time = self.tpot.map(Spread::inverse);
        let points = |spread: Option<Spread>| spread.map_or(0, |spread| spread.points);
        if points(time) > points(self.rate) { time } else { self.rate.or(time) }
    }

    /// The same with something for what nobody measured of such a question: the time of a token as its rates say it, turned
    /// round, and of a first token as of the others.
    #[must_use]
    pub fn filled(self) -> Self {
        let tpot = self.tpot.or_else(|| self.rate.map(Spread::inverse));
        Self { ttft: self.ttft.or(tpot), tpot, ..self }
    }

    /// The same with those of another question for what nobody measured of this one.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            ttft: self.ttft.or(other.ttft),
            tpot: self.tpot.or(other.tpot),
            rate: self.rate.or(other.rate),
        }
    }

    /// The spread of the time that a token costs: that of rates, turned round.
    pub fn of_cost(&self) -> Option<Spread> {
        self.of_rate().map(Spread::inverse)
    }
}

/// Spreads by how requests arrive: each is a question of its own.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct QuestionSpreads {
    /// A closed loop in steady state.
    pub steady: Spreads,
    /// A closed loop that starts from nothing.
    pub benchmark: Spreads,
    /// All requests at once.
    pub burst: Spreads,
    /// Requests that arrive at a rate; the spread of rates is that of a run, from its first arrival to its last token.
    pub open: Spreads,
    /// One static batch.
    pub batch: Spreads,
    /// One request alone.
    pub alone: Spreads,
    /// A closed loop through a pool that reads and one that writes.
    pub pools: Spreads,
}

impl QuestionSpreads {
    /// The same of every question.
    pub const fn all(of: Spreads) -> Self {
        Self { steady: of, benchmark: of, burst: of, open: of, batch: of, alone: of, pools: of }
    }
}

/// How near the nearest measurements are to what is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Distance {
    /// The engine was measured with this architecture on this accelerator.
    Near,
    /// It was measured with this architecture on others.
    Chip,
    /// It was measured on the chip family with other architectures.
    Model,
    /// Chip family and engine were never measured together.
    Pair,
}

impl Distance {
    /// Every distance, the nearest first.
    pub const ALL: [Self; 4] = [Self::Near, Self::Chip, Self::Model, Self::Pair];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Near => "near",
            Self::Chip => "new chip",
            Self::Model => "new model",
            Self::Pair => "new pair",
        }
    }
}

/// Efficiencies and overheads of one chip family under one engine.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// Chip family it holds for.
    pub family: String,
    /// Engine it holds for.
    pub engine: String,
    /// Engine versions it was fitted on, in words.
    pub version: String,
    /// Share of the dense peak that large matrix products reach.
    pub compute: ComputeShares,
    /// Share of the peak that attention over long prompts reaches.
    pub attention: f64,
    /// Share of the memory bandwidth that streaming plain or 8-bit weights reaches.
    pub memory: f64,
    /// The same for weights of less than 8 bits, whose scales and unpacking cost more.
    pub memory_packed: f64,
    /// The same for reading a cache.
    pub memory_cache: f64,
    /// Products with routed experts.
    pub experts: ExpertShares,
    /// Launch and synchronisation cost of each layer in each step.
    pub per_layer: Seconds,
    /// Further cost of a layer with routed experts.
    pub per_expert_layer: Seconds,
    /// Further cost of a layer whose attention has a latent.
    pub per_latent_layer: Seconds,
    /// Further cost of a layer with a recurrence.
    pub per_recurrent_layer: Seconds,
    /// Host cost of each step.
    pub per_step: Seconds,
    /// Host cost of each sequence in a step.
    pub per_sequence: Seconds,
    /// Cost of a request before its prefill: interface, tokenisation, queue.
    pub per_request: Seconds,
    /// Steps that a request waits for beside others until it is looked at and its first token is sent.
    pub waited_steps: f64,
    /// Collectives.
    pub links: LinkShares,
    /// How much longer steps took than all of that says, where the same deployment or its like was measured.
    pub level: f64,
    /// The same of what is handed in at once, where that was measured.
    pub level_of_bursts: Option<f64>,
    /// Points that the level was read from.
    pub level_points: u32,
    /// How near the nearest measurements are.
    pub distance: Distance,
    /// What was not fitted for the pair.
    pub assumed: Assumptions,
    /// How far measurements lie from what is estimated, by question.
    pub spreads: QuestionSpreads,
    /// How it is known.
    pub basis: Basis,
    /// Where it comes from: key of the catalogue's sources.
    pub source: String,
    /// Points it was fitted on.
    pub points: u32,
    /// Tokens above which a step that only reads prompts is launched kernel by kernel, while others are replayed as graphs;
    /// none where all are launched alike.
    pub eager_above: Option<u64>,
    /// The kernel of attention over a cache, where it works by query head.
    pub head_kernel: HeadKernels,
    /// What an engine takes of memory against its rules, where its starts were read.
    pub memory_use: MemoryUse,
    /// Where that comes from.
    pub memory_source: String,
}

/// What an engine takes of memory against what its rules say; 1 is as they say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MemoryUse {
    /// The peak of a step.
    pub activations: f64,
    /// The device context, communication and libraries.
    pub outside: f64,
    /// Captured graphs.
    pub graphs: f64,
}

impl MemoryUse {
    /// As the rules say.
    pub const RULES: Self = Self { activations: 1.0, outside: 1.0, graphs: 1.0 };
}

impl Calibration {
    /// That of what is handed in at once.
    ///
    /// ```
    /// # use slipstick_core::hardware::Calibration;
    /// let mut known = Calibration { level: 1.5, level_of_bursts: Some(0.5), ..Calibration::ideal() };
    /// known.slow(2.0);
    /// assert_eq!((known.level, known.of_bursts().level), (3.0, 1.0));
    /// assert_eq!(Calibration::ideal().of_bursts().level, 1.0);
    /// ```
    pub fn of_bursts(&self) -> Cow<'_, Self> {
        match self.level_of_bursts {
            Some(level) => Cow::Owned(Self { level, level_of_bursts: None, ..self.clone() }),
            None => Cow::Borrowed(self),
        }
    }

    /// Makes all steps take so many times as long.
    pub fn slow(&mut self, factor: f64) {
        self.level *= factor;
        self.level_of_bursts = self.level_of_bursts.map(|level| level * factor);
    }

    /// The roofline itself: every peak is reached, every link too, and nothing costs time but arithmetic and traffic.
    /// What is estimated with it is a bound, not a forecast.
    pub fn ideal() -> Self {
        let none = Seconds::ZERO;
        let link = LinkShare { share: 1.0, latency: none, latency_per_rank: none };
        Self {
            family: String::new(),
            engine: String::new(),
            version: String::new(),
            compute: ComputeShares { wide: 1.0, fp8: 1.0, fp4: 1.0, int: 1.0 },
            attention: 1.0,
            memory: 1.0,
            memory_packed: 1.0,
            memory_cache: 1.0,
            experts: ExpertShares::ALL,
            per_layer: none,
            per_expert_layer: none,
            per_latent_layer: none,
            per_recurrent_layer: none,
            per_step: none,
            per_sequence: none,
            per_request: none,
            waited_steps: 0.5,
            links: LinkShares { scale_up: link, pcie: link, network: link },
            level: 1.0,
            level_of_bursts: None,
            level_points: 0,
            distance: Distance::Pair,
            assumed: Assumptions::ideal(),
            spreads: QuestionSpreads::default(),
            basis: Basis::Assumed,
            source: String::new(),
            points: 0,
            eager_above: None,
            head_kernel: HeadKernels::default(),
            memory_use: MemoryUse::RULES,
            memory_source: String::new(),
        }
    }
}
