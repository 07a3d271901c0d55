//! Steps as sequences see them: with what drafts tokens for them, where anything does.

use super::{steady::Serving, tokens::Tokens};
use crate::{
    basis::Basis,
    estimate::step::{Shape, StepClock, StepTime, Steps},
    formulas::time::{
        batching::{read_tokens, room_for_whole_prompts, shared_room},
        speculation::{
            draft_time, expected_by_place, expected_tokens, steps_of_output, time_per_accepted_token,
            verified_tokens,
        },
    },
    formulas::{parts::total, time::latency::time_per_output_token},
    quantity::{Quantity as Q, StepKind},
    speculation::Passes,
    trace::{Input, Origin, Source, Trace, asked, at, fact, fitted, rules},
    traced,
    units::Seconds,
};

/// What drafts tokens, on some hardware.
#[derive(Debug, Clone, PartialEq)]
pub struct Drafting {
    /// The passes of the model that drafts, and how it makes its tokens; none where drafts are looked up.
    pub clock: Option<(StepClock, Passes)>,
    /// Tokens drafted for each sequence.
    pub tokens: f64,
    /// Passes of a step.
    pub passes: f64,
    /// The chance of each drafted token, by its place.
    pub acceptance: Vec<f64>,
    /// The one chance of all places, if it is one.
    pub even: Option<f64>,
}

impl Drafting {
    /// Tokens that a step emits in the mean.
    pub fn expected(&self, trace: Trace<'_>) -> f64 {
        let chance = || fact("", Source::Speculation, Basis::Assumed);
        if let Some(even) = self.even {
            return traced!(trace, Q::ExpectedTokens, expected_tokens {
                a: even => chance(),
                k: self.tokens => asked("tokens"),
            });
        }
        let expected = expected_by_place(&self.acceptance);
        trace.gathered(Q::ExpectedTokens, &expected_by_place::FORMULA, expected, || {
            let places = (1..).zip(&self.acceptance);
            places.map(|(place, value)| Input::new(format!("a_{place}"), *value, chance())).collect()
        });
        expected
    }
}

/// The steps of a load, and what drafts for it.
pub(in crate::estimate) struct Rounds<'a> {
    verify: Steps<'a>,
    drafting: Option<(&'a Drafting, Option<DraftSteps<'a>>)>,
}

/// The first pass of what drafts, and each further one.
struct DraftSteps<'a> {
    first: Steps<'a>,
    further: Steps<'a>,
}

/// A number, and where it was recorded.
pub(in crate::estimate) type From<T> = (T, Origin);

