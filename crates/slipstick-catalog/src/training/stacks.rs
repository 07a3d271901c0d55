//! Training softwares.

use std::borrow::Cow;

use slipstick_core::{
    training::{Loss, Sharding, Stack, TensorOverlap, UncastLogits},
    units::Bytes,
};

use super::allocator::allocator;
use crate::{
    LayerName, Place,
    rows::Layered,
    tables::{StackRow, TRAINING_LOGITS, TRAINING_STACKS, shipped},
    version::{Version, Versions},
};

/// Whether a software runs tensor-parallel collectives beside products by itself.
fn overlaps_tensor(stack: &str) -> bool {
    super::reach::kernels(stack).tensor_overlap == "yes"
}

/// What its loss holds of models whose own code leaves logits in their format.
fn uncast_logits(stack: &str) -> Option<UncastLogits> {
    let row = TRAINING_LOGITS.iter().find(|row| row.stack == stack)?;
    Some(UncastLogits { forward: row.forward, full: row.full, fused: row.fused })
}

/// A training software: its rules, and what it does where nobody says otherwise.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a habit of its own")]
pub struct StackEntry {
    /// The rules.
    pub stack: Stack,
    /// Whether it keeps an fp32 copy of the weights.
    pub master: bool,
    /// Bytes of an adapter's element beside 16-bit and beside quantised weights.
    pub adapter_bytes: [u64; 2],
    /// How its loss holds logits.
    pub loss: Loss,
    /// Whether its optimizer steps through all tensors at once.
    pub foreach: bool,
    /// How it shares states.
    pub sharding: Sharding,
    /// Whether it gives a head of its own to models whose head is the embedding.
    pub unties: bool,
    /// Whether it splits norms over the sequence between tensor-parallel ranks.
    pub sequence_parallel: bool,
    /// The newest of the versions that its rules hold for.
    pub newest: String,
    key: String,
    versions: Versions,
    layer: LayerName,
}

impl StackEntry {
    fn is_named(&self, name: &str) -> bool {
        self.stack.name.eq_ignore_ascii_case(name.trim())
    }
}

/// The rules of a name at its newest version.
pub(crate) fn newest<'a>(all: &[&'a StackEntry], name: &str) -> Option<&'a StackEntry> {
    let own = all.iter().copied().filter(|entry| entry.is_named(name));
    own.max_by(|a, b| a.versions.to.cmp(&b.versions.to))
}

/// The rules of a name that hold for a version, and whether they are known to: else those of the newest older one, or of the
/// oldest. None if there is no such name, or the text is no version.
pub(crate) fn holding<'a>(
    all: &[&'a StackEntry],
    name: &str,
    version: &str,
) -> Option<(&'a StackEntry, bool)> {
    let version = Version::parse(version)?;
    let mut own: Vec<&StackEntry> = all.iter().copied().filter(|entry| entry.is_named(name)).collect();
    if let Some(known) = own.iter().rev().find(|entry| entry.versions.hold(&version)) {
        return Some((known, true));
    }
    own.sort_by(|a, b| a.versions.to.cmp(&b.versions.to)); // stable
    let older = own.iter().rev().find(|entry| entry.versions.before(&version));
    older.or(own.first()).map(|entry| (*entry, false))
}

