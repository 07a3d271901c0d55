//! Recording how numbers came about.
//!
//! Estimates take a [`Trace`] and record each number where they compute it, with [`traced!`](crate::traced!) beside the
//! call of its formula. With recording off that is the call and one branch, so search runs the same code.

use core::cell::RefCell;
use std::borrow::Cow;

use crate::{
    basis::Basis,
    formula::{Formula, Term},
    quantity::Quantity,
};

/// Who says so.
///
/// Only the asker knows their names: files, data sheets, versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The request.
    Request,
    /// The layout.
    Layout,
    /// The model's configuration and files.
    Model,
    /// The data sheet of the accelerator.
    Accelerator,
    /// The engine's own rules.
    Engine,
    /// The row of the weights' format.
    Formats,
    /// The fit of what accelerators reach under the engine.
    Calibration,
    /// A rate of the data sheet times the share of it that the fit says is reached.
    Reached,
    /// Starts of the engine whose logs were read.
    Starts,
    /// Assumptions that stand in the catalogue.
    Assumptions,
    /// Prices.
    Prices,
    /// What is drafted, and what share of it is accepted.
    Speculation,
    /// The same sums of memory, asked again for the largest count that fits.
    MemorySearch,
    /// The same sums of speed, asked again of other loads.
    SpeedSearch,
    /// The replicas that each hour takes, by the same sums.
    Hours,
}

/// Where an input comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Origin {
    /// Another recorded number.
    Number(Quantity),
    /// A fact.
    Fact {
        /// Its unit, where its type says none.
        unit: &'static str,
        /// Who says so.
        source: Source,
        /// How well it is known, where the source does not say.
        basis: Basis,
    },
}

/// Another recorded number.
pub fn at(quantity: impl Into<Quantity>) -> Origin {
    Origin::Number(quantity.into())
}

/// A fact in `unit`.
pub const fn fact(unit: &'static str, source: Source, basis: Basis) -> Origin {
    Origin::Fact { unit, source, basis }
}

/// What the request says.
pub const fn asked(unit: &'static str) -> Origin {
    fact(unit, Source::Request, Basis::Exact)
}

/// What follows from the layout.
pub const fn layout(unit: &'static str) -> Origin {
    fact(unit, Source::Layout, Basis::Exact)
}

/// What the catalogue assumes where nobody says otherwise.
pub const fn assumed(unit: &'static str) -> Origin {
    fact(unit, Source::Assumptions, Basis::Assumed)
}

/// What the model's configuration and files say.
pub const fn model(unit: &'static str) -> Origin {
    fact(unit, Source::Model, Basis::Exact)
}

/// What the engine's rules say.
pub const fn rules(unit: &'static str) -> Origin {
    fact(unit, Source::Engine, Basis::Specified)
}

/// What was fitted; how well is the fit's own to say.
pub const fn fitted(unit: &'static str) -> Origin {
    fact(unit, Source::Calibration, Basis::Exact)
}

/// One input of a recorded number.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// The symbol in the formula, or the name of a part.
    pub symbol: Cow<'static, str>,
    /// Its value, in `unit`.
    pub value: f64,
    /// The unit; empty for a pure number.
    pub unit: &'static str,
    /// Where it comes from.
    pub origin: Origin,
}

impl Input {
    /// The input that `symbol` stands for.
    pub fn new<T: Term>(symbol: impl Into<Cow<'static, str>>, value: T, origin: Origin) -> Self {
        let unit = match origin {
            Origin::Number(quantity) => quantity.unit(),
            Origin::Fact { unit: "", .. } => T::UNIT,
            Origin::Fact { unit, .. } => unit,
        };
        Self { symbol: symbol.into(), value: value.number(), unit, origin }
    }
}

/// How a recorded number came about.
#[derive(Debug, Clone, PartialEq)]
pub enum How {
    /// A formula gave it.
    Computed {
        /// The formula.
        formula: &'static Formula,
        /// The inputs, in the formula's order.
        inputs: Vec<Input>,
    },
    /// Somebody states it.
    Stated(Source),
}

/// One recorded number.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Which number.
    pub quantity: Quantity,
    /// Its value, in the quantity's unit.
    pub value: f64,
    /// How it came about.
    pub how: How,
    /// How sure the formula or the statement itself is.
    pub basis: Basis,
}

impl Node {
    /// The number again, from its formula and inputs; none of what is stated.
    pub fn replay(&self) -> Option<f64> {
        match &self.how {
            How::Computed { formula, inputs } => {
                let values: Vec<f64> = inputs.iter().map(|input| input.value).collect();
                (formula.eval)(&values)
            }
            How::Stated(_) => None,
        }
    }
}

/// What was recorded of one answer, in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Records {
    nodes: RefCell<Vec<Node>>,
}

impl Records {
    /// What records here.
    pub const fn trace(&self) -> Trace<'_> {
        Trace { records: Some(self) }
    }

    /// What was recorded. Of a number that was recorded twice the last counts.
    pub fn into_nodes(self) -> Vec<Node> {
        self.nodes.into_inner()
    }
}

/// A place to record numbers, or nothing at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Trace<'r> {
    records: Option<&'r Records>,
}

/// What may record: a [`Trace`], or [`Unheard`], with which a function is compiled without any recording.
pub trait Hearing: Copy {
    /// Where it records.
    fn trace(&self) -> Trace<'_>;
}