impl<'a> Rounds<'a> {
    /// The steps of sequences and prompts of some length, of which the first `cached` tokens are in the cache.
    pub(in crate::estimate) fn new(
        clock: &'a StepClock,
        drafting: Option<&'a Drafting>,
        tokens: &Tokens,
        cached: f64,
    ) -> Self {
        let shape = Shape { context: tokens.mean_context(), drafted: 0.0, prompt: tokens.input, cached };
        let all = Shape { drafted: drafting.map_or(0.0, |drafting| drafting.tokens), ..shape };
        let passes = |(clock, passes): &'a (StepClock, Passes)| DraftSteps {
            first: clock.steps(if *passes == Passes::Model { &shape } else { &all }),
            further: clock.steps(&shape),
        };
        Self {
            verify: clock.steps(&all),
            drafting: drafting.map(|drafting| (drafting, drafting.clock.as_ref().map(passes))),
        }
    }

    /// The time of a step that decodes `sequences`, reads `prompt` tokens and ends `prompts` prompts, drafting included.
    pub(in crate::estimate) fn time(&self, sequences: f64, prompt: f64, prompts: f64) -> StepTime {
        let verify = self.verify.time(sequences, prompt, prompts);
        self.draft(sequences, prompt, prompts).map_or(verify, |draft| verify.and(&draft))
    }

    /// The step that reads one prompt on one rank while the others have nothing, drafting included.
    pub(in crate::estimate) fn lone_prompt(&self, tokens: f64) -> StepTime {
        let verify = self.verify.lone_prompt(tokens);
        let Some((drafting, Some(steps))) = &self.drafting else { return verify };
        let further = steps.further.time(1.0, 0.0, 0.0).times((drafting.passes - 1.0).max(0.0));
        verify.and(&steps.first.lone_prompt(tokens)).and(&further)
    }

    /// What drafting adds to it; nothing without a model that drafts.
    fn draft(&self, sequences: f64, prompt: f64, prompts: f64) -> Option<StepTime> {
        let (drafting, Some(steps)) = self.drafting.as_ref()? else { return None };
        let first = steps.first.time(sequences, prompt, prompts);
        let further = steps.further.time(sequences + prompts, 0.0, 0.0);
        Some(first.and(&further.times((drafting.passes - 1.0).max(0.0))))
    }

    /// A step that decodes only, recorded with its parts.
    pub(in crate::estimate) fn decode(&self, sequences: f64, trace: Trace<'_>) -> StepTime {
        let step = self.time(sequences, 0.0, 0.0);
        let Some((drafting, steps)) = &self.drafting else {
            step.record(StepKind::Decode, trace);
            return step;
        };
        let verify = self.verify.time(sequences, 0.0, 0.0);
        verify.record(StepKind::Verify, trace);
        let drafts = steps.as_ref().map_or(Seconds::ZERO, |steps| {
            let (first, further) =
                (steps.first.time(sequences, 0.0, 0.0), steps.further.time(sequences, 0.0, 0.0));
            traced!(trace, Q::DraftTime, draft_time {
                t_1: first.total() => fitted("s"),
                n: drafting.passes => asked("passes"),
                t_n: further.total() => fitted("s"),
            })
        });
        if steps.is_none() {
            trace.stated(Q::DraftTime, Seconds::ZERO, Source::Request, Basis::Assumed);
        }
        trace.gathered(Q::StepTime(StepKind::Decode), &total::FORMULA, step.total(), || {
            vec![
                Input::new("verify", verify.total(), at(Q::StepTime(StepKind::Verify))),
                Input::new("draft", drafts, at(Q::DraftTime)),
            ]
        });
        step
    }

    /// Time of drafting for so many sequences, and of verifying what is drafted.
    pub(in crate::estimate) fn parts(&self, sequences: f64) -> [Seconds; 2] {
        let draft = self.draft(sequences, 0.0, 0.0).map_or(Seconds::ZERO, |draft| draft.total());
        [draft, self.verify.time(sequences, 0.0, 0.0).total()]
    }

    /// Tokens that so many decoding sequences put into a step.
    pub(super) fn tokens_of(&self, batch: f64, from: Q, into: Q, trace: Trace<'_>) -> From<f64> {
        let Some((drafting, _)) = &self.drafting else { return (batch, at(from)) };
        let tokens = traced!(trace, into, verified_tokens {
            B: batch => at(from),
            k: drafting.tokens => asked("tokens"),
        });
        (tokens, at(into))
    }

    /// Tokens that one decoding sequence puts into a step.
    fn tokens_of_one(&self, trace: Trace<'_>) -> From<f64> {
        let Some((drafting, _)) = &self.drafting else { return (1.0, asked("tokens")) };
        let tokens = traced!(trace, Q::DecodeTokensOfOne, verified_tokens {
            B: 1.0 => asked("sequences"),
            k: drafting.tokens => asked("tokens"),
        });
        (tokens, at(Q::DecodeTokensOfOne))
    }

    /// Tokens that a step emits for a sequence, if it can be more than one.
    pub(in crate::estimate) fn expected(&self, trace: Trace<'_>) -> Option<f64> {
        self.drafting.as_ref().map(|(drafting, _)| drafting.expected(trace))
    }

    /// Steps that write the output of a request.
    pub(super) fn steps_of(&self, output: f64, trace: Trace<'_>) -> From<f64> {
        let Some(expected) = self.expected(trace) else { return (output, asked("tokens")) };
        let steps = traced!(trace, Q::StepsOfOutput, steps_of_output {
            O: output => asked("tokens"),
            E: expected => at(Q::ExpectedTokens),
        });
        (steps, at(Q::StepsOfOutput))
    }

    /// The mean time of a step, and that per output token.
    pub(super) fn per_token(
        &self,
        share: From<f64>,
        mixed: Seconds,
        decode: Seconds,
        trace: Trace<'_>,
    ) -> (From<Seconds>, Seconds) {
        let mean = |quantity| {
            traced!(trace, quantity, time_per_output_token {
                p: share.0 => share.1,
                t_m: mixed => at(Q::StepTime(StepKind::Mixed)),
                t_d: decode => at(Q::StepTime(StepKind::Decode)),
            })
        };
        let Some(expected) = self.expected(trace) else {
            let tpot = mean(Q::Tpot);
            return ((tpot, at(Q::Tpot)), tpot);
        };
        let step = mean(Q::MeanStep);
        let tpot = traced!(trace, Q::Tpot, time_per_accepted_token {
            t: step => at(Q::MeanStep),
            E: expected => at(Q::ExpectedTokens),
        });
        ((step, at(Q::MeanStep)), tpot)
    }
}

