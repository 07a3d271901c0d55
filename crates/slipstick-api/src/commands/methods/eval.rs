//! `slipstick methods eval METHOD QUANTITY key=value ..`.

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_core::basis::Basis;
use slipstick_methods::{Evaluated, Method, MethodQuantity, Used, find, shown};

use super::{FaultRow, parse};
use crate::{Answered, ApiError, Provenance, provenance::Entry, report::Report, view::View};

/// One quantity of one method.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct MethodEvalReport {
    /// The method.
    pub method: &'static str,
    /// The quantity.
    pub quantity: &'static str,
    /// Its value.
    pub value: f64,
    /// The unit of the value: the method's own.
    pub unit: &'static str,
    /// The formula in plain text.
    pub formula: &'static str,
    /// Where the formula is from.
    pub source: &'static str,
    /// What entered it.
    pub inputs: Vec<EvalInput>,
    /// Inputs that were given and play no part.
    pub ignored: Vec<&'static str>,
    /// What is known to be wrong with it.
    pub faults: Vec<FaultRow>,
}

impl Report for MethodEvalReport {
    const COMMAND: &'static str = "methods.eval";
}

/// An input that entered an answer.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct EvalInput {
    /// Its key.
    pub key: &'static str,
    /// The number that the formulas saw.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
    /// Whether it is the authors' default because nothing was given.
    pub assumed: bool,
}

/// One quantity of one method, from `key=value` arguments.
///
/// # Errors
/// If the method, the quantity or an input is unknown, an input is missing, repeated, unreadable or out of range, or
/// the method has no answer.
///
/// ```
/// use slipstick_api::commands::methods;
/// let inputs = ["tflops=125", "bandwidth_gb_s=0.6TB/s"];
/// let report = methods::eval("inference-arithmetic", "ops_per_byte", &inputs)?.report;
/// assert!((report.value - 208.33).abs() < 0.005);
/// # Ok::<(), slipstick_api::ApiError>(())
/// ```
pub fn eval<S: AsRef<str>>(
    method: &str,
    quantity: &str,
    arguments: &[S],
) -> Result<Answered<MethodEvalReport>, ApiError> {
    let method = find(method)?;
    let answer = method.eval(quantity, &parse::inputs(method, arguments)?)?;
    let row = method.quantity(quantity).ok_or_else(|| {
        ApiError::internal("method.lost", "a quantity was computed that is not in its table")
    })?;
    let document = document(method, row, &answer);
    let provenance = provenance(method, row, &answer);
    let view = view(&document);
    Ok(Answered::new(document, view).explained(provenance))
}

fn unit_of(method: &Method, used: &Used) -> &'static str {
    method.input(used.key).map_or("", |input| input.unit)
}

fn document(method: &'static Method, row: &'static MethodQuantity, answer: &Evaluated) -> MethodEvalReport {
    let inputs = answer.used.iter().map(|used| EvalInput {
        key: used.key,
        value: used.value,
        unit: unit_of(method, used),
        assumed: used.assumed,
    });
    MethodEvalReport {
        method: method.id,
        quantity: row.name(),
        value: answer.value,
        unit: answer.unit,
        formula: row.formula.plain().unwrap_or(""),
        source: row.formula.source().unwrap_or(""),
        inputs: inputs.collect(),
        ignored: answer.ignored.clone(),
        faults: method.faults_of(row.name()).into_iter().map(FaultRow::from).collect(),
    }
}

fn view(document: &MethodEvalReport) -> View {
    let value = format!("{} {}", shown(document.value), document.unit);
    let mut view = View::new(format!("{} {}: {value}", document.method, document.quantity));
    let pairs = |assumed: bool| {
        let chosen = document.inputs.iter().filter(|input| input.assumed == assumed);
        let pairs: Vec<String> =
            chosen.map(|input| format!("{}={}", input.key, shown(input.value))).collect();
        pairs.join("  ")
    };
    let rows = [
        ("formula", document.formula.to_owned()),
        ("given", pairs(false)),
        ("assumed", pairs(true)),
        ("ignored", document.ignored.join("  ")),
        ("source", document.source.to_owned()),
    ];
    view.pairs(rows.into_iter().filter(|(_, text)| !text.is_empty()));
    if !document.faults.is_empty() {
        view.heading("Known faults");
        view.pairs(document.faults.iter().map(FaultRow::pair));
    }
    view
}

/// The formula is stated by its authors; a default is theirs too, but nobody asked for it.
fn provenance(method: &'static Method, row: &'static MethodQuantity, answer: &Evaluated) -> Provenance {
    let mut entry = Entry::of(row.formula, row.unit, Basis::Specified);
    for used in &answer.used {
        let (basis, source) = if used.assumed {
            (Basis::Assumed, format!("default of {}", method.id))
        } else {
            (Basis::Specified, "the request".to_owned())
        };
        entry = entry.input(used.key, used.value, unit_of(method, used), basis, source);
    }
    let mut provenance = Provenance::default();
    provenance.record("/value", entry);
    provenance
}
