//! What is asked of a deployment: requests of so many tokens, so many at once, arriving in some way.

use std::borrow::Cow;

use crate::hardware::{Calibration, QuestionSpreads, Spreads};

/// Tokens a sequence, or sequences, beyond this are a mistake; within it every product with a cache row stays exact.
const MAX_COUNT: u64 = 1 << 32;

/// How requests arrive. It decides what a first token waits for.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Arrival {
    /// A closed loop in steady state: each answer is followed by a new request.
    #[default]
    Steady,
    /// A closed loop that starts from nothing, as benchmarks of serving do: the first request of every slot arrives at
    /// once, and each slot serves so many in all. The means are over all of them.
    Benchmark {
        /// Requests that a slot serves, the first included; at least 1.
        requests_per_slot: f64,
    },
    /// All requests at once, of which the engine runs as many as it can: throughput is the question.
    Burst,
    /// One static batch: all prompts are read together, then all sequences written together.
    Static,
    /// An open loop: requests arrive at random, so many a second, whoever is still served. How many are in flight follows.
    Open {
        /// Requests a second, all replicas together; above 0.
        rate: f64,
    },
}

impl Arrival {
    /// Its name in requests and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Steady | Self::Benchmark { .. } => "closed",
            Self::Burst => "burst",
            Self::Static => "static",
            Self::Open { .. } => "open",
        }
    }

    /// The share of all requests that arrive at once in the beginning and wait for each other's prompts.
    pub fn start_burst(self) -> f64 {
        match self {
            Self::Benchmark { requests_per_slot } => 1.0 / requests_per_slot.max(1.0),
            Self::Steady | Self::Burst | Self::Static | Self::Open { .. } => 0.0,
        }
    }
}

/// Equal requests: `input` tokens are read, `output` tokens are written, `concurrency` requests are in flight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Workload {
    input: u64,
    output: u64,
    concurrency: u64,
    context: u64,
    prefix: u64,
    hit: f64,
    arrival: Arrival,
}

/// Why a workload makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum WorkloadError {
    /// A count that must be positive is zero.
    #[error("{0} is 0, but a workload needs at least 1")]
    Zero(&'static str),
    /// A count is absurd.
    #[error("{what} is {value}, more than the {MAX_COUNT} that any workload needs")]
    TooLarge {
        /// Which.
        what: &'static str,
        /// Its value.
        value: u64,
    },
    /// The context cannot hold a request.
    #[error(
        "a context of {context} tokens is too short for {input} input and {output} output tokens; it needs {}",
        input + output
    )]
    ContextTooShort {
        /// The stated context.
        context: u64,
        /// Input tokens.
        input: u64,
        /// Output tokens.
        output: u64,
    },
    /// The shared prefix is longer than the input that starts with it.
    #[error("a shared prefix of {prefix} tokens is longer than the input of {input}")]
    PrefixTooLong {
        /// The stated prefix.
        prefix: u64,
        /// Input tokens.
        input: u64,
    },
    /// The share of the input that is found in a cache is no share.
    #[error("a prefix hit of {0} is no share of the input")]
    Hit(f64),
    /// Both are said of what is found in a cache.
    #[error("a shared prefix and a share of hits both say what is found in the cache")]
    PrefixAndHit,
    /// A slot of a benchmark serves at least one request.
    #[error("{0} requests per slot are none: the first request of a slot is one of them")]
    RequestsPerSlot(f64),
    /// Requests arrive at a rate above zero.
    #[error("{0} requests a second are no load")]
    Rate(f64),
    /// Only a static batch can write without having read.
    #[error("a prompt of 0 tokens is for static batches: a request that is served has one")]
    NoPrompt,
}

impl Workload {
    /// Requests of `input` and `output` tokens, `concurrency` at once; a sequence reaches their sum.
    ///
    /// # Errors
    /// If input or concurrency is zero, or any count absurd.
    ///
    /// ```
    /// # use slipstick_core::workload::Workload;
    /// let chat = Workload::new(1024, 256, 32)?;
    /// assert_eq!(chat.context(), 1280);
    /// # Ok::<(), slipstick_core::workload::WorkloadError>(())
    /// ```
    pub const fn new(input: u64, output: u64, concurrency: u64) -> Result<Self, WorkloadError> {
        if input == 0 {
            return Err(WorkloadError::Zero("input"));
        }
        Self::counted(input, output, concurrency)
    }