/// Prompt tokens of a request that are read, where `cached` of them are found in a cache.
pub(in crate::estimate) fn read(input: f64, cached: f64, trace: Trace<'_>) -> From<f64> {
    if cached <= 0.0 {
        return (input, asked("tokens"));
    }
    let read = traced!(trace, Q::ReadTokens, read_tokens {
        I: input => asked("tokens"),
        h: cached => at(Q::CachedTokens),
    });
    (read, at(Q::ReadTokens))
}

/// What a load reads and writes in the steps that serve it.
pub(super) struct Reading<'a> {
    pub(super) tokens: Tokens,
    /// Prompt tokens of a request that are not found in a cache.
    pub(super) read: From<f64>,
    pub(super) steps: Rounds<'a>,
}

impl<'a> Reading<'a> {
    /// The requests of a load, as they are served.
    pub(super) fn new(with: &Serving<'a>, tokens: Tokens) -> Self {
        let (cached, trace) = (with.limits.cached, with.trace);
        trace.stated(Q::CachedTokens, cached, Source::Request, Basis::Exact);
        let steps = Rounds::new(with.clock, with.drafting, &tokens, cached);
        Self { read: read(tokens.input, cached, trace), steps, tokens }
    }
}

/// Prompt tokens that a step has room for where as many arrive as it reads.
pub(super) fn room_shared(with: &Serving<'_>, load: &Reading<'_>, trace: Trace<'_>) -> From<f64> {
    let (one, read) = (load.steps.tokens_of_one(trace), load.read);
    let steps = load.steps.steps_of(load.tokens.output, trace);
    let room = traced!(trace, Q::SharedRoom, shared_room {
        T: with.limits.max_batched_tokens => rules("tokens"),
        d: one.0 => one.1,
        I: read.0 => read.1,
        S: steps.0 => steps.1,
    });
    whole_prompts(with, load, (room, Q::SharedRoom), Q::WholeSharedRoom, trace)
}

/// That room in whole prompts, where none is divided.
pub(super) fn whole_prompts(
    with: &Serving<'_>,
    load: &Reading<'_>,
    (room, from): (f64, Q),
    into: Q,
    trace: Trace<'_>,
) -> From<f64> {
    if with.limits.divides_prompts {
        return (room, at(from));
    }
    let whole = traced!(trace, into, room_for_whole_prompts {
        c: room => at(from),
        I: load.read.0 => load.read.1,
    });
    (whole, at(into))
}
