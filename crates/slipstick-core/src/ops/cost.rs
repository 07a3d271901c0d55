//! What an operator costs on a step.

use crate::formulas::time::roofline::arithmetic_intensity;
use crate::units::{Flops, Intensity, Traffic};

/// The work of one operator on one rank.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct OpCost {
    /// FLOPs, a multiply-add counting as two.
    pub flops: Flops,
    /// Bytes read from memory.
    pub read: Traffic,
    /// Bytes written to memory.
    pub written: Traffic,
    /// Bytes one rank contributes to a collective.
    pub communicated: Traffic,
}

impl OpCost {
    /// Bytes to and from memory.
    pub fn moved(&self) -> Traffic {
        self.read + self.written
    }

    /// FLOPs per byte of memory traffic.
    pub fn intensity(&self) -> Intensity {
        arithmetic_intensity(self.flops, self.moved())
    }

    /// Adds another.
    pub fn add(&mut self, other: &Self) {
        self.flops += other.flops;
        self.read += other.read;
        self.written += other.written;
        self.communicated += other.communicated;
    }

    /// The cost of so many repetitions.
    #[must_use]
    pub fn times(&self, count: f64) -> Self {
        Self {
            flops: self.flops * count,
            read: self.read * count,
            written: self.written * count,
            communicated: self.communicated * count,
        }
    }
}

/// The phase of serving a cost belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Reading prompts.
    Prefill,
    /// Emitting tokens.
    Decode,
}

impl Phase {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Prefill => "prefill",
            Self::Decode => "decode",
        }
    }
}

/// What one engine step works on, on one data-parallel rank.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Step {
    /// Sequences that emit a token each.
    pub decode_sequences: f64,
    /// Tokens drafted for each of them, which are verified beside its last one.
    pub drafted: f64,
    /// Their mean context, in tokens.
    pub decode_context: f64,
    /// Prompt tokens that are prefilled.
    pub prefill_tokens: f64,
    /// Length of the prompts they belong to, in tokens: it decides how far attention reaches.
    pub prefill_length: f64,
    /// Leading tokens of each that are in the cache already: attention reads them, nothing computes them.
    pub cached: f64,
    /// Prompts that end in this step, and so pass the output head.
    pub prompts_completed: f64,
}

impl Step {
    /// A step that only decodes.
    pub const fn decode(sequences: f64, context: f64) -> Self {
        Self {
            decode_sequences: sequences,
            drafted: 0.0,
            decode_context: context,
            prefill_tokens: 0.0,
            prefill_length: 0.0,
            cached: 0.0,
            prompts_completed: 0.0,
        }
    }

    /// A step that prefills one whole prompt.
    pub const fn prefill(tokens: f64) -> Self {
        Self {
            decode_sequences: 0.0,
            drafted: 0.0,
            decode_context: 0.0,
            prefill_tokens: tokens,
            prefill_length: tokens,
            cached: 0.0,
            prompts_completed: 1.0,
        }
    }

    /// The same with so many tokens drafted for each sequence.
    #[must_use]
    pub const fn drafting(self, drafted: f64) -> Self {
        Self { drafted, ..self }
    }

    /// The same where the first `cached` tokens of the prompt are in the cache already.
    #[must_use]
    pub const fn behind(self, cached: f64) -> Self {
        Self { cached, prefill_tokens: self.prefill_tokens - cached, ..self }
    }

    /// Tokens of the decoding sequences: the last one of each, and those drafted.
    pub const fn decode_tokens(&self) -> f64 {
        self.decode_sequences * (1.0 + self.drafted)
    }

    /// All tokens of the step.
    pub const fn tokens(&self) -> f64 {
        self.decode_tokens() + self.prefill_tokens
    }

    /// Tokens whose successor is asked for, so that they pass the head.
    pub const fn heads(&self) -> f64 {
        self.decode_tokens() + self.prompts_completed
    }
}
