//! What a method is: a card of facts and a table of quantities, all of it data.

use slipstick_core::formula::Formula;

use crate::{
    Value,
    case::{Case, Common, CommonRow},
};

/// A named way of estimating, exactly as its authors wrote it, with what is known to be wrong with it.
#[derive(Debug)]
pub struct Method {
    /// The name that a user types.
    pub id: &'static str,
    /// What it is called in prose.
    pub title: &'static str,
    /// Who wrote it.
    pub authors: &'static str,
    /// The text it was taken from.
    pub source: &'static str,
    /// What it is for, in a sentence or two.
    pub about: &'static str,
    /// Where it holds.
    pub validity: &'static str,
    /// Everything it can be given; its symbols.
    pub inputs: &'static [MethodInput],
    /// Everything it can compute; a row uses only inputs and rows above it.
    pub quantities: &'static [MethodQuantity],
    /// What is known to be wrong with it; never silently mended.
    pub faults: &'static [Fault],
    /// Inputs of the worked examples.
    pub examples: &'static [Example],
    /// The inputs that a case gives it for one of the common questions.
    pub inputs_of: fn(&Case, Common) -> Given,
    /// Which of its quantities answer a question that other methods answer too.
    pub common: &'static [CommonRow],
}

/// Inputs by key, in order.
pub type Given = Vec<(&'static str, Value)>;

impl Method {
    /// The input with that key.
    pub fn input(&self, key: &str) -> Option<&'static MethodInput> {
        self.inputs.iter().find(|input| input.key == key)
    }

    /// The quantity with that name.
    pub fn quantity(&self, name: &str) -> Option<&'static MethodQuantity> {
        self.quantities.iter().find(|quantity| quantity.name() == name)
    }

    /// Which rows of the table the row at `target` needs, itself included.
    pub(crate) fn needed(&self, target: usize) -> Vec<bool> {
        let mut needed = vec![false; self.quantities.len()];
        if let Some(row) = needed.get_mut(target) {
            *row = true;
        }
        for index in (0..self.quantities.len()).rev() {
            if !needed[index] {
                continue;
            }
            for operand in self.quantities[index].operands {
                if self.input(operand).is_none()
                    && let Some(row) = self.quantities[..index].iter().position(|q| q.name() == *operand)
                {
                    needed[row] = true;
                }
            }
        }
        needed
    }

    /// The inputs that a quantity needs, directly or through other quantities, in the card's order.
    pub fn inputs_for(&self, quantity: &MethodQuantity) -> Vec<&'static MethodInput> {
        let Some(target) = self.quantities.iter().position(|row| row.name() == quantity.name()) else {
            return Vec::new();
        };
        let needed = self.needed(target);
        let rows = self.quantities.iter().zip(needed).filter(|(_, needed)| *needed);
        let operands: Vec<&str> = rows.flat_map(|(row, _)| row.operands.iter().copied()).collect();
        self.inputs.iter().filter(|input| operands.contains(&input.key)).collect()
    }

    /// The faults that reach a quantity, directly or through what it is made of.
    pub fn faults_of(&self, quantity: &str) -> Vec<&'static Fault> {
        let Some(target) = self.quantities.iter().position(|row| row.name() == quantity) else {
            return Vec::new();
        };
        let needed = self.needed(target);
        let reached = |fault: &&Fault| {
            self.quantities.iter().zip(&needed).any(|(row, needed)| *needed && fault.reaches(row.name()))
        };
        self.faults.iter().filter(reached).collect()
    }
}

/// One thing a method can compute.
#[derive(Debug)]
pub struct MethodQuantity {
    /// The formula; its name is the quantity's name.
    pub formula: &'static Formula,
    /// The unit of the result.
    pub unit: &'static str,
    /// What the formula takes, in order: keys of inputs, or names of quantities further up the table.
    pub operands: &'static [&'static str],
    /// The formula, applied to its operands; `None` if their number is wrong.
    pub eval: fn(&[f64]) -> Option<f64>,
}

impl MethodQuantity {
    /// Its name.
    pub const fn name(&self) -> &'static str {
        self.formula.name
    }
}

