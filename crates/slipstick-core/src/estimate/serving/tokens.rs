//! Requests as the tokens that an engine reads and writes.

use crate::{
    formulas::{cost::tokens::single_stream_prompt_share, time::latency::token_rate},
    quantity::{Quantity as Q, StepKind},
    trace::{Trace, asked, at},
    traced,
    units::Seconds,
    workload::{Arrival, Workload},
};

/// Requests as the steps of an engine see them.
#[derive(Debug, Clone, Copy)]
pub(in crate::estimate) struct Tokens {
    pub(in crate::estimate) input: f64,
    /// Tokens written; a sequence whose output is not asked for is taken to write one.
    pub(in crate::estimate) output: f64,
    pub(in crate::estimate) requests: f64,
    /// Whether all requests are there at once.
    pub(in crate::estimate) at_once: bool,
}

impl Tokens {
    pub(in crate::estimate) fn of(load: &Workload) -> Self {
        Self {
            input: load.input() as f64,
            output: load.output().max(1) as f64,
            requests: load.concurrency() as f64,
            at_once: load.arrival() == Arrival::Burst,
        }
    }

    /// Tokens that a running sequence has behind it in the mean: half of its output is written.
    pub(in crate::estimate) fn mean_context(&self) -> f64 {
        self.input + self.output / 2.0
    }
}

/// Input, output and all tokens a second.
pub(in crate::estimate) fn token_rates(trace: Trace<'_>, input: f64, output: f64, requests: f64) -> [f64; 3] {
    let rate = |quantity, tokens: f64| {
        traced!(trace, quantity, token_rate {
            t: tokens => asked("tokens"),
            X: requests => at(Q::RequestRate),
        })
    };
    [rate(Q::InputRate, input), rate(Q::OutputRate, output), rate(Q::TotalRate, input + output)]
}

/// The share of a request's time before its first token, where requests run one after the other.
pub(super) fn alone(trace: Trace<'_>, prefill: Seconds, tpot: Seconds, output: f64) -> f64 {
    traced!(trace, Q::InputShare, single_stream_prompt_share {
        t_1: prefill => at(Q::StepTime(StepKind::Prefill)),
        TPOT: tpot => at(Q::Tpot),
        O: output => asked("tokens"),
    })
}