    /// A static batch of `batch` sequences that write `output` tokens each after an empty prompt, as single-stream
    /// benchmarks of decoding do.
    ///
    /// # Errors
    /// If a count is zero or absurd.
    pub const fn generation(output: u64, batch: u64) -> Result<Self, WorkloadError> {
        if output == 0 {
            return Err(WorkloadError::Zero("output"));
        }
        match Self::counted(0, output, batch) {
            Ok(workload) => Ok(Self { arrival: Arrival::Static, ..workload }),
            Err(error) => Err(error),
        }
    }

    const fn counted(input: u64, output: u64, concurrency: u64) -> Result<Self, WorkloadError> {
        if concurrency == 0 {
            return Err(WorkloadError::Zero("concurrency"));
        }
        if input > MAX_COUNT {
            return Err(WorkloadError::TooLarge { what: "input", value: input });
        }
        if output > MAX_COUNT {
            return Err(WorkloadError::TooLarge { what: "output", value: output });
        }
        if concurrency > MAX_COUNT {
            return Err(WorkloadError::TooLarge { what: "concurrency", value: concurrency });
        }
        Ok(Self {
            input,
            output,
            concurrency,
            context: input + output,
            prefix: 0,
            hit: 0.0,
            arrival: Arrival::Steady,
        })
    }

    /// Sequences that fill a context, for questions about memory alone.
    ///
    /// # Errors
    /// As [`Workload::new`].
    pub const fn full(context: u64, concurrency: u64) -> Result<Self, WorkloadError> {
        Self::new(context, 0, concurrency)
    }

    /// The same where the engine is told that a sequence may reach `context` tokens: what it has to start for, and what
    /// some engines reserve.
    ///
    /// # Errors
    /// If a request does not fit into it, or it is absurd.
    pub const fn with_context(mut self, context: u64) -> Result<Self, WorkloadError> {
        if context < self.input + self.output {
            let (input, output) = (self.input, self.output);
            return Err(WorkloadError::ContextTooShort { context, input, output });
        }
        if context > MAX_COUNT {
            return Err(WorkloadError::TooLarge { what: "context", value: context });
        }
        self.context = context;
        Ok(self)
    }

    /// The same where all requests share their first `prefix` input tokens.
    ///
    /// # Errors
    /// If the prefix is longer than the input.
    pub const fn with_prefix(mut self, prefix: u64) -> Result<Self, WorkloadError> {
        if prefix > self.input {
            return Err(WorkloadError::PrefixTooLong { prefix, input: self.input });
        }
        if self.hit > 0.0 {
            return Err(WorkloadError::PrefixAndHit);
        }
        self.prefix = prefix;
        Ok(self)
    }

    /// The same where a share of the input is found in the engine's cache in the mean: of each request its own, such as the
    /// turns before it.
    ///
    /// # Errors
    /// If it is no share below 1, or a shared prefix is stated too.
    pub fn with_hit(mut self, hit: f64) -> Result<Self, WorkloadError> {
        if !(0.0..1.0).contains(&hit) {
            return Err(WorkloadError::Hit(hit));
        }
        if self.prefix > 0 {
            return Err(WorkloadError::PrefixAndHit);
        }
        self.hit = hit;
        Ok(self)
    }

    /// The same with requests arriving in another way.
    ///
    /// # Errors
    /// If a benchmark's slots serve less than one request, a rate is none, or a request that is served has no prompt.
    pub fn with_arrival(mut self, arrival: Arrival) -> Result<Self, WorkloadError> {
        if let Arrival::Benchmark { requests_per_slot } = arrival
            && !(requests_per_slot >= 1.0 && requests_per_slot.is_finite())
        {
            return Err(WorkloadError::RequestsPerSlot(requests_per_slot));
        }
        if let Arrival::Open { rate } = arrival
            && !(rate > 0.0 && rate.is_finite())
        {
            return Err(WorkloadError::Rate(rate));
        }
        if self.input == 0 && arrival != Arrival::Static {
            return Err(WorkloadError::NoPrompt);
        }
        self.arrival = arrival;
        Ok(self)
    }