/// Nothing is recorded.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unheard;

impl Hearing for Unheard {
    fn trace(&self) -> Trace<'_> {
        Trace::off()
    }
}

impl Hearing for Trace<'_> {
    fn trace(&self) -> Trace<'_> {
        *self
    }
}

impl Trace<'_> {
    /// One that does not record.
    pub const fn off() -> Self {
        Self { records: None }
    }

    /// Whether it records.
    pub const fn is_on(self) -> bool {
        self.records.is_some()
    }

    /// Records what a formula gave. [`traced!`](crate::traced!) calls it beside the formula.
    #[cold]
    pub fn computed(
        self,
        quantity: impl Into<Quantity>,
        formula: &'static Formula,
        value: f64,
        inputs: Vec<Input>,
    ) {
        self.push(Node {
            quantity: quantity.into(),
            value,
            how: How::Computed { formula, inputs },
            basis: Basis::Exact,
        });
    }

    /// Records a number of which somebody states that it is so.
    pub fn stated<T: Term>(self, quantity: impl Into<Quantity>, value: T, source: Source, basis: Basis) {
        if self.is_on() {
            self.push(Node {
                quantity: quantity.into(),
                value: value.number(),
                how: How::Stated(source),
                basis,
            });
        }
    }

    /// Records a number that a formula over any number of terms gave.
    pub fn gathered<T: Term>(
        self,
        quantity: impl Into<Quantity>,
        formula: &'static Formula,
        value: T,
        inputs: impl FnOnce() -> Vec<Input>,
    ) {
        if self.is_on() {
            self.computed(quantity, formula, value.number(), inputs());
        }
    }

    /// Records a number that a formula over any number of terms gave of numbers that were recorded before, each by its name;
    /// those that were not are left out.
    pub fn gathered_of<T: Term, S: Into<Cow<'static, str>>, Q: Into<Quantity>>(
        self,
        quantity: impl Into<Quantity>,
        formula: &'static Formula,
        value: T,
        parts: impl IntoIterator<Item = (S, Q)>,
    ) {
        if !self.is_on() {
            return;
        }
        let one = |(symbol, of): (S, Q)| {
            let of = of.into();
            self.recorded(of).map(|value| Input::new(symbol, value, at(of)))
        };
        let inputs = parts.into_iter().filter_map(one).collect();
        self.computed(quantity, formula, value.number(), inputs);
    }

    /// What was last recorded under a quantity.
    pub fn recorded(self, quantity: impl Into<Quantity>) -> Option<f64> {
        let (nodes, quantity) = (self.records?.nodes.borrow(), quantity.into());
        nodes.iter().rfind(|node| node.quantity == quantity).map(|node| node.value)
    }

    /// Says how sure the number is that was last recorded under `quantity`, beside what went into it.
    pub fn based(self, quantity: Quantity, basis: Basis) {
        let Some(records) = self.records else { return };
        if let Some(node) = records.nodes.borrow_mut().iter_mut().rfind(|node| node.quantity == quantity) {
            node.basis = basis;
        }
    }

    fn push(self, node: Node) {
        if let Some(records) = self.records {
            records.nodes.borrow_mut().push(node);
        }
    }
}

/// Calls a formula with its terms, each by its symbol and with its origin, and records what it gave under a quantity.
///
/// ```
/// use slipstick_core::{
///     formulas::time::latency::end_to_end_time,
///     quantity::Quantity,
///     trace::{Records, asked, at},
///     traced,
///     units::Seconds,
/// };
/// let records = Records::default();
/// let e2e = traced!(records.trace(), Quantity::E2e, end_to_end_time {
///     TTFT: Seconds::s(0.5) => at(Quantity::Ttft),
///     O: 11.0 => asked("tokens"),
///     TPOT: Seconds::s(0.1) => at(Quantity::Tpot),
/// });
/// let nodes = records.into_nodes();
/// assert_eq!((nodes[0].value, nodes[0].replay()), (e2e.get(), Some(1.5)));
/// ```
#[macro_export]
macro_rules! traced {
    ($trace:expr, $quantity:expr, $formula:ident { $($symbol:ident: $value:expr => $origin:expr),* $(,)? }) => {
        $crate::traced!(@bind $trace, $quantity, $formula, [] $(($symbol, $value, $origin))*)
    };
    // Each term gets a name of its own: they are all `term`, but no two are written by the same step.
    (@bind $trace:expr, $quantity:expr, $formula:ident, [$($bound:tt)*]
        ($symbol:ident, $value:expr, $origin:expr) $($rest:tt)*
    ) => {{
        let term = $value;
        $crate::traced!(@bind $trace, $quantity, $formula, [$($bound)* ($symbol, term, $origin)] $($rest)*)
    }};
    (@bind $trace:expr, $quantity:expr, $formula:ident, [$(($symbol:ident, $term:ident, $origin:expr))*]) => {{
        let value = $formula($($term),*);
        let trace: $crate::trace::Trace<'_> = $trace;
        if trace.is_on() {
            let inputs = vec![$($crate::trace::Input::new(stringify!($symbol), $term, $origin)),*];
            trace.computed($quantity, &$formula::FORMULA, $crate::formula::Term::number(value), inputs);
        }
        value
    }};
}
