//! The pages of `docs/methods`, written from the cards and the formulas' own documentation.

use crate::{Example, Fallback, Fault, Kind, METHODS, Method, MethodInput, MethodQuantity, Value};

/// The line that marks a page as generated.
const GENERATED: &str = "<!-- Generated from the methods' own documentation: run `cargo xtask docs`. -->";

/// Every page, by file name, the index first.
pub fn pages() -> Vec<(String, String)> {
    let index = ("README.md".to_owned(), index());
    let each = METHODS.iter().map(|method| (format!("{}.md", method.id), page(method)));
    std::iter::once(index).chain(each).collect()
}

/// The list of all methods.
pub fn index() -> String {
    let mut out = format!("{GENERATED}\n\n# Methods\n\n");
    out.push_str(
        "Each method is what its authors wrote, faults included; nothing is mended.\n`slipstick methods eval METHOD \
         QUANTITY key=value ..` computes any quantity below.\n\n| method | title | quantities | known faults |\n\
         |---|---|--:|--:|\n",
    );
    for method in METHODS {
        let (id, title) = (method.id, method.title);
        let (quantities, faults) = (method.quantities.len(), method.faults.len());
        out.extend([format!("| [`{id}`]({id}.md) | {title} | {quantities} | {faults} |\n")]);
    }
    out
}

/// The page of one method.
pub fn page(method: &Method) -> String {
    let mut out = format!("{GENERATED}\n\n# {}\n\n{}\n\n", method.title, method.about);
    out.extend([format!("- Name: `{}`\n- Authors: {}\n", method.id, method.authors)]);
    out.extend([format!("- Source: {}\n- Holds for: {}\n\n", method.source, method.validity)]);
    out.push_str(
        "## Symbols\n\n| key | symbol | unit | takes | default | meaning |\n|---|---|---|---|---|---|\n",
    );
    for input in method.inputs {
        out.push_str(&symbol_row(input));
    }
    out.push_str("\n## Quantities\n");
    for quantity in method.quantities {
        out.push_str(&section(method, quantity));
    }
    out.push_str("\n## Worked examples\n");
    for example in method.examples {
        out.push_str(&worked(method, example));
    }
    out.push_str("\n## Known faults\n\n");
    for fault in method.faults {
        out.push_str(&fault_line(fault));
    }
    out
}

fn code(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("`{text}`") }
}

impl MethodInput {
    /// What an input accepts, in words.
    pub fn takes(&self) -> String {
        match self.kind {
            Kind::Number(domain) => domain.text().to_owned(),
            Kind::Choice(choices) => {
                let names: Vec<String> =
                    choices.iter().map(|(name, value)| format!("{name} ({})", shown(*value))).collect();
                names.join(", ")
            }
            Kind::Flag => "true or false".to_owned(),
            Kind::Label => "a name".to_owned(),
        }
    }

    /// What is assumed when an input is left out, in words; empty when nothing is.
    pub fn default(&self) -> String {
        match (self.fallback, self.kind) {
            (Fallback::Required, _) => String::new(),
            (Fallback::Number(value), Kind::Flag) => (value > 0.0).to_string(),
            (Fallback::Number(value), Kind::Choice(choices)) => {
                let same = |(_, other): &&(&str, f64)| (other - value).abs() < 1e-12;
                choices.iter().find(same).map_or_else(|| shown(value), |(name, _)| (*name).to_owned())
            }
            (Fallback::Number(value), Kind::Number(_) | Kind::Label) => shown(value),
            (Fallback::Like(key), _) => format!("that of `{key}`"),
        }
    }
}

fn symbol_row(input: &MethodInput) -> String {
    let (key, symbol, unit) = (input.key, code(input.symbol), input.unit);
    let (takes, default) = (input.takes(), input.default());
    format!("| `{key}` | {symbol} | {unit} | {takes} | {default} | {} |\n", input.meaning)
}

