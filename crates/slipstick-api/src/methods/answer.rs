//! `slipstick methods eval METHOD QUANTITY key=value ..`.

use serde::Serialize;
use slipstick_core::methods::{find, shown};

use super::{FaultRow, MethodsError, parse};

/// One quantity of one method.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MethodAnswer {
    /// The document's kind and version.
    pub schema: &'static str,
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
    pub inputs: Vec<AnswerInput>,
    /// Inputs that were given and play no part.
    pub ignored: Vec<&'static str>,
    /// What is known to be wrong with it.
    pub faults: Vec<FaultRow>,
}

/// An input that entered an answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AnswerInput {
    /// Its key.
    pub key: &'static str,
    /// The number that the formulas saw.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
    /// Whether it was given.
    pub basis: Basis,
}

/// Where the value of an input comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The caller gave it.
    Given,
    /// It is the authors' default.
    Assumed,
}

/// One quantity of one method, from `key=value` arguments.
///
/// # Errors
/// If the method, the quantity or an input is unknown, an input is missing, repeated, unreadable or out of range, or
/// the method has no answer.
///
/// ```
/// let answer = slipstick_api::methods::eval(
///     "inference-arithmetic", "ops_per_byte", &["tflops=125", "bandwidth_gb_s=0.6TB/s"],
/// )?;
/// assert!((answer.value - 208.33).abs() < 0.005);
/// assert_eq!(answer.unit, "FLOP/byte");
/// # Ok::<(), slipstick_api::methods::MethodsError>(())
/// ```
pub fn eval<S: AsRef<str>>(
    method: &str,
    quantity: &str,
    arguments: &[S],
) -> Result<MethodAnswer, MethodsError> {
    let method = find(method)?;
    let answer = method.eval(quantity, &parse::inputs(method, arguments)?)?;
    let formula = method.quantity(quantity).map(|row| row.formula);
    let unit_of = |key| method.input(key).map_or("", |input| input.unit);
    let inputs = answer.used.iter().map(|used| AnswerInput {
        key: used.key,
        value: used.value,
        unit: unit_of(used.key),
        basis: if used.assumed { Basis::Assumed } else { Basis::Given },
    });
    Ok(MethodAnswer {
        schema: "slipstick.methods.eval/1",
        method: method.id,
        quantity: formula.map_or("", |formula| formula.name),
        value: answer.value,
        unit: answer.unit,
        formula: formula.and_then(slipstick_core::formula::Formula::plain).unwrap_or(""),
        source: formula.and_then(slipstick_core::formula::Formula::source).unwrap_or(""),
        inputs: inputs.collect(),
        ignored: answer.ignored,
        faults: method.faults_of(quantity).into_iter().map(FaultRow::from).collect(),
    })
}

impl MethodAnswer {
    fn inputs_of(&self, basis: Basis) -> String {
        let chosen = self.inputs.iter().filter(|input| input.basis == basis);
        let pairs: Vec<String> =
            chosen.map(|input| format!("{}={}", input.key, shown(input.value))).collect();
        pairs.join("  ")
    }

    /// As plain text.
    pub fn text(&self) -> String {
        let mut lines =
            vec![format!("{} {}: {} {}", self.method, self.quantity, shown(self.value), self.unit)];
        let mut note = |label: &str, text: &str| {
            if !text.is_empty() {
                lines.push(format!("  {label:<8} {text}"));
            }
        };
        note("formula", self.formula);
        note("given", &self.inputs_of(Basis::Given));
        note("assumed", &self.inputs_of(Basis::Assumed));
        note("ignored", &self.ignored.join("  "));
        note("source", self.source);
        for fault in &self.faults {
            note("fault", &fault.line());
        }
        lines.join("\n") + "\n"
    }

    /// As markdown.
    pub fn markdown(&self) -> String {
        let mut out = format!(
            "**{} {}**: {} {}\n\n`{}`\n",
            self.method,
            self.quantity,
            shown(self.value),
            self.unit,
            self.formula
        );
        out.push_str("\n| input | value | unit | basis |\n|---|--:|---|---|\n");
        for input in &self.inputs {
            let basis = match input.basis {
                Basis::Given => "given",
                Basis::Assumed => "assumed",
            };
            out.extend([format!(
                "| `{}` | {} | {} | {basis} |\n",
                input.key,
                shown(input.value),
                input.unit
            )]);
        }
        if !self.faults.is_empty() {
            out.push_str("\nKnown faults:\n\n");
        }
        out.extend(self.faults.iter().map(|fault| format!("- {}\n", fault.line())));
        out
    }
}
