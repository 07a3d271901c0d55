//! What the core recorded, as provenance: numbers get their places, sources their names.

use serde_json::Value;
use slipstick_core::{
    basis::Basis,
    quantity::Quantity,
    trace::{How, Node, Origin, Source},
};

use super::{
    Entry, Provenance,
    places::{Part, place},
};
use crate::resolve::Resolved;

/// The names of what a deployment's numbers come from.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    model: String,
    accelerator: String,
    engine: String,
    calibration: String,
    calibrated: Basis,
    starts: String,
    prices: String,
    /// How sure the memory is that concurrency was searched with.
    memory: Basis,
}

impl Names {
    /// Those of a deployment whose memory is so sure.
    pub(crate) fn of(resolved: &Resolved, memory: Basis) -> Self {
        let calibration = resolved.calibration();
        Self {
            model: format!("{}, weights as {}", resolved.model.source, resolved.formats_name),
            accelerator: format!("catalogue: {}", resolved.cluster().accelerator.id),
            engine: format!("rules of {}", resolved.engine_version()),
            calibration: calibration.source.clone(),
            calibrated: calibration.basis,
            starts: calibration.memory_source.clone(),
            prices: "price".to_owned(),
            memory,
        }
    }

    /// Those of a measured run of a model, on an accelerator if it is known.
    pub(crate) fn of_run(model: String, accelerator: Option<&str>) -> Self {
        let nothing = String::new;
        Self {
            model,
            accelerator: accelerator.map_or_else(nothing, |id| format!("catalogue: {id}")),
            engine: nothing(),
            calibration: nothing(),
            calibrated: Basis::Exact,
            starts: nothing(),
            prices: nothing(),
            memory: Basis::Exact,
        }
    }

    /// Those of a training job: its model, its accelerator, the rules of its software, what its times were fitted on with
    /// how sure that is, and its price.
    pub(crate) fn of_training(
        model: String,
        accelerator: &str,
        rules: String,
        (calibration, calibrated): (String, Basis),
        prices: String,
    ) -> Self {
        let accelerator = format!("catalogue: {accelerator}");
        let starts = String::new();
        Self {
            model,
            accelerator,
            engine: rules,
            calibration,
            calibrated,
            starts,
            prices,
            memory: Basis::Exact,
        }
    }

    /// The same with the source of prices.
    pub(crate) fn priced(self, prices: impl Into<String>) -> Self {
        Self { prices: prices.into(), ..self }
    }

    /// What a source is called, and how sure what it says is.
    fn source(&self, source: Source, basis: Basis) -> (String, Basis) {
        match source {
            Source::Request => ("request".to_owned(), basis),
            Source::Layout => ("layout".to_owned(), basis),
            Source::Model => (self.model.clone(), basis),
            Source::Accelerator => (self.accelerator.clone(), basis),
            Source::Formats => {
                ("formats.csv: published checkpoints against what is counted".to_owned(), basis)
            }
            Source::Engine => (self.engine.clone(), basis),
            Source::Calibration => (self.calibration.clone(), basis.and(self.calibrated)),
            Source::Starts => (self.starts.clone(), basis),
            Source::Reached => {
                let reached =
                    format!("{}, times the share that is reached: {}", self.accelerator, self.calibration);
                (reached, basis.and(self.calibrated))
            }
            Source::Assumptions => ("catalogue: assumptions".to_owned(), basis),
            Source::Prices => (self.prices.clone(), basis),
            Source::SpeedSearch => {
                ("the same sums of speed, asked of other loads".to_owned(), basis.and(self.calibrated))
            }
            Source::Hours => {
                ("the replicas that each hour takes, by the same sums".to_owned(), basis.and(self.calibrated))
            }
            Source::Speculation => ("request, or the catalogue's published rates".to_owned(), basis),
            Source::MemorySearch => {
                ("the largest count whose memory fits, by the same sums".to_owned(), basis.and(self.memory))
            }
        }
    }
}

impl Provenance {
    /// The record of a number of the core.
    pub(crate) fn of(&self, quantity: Quantity) -> Option<&Entry> {
        self.get(&place(quantity).1)
    }

    /// Where a number of the core is recorded, if it is.
    pub(crate) fn pointer_of(&self, quantity: Quantity) -> Option<String> {
        Some(place(quantity).1).filter(|pointer| self.get(pointer).is_some())
    }

    /// What was recorded of a deployment: numbers of its memory stand below `memory`.
    pub(crate) fn recorded(nodes: Vec<Node>, memory: &str, names: &Names) -> Self {
        Self::recorded_below("", nodes, memory, names)
    }

    /// The same of a deployment that is a part of the document, below `root`; prices by the token stand beside it.
    pub(crate) fn recorded_below(root: &str, nodes: Vec<Node>, memory: &str, names: &Names) -> Self {
        let pointer = |quantity| match place(quantity) {
            (Part::Memory, pointer) => format!("{root}{memory}{pointer}"),
            (Part::Hosted, pointer) => pointer,
            (Part::Other, pointer) => format!("{root}{pointer}"),
        };
        let mut provenance = Self::default();
        for node in nodes {
            let (quantity, unit) = (node.quantity, node.quantity.unit());
            let about = quantity.about().trim_end_matches('.');
            let mut entry = match node.how {
                How::Stated(source) => {
                    let (source, basis) = names.source(source, node.basis);
                    Entry::fact(about, unit, basis, source)
                }
                How::Computed { formula, inputs } => {
                    let mut entry = Entry::of(formula, unit, node.basis).named(about);
                    for input in inputs {
                        entry = match input.origin {
                            Origin::Number(quantity) => entry.from_pointer(
                                input.symbol,
                                plain(input.value),
                                input.unit,
                                pointer(quantity),
                            ),
                            Origin::Fact { source, basis, .. } => {
                                let (source, basis) = names.source(source, basis);
                                entry.input(input.symbol, plain(input.value), input.unit, basis, source)
                            }
                        };
                    }
                    entry
                }
            };
            entry.value = Some(plain(node.value));
            provenance.record(pointer(quantity), entry);
        }
        provenance
    }
}

/// A count without a decimal point.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, and in range")]
fn plain(value: f64) -> Value {
    let whole = value.fract() == 0.0 && (0.0..9e15).contains(&value);
    if whole { Value::from(value as u64) } else { Value::from(value) }
}