/// Declares a table of quantities from formulas of the module: `name(operands): "unit"`.
macro_rules! quantities {
    ($($name:ident($($operand:ident),* $(,)?): $unit:literal),* $(,)?) => {
        &[$($crate::card::MethodQuantity {
            formula: &$name::FORMULA,
            unit: $unit,
            operands: &[$(stringify!($operand)),*],
            eval: |operands| match *operands {
                [$($operand),*] => Some($name($($operand),*)),
                _ => None,
            },
        }),*]
    };
}

pub(crate) use quantities;

/// One thing a method can be given; also its symbol in the authors' notation.
#[derive(Debug)]
pub struct MethodInput {
    /// The key that a user types.
    pub key: &'static str,
    /// The authors' symbol for it, in plain text; empty for a label.
    pub symbol: &'static str,
    /// The unit of the number typed.
    pub unit: &'static str,
    /// What is accepted.
    pub kind: Kind,
    /// What is assumed when it is left out.
    pub fallback: Fallback,
    /// What it means.
    pub meaning: &'static str,
}

impl MethodInput {
    /// A required number.
    pub const fn number(key: &'static str, symbol: &'static str, unit: &'static str, domain: Domain) -> Self {
        Self { key, symbol, unit, kind: Kind::Number(domain), fallback: Fallback::Required, meaning: "" }
    }

    /// A required whole number of at least one.
    pub const fn count(key: &'static str, symbol: &'static str, unit: &'static str) -> Self {
        Self::number(key, symbol, unit, Domain::Count)
    }

    /// A required number above zero.
    pub const fn positive(key: &'static str, symbol: &'static str, unit: &'static str) -> Self {
        Self::number(key, symbol, unit, Domain::Positive)
    }

    /// A number of zero or more.
    pub const fn amount(key: &'static str, symbol: &'static str, unit: &'static str) -> Self {
        Self::number(key, symbol, unit, Domain::NonNegative)
    }

    /// A switch, counted as 0 or 1 in the formulas, off unless given.
    pub const fn flag(key: &'static str, symbol: &'static str) -> Self {
        Self { key, symbol, unit: "", kind: Kind::Flag, fallback: Fallback::Number(0.0), meaning: "" }
    }

    /// A name out of a list, each standing for a number.
    pub const fn choice(
        key: &'static str,
        symbol: &'static str,
        unit: &'static str,
        choices: &'static [(&'static str, f64)],
    ) -> Self {
        Self { key, symbol, unit, kind: Kind::Choice(choices), fallback: Fallback::Required, meaning: "" }
    }

    /// A name that no formula uses.
    pub const fn label(key: &'static str) -> Self {
        Self { key, symbol: "", unit: "", kind: Kind::Label, fallback: Fallback::Required, meaning: "" }
    }

    /// With what is assumed when it is left out.
    #[must_use]
    pub const fn or(mut self, value: f64) -> Self {
        self.fallback = Fallback::Number(value);
        self
    }

    /// With another input to follow when it is left out.
    #[must_use]
    pub const fn or_like(mut self, key: &'static str) -> Self {
        self.fallback = Fallback::Like(key);
        self
    }

    /// With its meaning.
    #[must_use]
    pub const fn meaning(mut self, meaning: &'static str) -> Self {
        self.meaning = meaning;
        self
    }
}

/// What an input accepts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// A finite number within a domain.
    Number(Domain),
    /// One of these names, each standing for a number.
    Choice(&'static [(&'static str, f64)]),
    /// Yes or no, counted as 1 or 0.
    Flag,
    /// A name that no formula uses.
    Label,
}

/// The numbers that an input accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// Above zero.
    Positive,
    /// Zero or more.
    NonNegative,
    /// Whole, at least one.
    Count,
    /// Whole, at least zero.
    Whole,
    /// Whole, from zero to this.
    UpTo(u32),
    /// From zero to one.
    Share,
    /// Above zero and at most a hundred.
    Percent,
    /// Below zero.
    Negative,
}

impl Domain {
    /// Whether a number lies in it.
    pub fn holds(self, value: f64) -> bool {
        let whole = libm::floor(value) >= value;
        value.is_finite()
            && match self {
                Self::Positive => value > 0.0,
                Self::NonNegative => value >= 0.0,
                Self::Count => whole && value >= 1.0,
                Self::Whole => whole && value >= 0.0,
                Self::UpTo(most) => whole && value >= 0.0 && value <= f64::from(most),
                Self::Share => (0.0..=1.0).contains(&value),
                Self::Percent => value > 0.0 && value <= 100.0,
                Self::Negative => value < 0.0,
            }
    }