/// Both ends of versions such as `0.12 to 0.15`, or the one there is twice; what they ran with is left out.
fn ends(text: &str) -> (&str, &str) {
    let own = text.split(" with ").next().unwrap_or(text);
    own.split_once(" to ").map_or((own, own), |(from, to)| (from.trim(), to.trim()))
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

fn at_least_one(column: &str, value: f64) -> Result<f64, String> {
    if value.is_finite() && value >= 1.0 { Ok(value) } else { Err(format!("{column}: {value} is below 1")) }
}

/// What ranks share.
fn sharding(word: &str) -> Result<Sharding, String> {
    match word {
        "whole" => Ok(Sharding::Whole),
        "optimizer" => Ok(Sharding::Optimizer),
        "gradients" => Ok(Sharding::Gradients),
        "weights" => Ok(Sharding::Weights),
        other => Err(format!("sharding: {other:?} is none of whole, optimizer, gradients, weights")),
    }
}

/// How the loss is worked out.
fn loss(word: &str) -> Result<Loss, String> {
    match word {
        "full" => Ok(Loss::Full),
        "fused" => Ok(Loss::Fused),
        "chunked" => Ok(Loss::Chunked),
        other => Err(format!("loss: {other:?} is none of full, fused, chunked")),
    }
}

impl StackRow<'_> {
    fn stack(&self) -> Result<Stack, String> {
        Ok(Stack {
            name: self.name.to_owned(),
            version: self.version.to_owned(),
            eager: flag("eager", self.eager)?,
            master_apart: flag("master_apart", self.master_apart)?,
            both_gradients: flag("both_gradients", self.both_gradients)?,
            step_gradients: flag("step_gradients", self.step_gradients)?,
            whole_accumulation: flag("whole_accumulation", self.whole_accumulation)?,
            flat_gradients: flag("flat_gradients", self.flat_gradients)?,
            forward_logit_bytes: above_zero("forward_logit_bytes", self.forward_logit_bytes)?,
            logit_bytes: above_zero("logit_bytes", self.logit_bytes)?,
            uncast_logits: uncast_logits(self.name),
            frozen_inputs: flag("frozen_inputs", self.frozen_inputs)?,
            parallel_logit_bytes: above_zero("parallel_logit_bytes", self.parallel_logit_bytes)?,
            fused_logit_bytes: above_zero("fused_logit_bytes", self.fused_logit_bytes)?,
            chunked_logit_bytes: above_zero("chunked_logit_bytes", self.chunked_logit_bytes)?,
            live_layers: above_zero("live_layers", self.live_layers)?,
            weight_placeholders: flag("weight_placeholders", self.weight_placeholders)?,
            gathered_streams: above_zero("gathered_streams", self.gathered_streams)?,
            bucket: Bytes::mib(self.bucket_mib),
            live_units: above_zero("live_units", self.live_units)?,
            context: Bytes::gib_f64(above_zero("context_gib", self.context_gib)?),
            reserved: at_least_one("reserved", self.reserved)?,
            allocator: flag("eager", self.eager)?.then(allocator),
            vocabulary_multiple: self.vocabulary_multiple.max(1),
            tensor_overlap: TensorOverlap {
                share: share("tensor_overlap", self.tensor_overlap)?,
                usual: overlaps_tensor(self.name),
            },
            data_overlap: share("data_overlap", self.data_overlap)?,
            context_overlap: share("context_overlap", self.context_overlap)?,
            expert_overlap: share("expert_overlap", self.expert_overlap)?,
            pipeline_overlap: share("pipeline_overlap", self.pipeline_overlap)?,
            fused_casts: flag("fused_casts", self.fused_casts)?,
            narrow_gather: flag("narrow_gather", self.narrow_gather)?,
            narrow_inputs: flag("narrow_inputs", self.narrow_inputs)?,
            source: self.source.to_owned(),
        })
    }

    pub(crate) fn entry(&self, at: Place<'_>) -> Result<StackEntry, String> {
        let (sharding, loss) = (sharding(self.sharding)?, loss(self.loss)?);
        let (from, to) = ends(self.version);
        Ok(StackEntry {
            newest: to.to_owned(),
            key: format!("{}@{}", self.name, self.version),
            versions: Versions::parse(from, to).map_err(|error| format!("version: {error}"))?,
            stack: self.stack()?,
            master: flag("master", self.master)?,
            adapter_bytes: [self.adapter_bytes, self.quantized_adapter_bytes],
            loss,
            foreach: flag("foreach", self.foreach)?,
            sharding,
            unties: flag("unties", self.unties)?,
            sequence_parallel: flag("sequence_parallel", self.sequence_parallel)?,
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
        Cow::Borrowed(&self.key)
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
        }
    }

    #[test]
    fn a_habit_changes_with_the_version_that_changed_it() {
        let all: Vec<&StackEntry> = STACKS.iter().collect();
        let rules = |name, version| holding(&all, name, version).expect("rules").0;
        for (version, foreach) in [("4.53.2", true), ("4.54.0", false), ("5.1", false)] {
            assert_eq!(rules("hf-trainer", version).foreach, foreach, "{version}");
        }
        for (version, loss) in [("2025", Loss::Fused), ("2026.3", Loss::Fused), ("2026.8", Loss::Chunked)] {
            assert_eq!(rules("torchtitan", version).loss, loss, "{version}");
        }
    }

    #[test]
    fn a_version_has_its_own_rules_or_those_of_the_nearest_older_one() {
        let row = |version| StackRow { version, ..TRAINING_STACKS[0] };
        let rows =
            [row("0.5 to 0.8"), row("0.12 to 0.15")].map(|row| row.entry(Place::shipped("")).expect("a row"));
        let all: Vec<&StackEntry> = rows.iter().collect();
        let name = TRAINING_STACKS[0].name;
        for (version, rules, known) in [
            ("0.5", "0.8", true),
            ("0.14.1", "0.15", true),
            ("0.10", "0.8", false),
            ("0.16", "0.15", false),
            ("0.3", "0.8", false),
        ] {
            let (entry, holds) = holding(&all, name, version).expect("rules");
            assert_eq!((entry.newest.as_str(), holds), (rules, known), "{version}");
        }
        assert!(holding(&all, name, "main").is_none() && holding(&all, "nobody", "0.5").is_none());
        assert_eq!(newest(&all, name).expect("rules").newest, "0.15");
    }
}