    /// The same with another number of requests at once.
    ///
    /// # Errors
    /// If it is zero or absurd.
    pub const fn with_concurrency(mut self, concurrency: u64) -> Result<Self, WorkloadError> {
        if concurrency == 0 {
            return Err(WorkloadError::Zero("concurrency"));
        }
        if concurrency > MAX_COUNT {
            return Err(WorkloadError::TooLarge { what: "concurrency", value: concurrency });
        }
        self.concurrency = concurrency;
        Ok(self)
    }

    /// Whether it is one request alone.
    pub fn is_alone(&self) -> bool {
        self.arrival == Arrival::Static && self.concurrency == 1
    }

    /// The spreads of the question that it asks.
    pub fn spreads(&self, of: &QuestionSpreads) -> Spreads {
        let spreads = match self.arrival {
            Arrival::Steady => of.steady,
            // What a run at a rate reaches says nothing of the rate that is held.
            Arrival::Open { .. } => Spreads { rate: of.steady.rate, ..of.open.or(of.steady) },
            Arrival::Benchmark { .. } => of.benchmark,
            Arrival::Burst => of.burst,
            Arrival::Static if self.is_alone() => of.alone.or(of.batch),
            Arrival::Static => of.batch,
        };
        spreads.filled()
    }

    /// What is reached under it: what is handed in at once may have a level of its own.
    pub fn calibration<'a>(&self, of: &'a Calibration) -> Cow<'a, Calibration> {
        match self.arrival {
            Arrival::Burst => of.of_bursts(),
            Arrival::Steady | Arrival::Benchmark { .. } | Arrival::Static | Arrival::Open { .. } => {
                Cow::Borrowed(of)
            }
        }
    }

    /// Tokens a request brings.
    pub const fn input(&self) -> u64 {
        self.input
    }

    /// Tokens a request is answered with.
    pub const fn output(&self) -> u64 {
        self.output
    }

    /// Requests in flight.
    pub const fn concurrency(&self) -> u64 {
        self.concurrency
    }

    /// Tokens that the engine is told a sequence may reach; as many as a request has, unless stated.
    pub const fn context(&self) -> u64 {
        self.context
    }

    /// Tokens that a request reaches.
    pub const fn length(&self) -> u64 {
        self.input + self.output
    }

    /// Leading input tokens that all requests share.
    pub const fn prefix(&self) -> u64 {
        self.prefix
    }

    /// Share of the input that is found in the engine's cache.
    pub const fn hit(&self) -> f64 {
        self.hit
    }

    /// How requests arrive.
    pub const fn arrival(&self) -> Arrival {
        self.arrival
    }

    /// The context of a running sequence in the mean, in tokens: half of its output is written.
    pub const fn mean_context(&self) -> u64 {
        let written = self.output.div_ceil(2);
        let mean = self.length() - written;
        if mean == 0 { 1 } else { mean }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_must_fit_its_context() {
        let workload = Workload::new(1000, 200, 4).unwrap();
        let longer = workload.with_context(4096).unwrap();
        assert_eq!((longer.context(), longer.length()), (4096, 1200));
        assert_eq!(longer.mean_context(), workload.mean_context(), "requests are as long as they were");
        let error = workload.with_context(1100).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a context of 1100 tokens is too short for 1000 input and 200 output tokens; it needs 1200"
        );
    }

    #[test]
    fn nonsense_is_refused() {
        assert_eq!(Workload::new(0, 1, 1), Err(WorkloadError::Zero("input")));
        assert_eq!(Workload::new(1, 1, 0), Err(WorkloadError::Zero("concurrency")));
        assert!(matches!(Workload::new(u64::MAX, 1, 1), Err(WorkloadError::TooLarge { .. })));
        let workload = Workload::new(10, 1, 1).unwrap();
        assert!(workload.with_prefix(11).is_err());
        let slots = |requests_per_slot| workload.with_arrival(Arrival::Benchmark { requests_per_slot });
        assert!(slots(f64::NAN).is_err() && slots(0.5).is_err() && slots(10.0).is_ok());
        let open = |rate| workload.with_arrival(Arrival::Open { rate });
        assert!(open(0.0).is_err() && open(f64::INFINITY).is_err() && open(0.1).is_ok());
        assert_eq!(Workload::generation(0, 1), Err(WorkloadError::Zero("output")));
        let writing = Workload::generation(128, 4).unwrap();
        assert_eq!(writing.with_arrival(Arrival::Steady), Err(WorkloadError::NoPrompt));
    }
}
