//! The shape of a serving workload.

use crate::units::Frequency;

/// Tokens a sequence, or sequences, beyond this are a mistake; within it every product with a cache row stays exact.
const MAX_COUNT: u64 = 1 << 32;

/// Equal requests: `input` tokens are read, `output` tokens are written, `concurrency` requests are in flight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Workload {
    input: u64,
    output: u64,
    concurrency: u64,
    context: u64,
    prefix: u64,
    rate: Option<Frequency>,
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
    /// The request rate is not a positive number.
    #[error("a request rate must be a positive, finite number of requests per second")]
    Rate,
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
        Ok(Self { input, output, concurrency, context: input + output, prefix: 0, rate: None })
    }

    /// Sequences that fill a context, for questions about memory alone.
    ///
    /// # Errors
    /// As [`Workload::new`].
    pub const fn full(context: u64, concurrency: u64) -> Result<Self, WorkloadError> {
        Self::new(context, 0, concurrency)
    }

    /// The same with room for `context` tokens a sequence: what an engine is told to reserve for.
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
        self.prefix = prefix;
        Ok(self)
    }

    /// The same with requests arriving at `rate`.
    ///
    /// # Errors
    /// If the rate is not positive and finite.
    pub const fn with_rate(mut self, rate: Frequency) -> Result<Self, WorkloadError> {
        if !(rate.get() > 0.0 && rate.get().is_finite()) {
            return Err(WorkloadError::Rate);
        }
        self.rate = Some(rate);
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

    /// The most tokens a sequence reaches.
    pub const fn context(&self) -> u64 {
        self.context
    }

    /// Leading input tokens that all requests share.
    pub const fn prefix(&self) -> u64 {
        self.prefix
    }

    /// Arrivals, if they are stated.
    pub const fn rate(&self) -> Option<Frequency> {
        self.rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_must_fit_its_context() {
        let workload = Workload::new(1000, 200, 4).unwrap();
        assert_eq!(workload.with_context(4096).unwrap().context(), 4096);
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
        assert_eq!(workload.with_rate(Frequency::per_s(f64::NAN)), Err(WorkloadError::Rate));
        assert_eq!(workload.with_rate(Frequency::per_s(0.0)), Err(WorkloadError::Rate));
    }
}