    /// In words.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Positive => "a number above 0",
            Self::NonNegative => "a number, 0 or more",
            Self::Count => "a whole number, 1 or more",
            Self::Whole => "a whole number, 0 or more",
            Self::UpTo(1) => "0 or 1",
            Self::UpTo(3) => "0, 1, 2 or 3",
            Self::UpTo(_) => "a whole number in range",
            Self::Share => "a number from 0 to 1",
            Self::Percent => "a number above 0, at most 100",
            Self::Negative => "a number below 0",
        }
    }
}

/// What is assumed when an input is left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fallback {
    /// Nothing: it must be given where it is needed.
    Required,
    /// The authors' default.
    Number(f64),
    /// The number that another input stands for.
    Like(&'static str),
}

/// Something known to be wrong with a method.
#[derive(Debug)]
pub struct Fault {
    /// Its name, unique within the method.
    pub id: &'static str,
    /// What is wrong, and against what.
    pub text: &'static str,
    /// The quantities it enters; others inherit it through them.
    pub quantities: &'static [&'static str],
    /// Which way it moves the figure.
    pub effect: Effect,
    /// When it matters.
    pub when: When,
}

impl Fault {
    /// Whether it enters a quantity directly.
    pub fn reaches(&self, quantity: &str) -> bool {
        self.quantities.contains(&quantity)
    }
}

/// Which way a fault moves a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The figure is too high.
    TooHigh,
    /// The figure is too low.
    TooLow,
    /// Either way, by the case.
    Either,
}

impl Effect {
    /// In words.
    pub const fn text(self) -> &'static str {
        match self {
            Self::TooHigh => "too high",
            Self::TooLow => "too low",
            Self::Either => "too high or too low",
        }
    }
}

/// When a fault matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// In every case.
    Always,
    /// When key and value heads are fewer than query heads.
    GroupedHeads,
    /// When the feed-forward block has three matrices.
    GatedFeedForward,
    /// When only part of the parameters is active for a token.
    MixtureOfExperts,
    /// When weights take one byte each.
    Int8Weights,
    /// When weights take half a byte each.
    Int4Weights,
    /// When weights take anything but two bytes each.
    NotTwoByteWeights,
    /// When more than one sequence runs.
    Batched,
    /// When there is more than one accelerator.
    SeveralAccelerators,
    /// When there is one accelerator.
    OneAccelerator,
}

impl When {
    /// Whether a case is such a case.
    pub fn holds(self, case: &Case) -> bool {
        match self {
            Self::Always => true,
            Self::GroupedHeads => case.kv_heads < case.heads,
            Self::GatedFeedForward => case.ffn_matrices > 2,
            Self::MixtureOfExperts => case.active_parameters < case.parameters,
            Self::Int8Weights => (case.bytes_per_weight - 1.0).abs() < 1e-9,
            Self::Int4Weights => (case.bytes_per_weight - 0.5).abs() < 1e-9,
            Self::NotTwoByteWeights => (case.bytes_per_weight - 2.0).abs() > 1e-9,
            Self::Batched => case.concurrency > 1,
            Self::SeveralAccelerators => case.accelerators > 1,
            Self::OneAccelerator => case.accelerators == 1,
        }
    }

    /// In words.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::GroupedHeads => "with fewer key and value heads than query heads",
            Self::GatedFeedForward => "with a gated feed-forward block",
            Self::MixtureOfExperts => "with a mixture of experts",
            Self::Int8Weights => "with 8-bit weights",
            Self::Int4Weights => "with 4-bit weights",
            Self::NotTwoByteWeights => "with weights of other than 16 bits",
            Self::Batched => "with more than one sequence",
            Self::SeveralAccelerators => "with more than one accelerator",
            Self::OneAccelerator => "with a single accelerator",
        }
    }
}

/// Inputs to show a method at work.
#[derive(Debug)]
pub struct Example {
    /// What is worked out.
    pub title: &'static str,
    /// The inputs.
    pub inputs: &'static [(&'static str, Value)],
}