fn section(method: &Method, quantity: &MethodQuantity) -> String {
    let formula = quantity.formula;
    let mut out = format!("\n### `{}` ({})\n\n{}\n\n", quantity.name(), quantity.unit, formula.summary());
    if let Some(plain) = formula.plain() {
        out.extend([format!("`{plain}`\n\n")]);
    }
    if let Some(tex) = formula.tex() {
        out.extend([format!("$$ {tex} $$\n\n")]);
    }
    let terms = formula.terms();
    if !terms.is_empty() {
        out.extend([format!("{terms}\n\n")]);
    }
    let keys: Vec<String> = method.inputs_for(quantity).into_iter().flat_map(keys_of).map(code).collect();
    out.extend([format!("Inputs: {}\n", keys.join(", "))]);
    if let Some(source) = formula.source() {
        out.extend([format!("\nSource: {source}\n")]);
    }
    out
}

/// The key of an input, and of the one that it follows when left out.
fn keys_of(input: &MethodInput) -> impl Iterator<Item = &'static str> + use<> {
    let followed = match input.fallback {
        Fallback::Like(key) => Some(key),
        Fallback::Required | Fallback::Number(_) => None,
    };
    std::iter::once(input.key).chain(followed)
}

fn worked(method: &Method, example: &Example) -> String {
    let given: Vec<String> =
        example.inputs.iter().map(|(key, value)| format!("{key}={}", typed(value))).collect();
    let mut out = format!("\n{}:\n\n```\n{}\n```\n\n", capitalised(example.title), given.join(" "));
    out.push_str("| quantity | value | unit |\n|---|--:|---|\n");
    for quantity in method.quantities {
        if let Ok(answer) = method.eval(quantity.name(), example.inputs) {
            out.extend([format!("| `{}` | {} | {} |\n", quantity.name(), shown(answer.value), answer.unit)]);
        }
    }
    out
}

fn fault_line(fault: &Fault) -> String {
    let touched: Vec<String> = fault.quantities.iter().map(|name| code(name)).collect();
    format!(
        "- **{}**: {}. Makes {} {}, {}.\n",
        fault.id,
        capitalised(fault.text),
        touched.join(", "),
        fault.effect.text(),
        fault.when.text()
    )
}

fn typed(value: &Value) -> String {
    match value {
        Value::Number(number) => format!("{number}"),
        Value::Text(text) => text.to_string(),
        Value::Flag(flag) => flag.to_string(),
    }
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

/// A number for reading: whole numbers in full, others to six significant digits.
///
/// ```
/// # use slipstick_methods::shown;
/// assert_eq!(shown(1_073_741_824.0), "1,073,741,824");
/// assert_eq!(shown(0.000_978_727_777), "0.000978728");
/// assert_eq!(shown(544.129_166_336), "544.129");
/// assert_eq!(shown(3.15e23), "3.15e23");
/// ```
pub fn shown(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude >= 1e15 || (magnitude > 0.0 && magnitude < 1e-6) {
        let text = format!("{value:.5e}");
        return match text.split_once('e') {
            Some((digits, power)) if digits.contains('.') => {
                format!("{}e{power}", digits.trim_end_matches('0').trim_end_matches('.'))
            }
            _ => text,
        };
    }
    let digits_before = if magnitude < 1.0 { leading_zeros(magnitude) } else { digits(magnitude) };
    let decimals = usize::try_from(6 - digits_before).unwrap_or(0);
    let text = format!("{value:.decimals$}");
    let (whole, fraction) = text.split_once('.').unwrap_or((text.as_str(), ""));
    let fraction = fraction.trim_end_matches('0');
    let sign = if whole.starts_with('-') { "-" } else { "" };
    let grouped = whole
        .trim_start_matches('-')
        .parse()
        .map_or_else(|_| whole.to_owned(), slipstick_core::units::show::grouped);
    if fraction.is_empty() { format!("{sign}{grouped}") } else { format!("{sign}{grouped}.{fraction}") }
}

/// Digits before the point.
fn digits(magnitude: f64) -> i32 {
    let mut count = 1;
    let mut rest = magnitude / 10.0;
    while rest >= 1.0 {
        rest /= 10.0;
        count += 1;
    }
    count
}

/// Minus the zeros right after the point.
fn leading_zeros(magnitude: f64) -> i32 {
    let mut count = 0;
    let mut rest = magnitude * 10.0;
    while rest < 1.0 && count > -6 {
        rest *= 10.0;
        count -= 1;
    }
    count
}
