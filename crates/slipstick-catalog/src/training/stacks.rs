//! Training softwares.

use std::borrow::Cow;

use slipstick_core::{
    basis::{Basis, Known},
    training::{Sharding, Stack},
    units::Bytes,
};

use crate::{
    LayerName, Place,
    rows::Layered,
    tables::{StackRow, TRAINING_STACKS, shipped},
};

/// A training software: its rules, and what it does where nobody says otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct StackEntry {
    /// The rules.
    pub stack: Stack,
    /// Whether it keeps an fp32 copy of the weights.
    pub master: bool,
    /// Whether its optimizer steps through all tensors at once.
    pub foreach: bool,
    /// How it shares states.
    pub sharding: Sharding,
    layer: LayerName,
}

fn flag(column: &str, text: &str) -> Result<bool, String> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        other => Err(format!("{column}: {other:?} is neither yes nor no")),
    }
}

fn share(column: &str, value: f64) -> Result<f64, String> {
    if (0.0..=1.0).contains(&value) {
        Ok(value)
    } else {
        Err(format!("{column}: {value} is not from 0 to 1"))
    }
}

fn above_zero(column: &str, value: f64) -> Result<f64, String> {
    if value.is_finite() && value >= 0.0 { Ok(value) } else { Err(format!("{column}: {value} is below 0")) }
}

impl StackRow<'_> {
    fn context(&self) -> Known<Bytes> {
        Known {
            value: Bytes::gib_f64(self.context_gib),
            low: Bytes::gib_f64(self.context_low_gib),
            high: Bytes::gib_f64(self.context_high_gib),
            basis: Basis::Measured,
        }
    }

    const fn reserved(&self) -> Known<f64> {
        Known {
            value: self.reserved,
            low: self.reserved_low,
            high: self.reserved_high,
            basis: Basis::Measured,
        }
    }

    pub(crate) fn entry(&self, at: Place<'_>) -> Result<StackEntry, String> {
        let sharding = match self.sharding {
            "whole" => Sharding::Whole,
            "optimizer" => Sharding::Optimizer,
            "gradients" => Sharding::Gradients,
            "weights" => Sharding::Weights,
            other => {
                return Err(format!("sharding: {other:?} is none of whole, optimizer, gradients, weights"));
            }
        };
        let stack = Stack {
            name: self.name.to_owned(),
            version: self.version.to_owned(),
            eager: flag("eager", self.eager)?,
            logit_bytes: above_zero("logit_bytes", self.logit_bytes)?,
            fused_logit_bytes: above_zero("fused_logit_bytes", self.fused_logit_bytes)?,
            live_layers: above_zero("live_layers", self.live_layers)?,
            weight_placeholders: flag("weight_placeholders", self.weight_placeholders)?,
            gathered_streams: above_zero("gathered_streams", self.gathered_streams)?,
            bucket: Bytes::mib(self.bucket_mib),
            live_units: above_zero("live_units", self.live_units)?,
            context: self.context(),
            reserved: self.reserved(),
            vocabulary_multiple: self.vocabulary_multiple.max(1),
            tensor_overlap: share("tensor_overlap", self.tensor_overlap)?,
            data_overlap: share("data_overlap", self.data_overlap)?,
            context_overlap: share("context_overlap", self.context_overlap)?,
            expert_overlap: share("expert_overlap", self.expert_overlap)?,
            pipeline_overlap: share("pipeline_overlap", self.pipeline_overlap)?,
            source: self.source.to_owned(),
        };
        Ok(StackEntry {
            stack,
            master: flag("master", self.master)?,
            foreach: flag("foreach", self.foreach)?,
            sharding,
            layer: at.layer,
        })
    }
}

shipped!(STACKS: StackRow<'static> => StackEntry, TRAINING_STACKS, |row| {
    row.entry(Place::shipped("training_stacks.csv")).expect("the tests read every shipped row")
});

impl Layered for StackEntry {
    fn layer(&self) -> LayerName {
        self.layer
    }

    fn key(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.stack.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source;

    #[test]
    fn every_row_is_read_and_has_a_source() {
        for entry in STACKS.iter() {
            assert!(source(&entry.stack.source).is_some(), "{}", entry.stack.name);
            assert!(entry.stack.context.low <= entry.stack.context.high, "{}", entry.stack.name);
        }
    }
}
