//! `key=value` as typed to the inputs of a method.

use slipstick_core::{
    methods::{Input, Kind, Method, MethodError, Value},
    units::{
        ParseError, parse_bandwidth, parse_bytes, parse_count, parse_duration, parse_flop_rate, parse_price,
    },
};

use super::MethodsError;

/// The inputs of a method from `key=value` arguments, in order.
///
/// A number may be bare, in the input's own unit, or carry a unit of the same dimension: `seq=32k`,
/// `bandwidth_gb_s=3.35TB/s`. A key that the method does not know is kept for [`Method::eval`] to refuse.
///
/// # Errors
/// If an argument is not a pair, or a value cannot be read as what its input takes.
pub fn inputs<S: AsRef<str>>(method: &Method, arguments: &[S]) -> Result<Vec<(String, Value)>, MethodsError> {
    arguments.iter().map(|argument| input(method, argument.as_ref())).collect()
}

fn input(method: &Method, argument: &str) -> Result<(String, Value), MethodsError> {
    let Some((key, text)) = argument.split_once('=').filter(|(key, _)| !key.trim().is_empty()) else {
        return Err(MethodsError::NotAPair { argument: clipped(argument) });
    };
    let (key, text) = (key.trim(), text.trim());
    let value = match method.input(key) {
        Some(input) => read(input, text)?,
        None => Value::Text(clipped(text).into()),
    };
    Ok((key.to_owned(), value))
}

fn read(input: &'static Input, text: &str) -> Result<Value, MethodsError> {
    match input.kind {
        Kind::Number(_) => number(input, text).map(Value::Number),
        Kind::Choice(_) | Kind::Label => Ok(Value::Text(text.to_owned().into())),
        Kind::Flag => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Ok(Value::Flag(true)),
            "false" | "no" | "off" | "0" => Ok(Value::Flag(false)),
            _ => Err(MethodsError::NotASwitch { key: input.key, text: clipped(text) }),
        },
    }
}

/// A bare number in the input's unit, or one with a unit of its own.
fn number(input: &'static Input, text: &str) -> Result<f64, MethodsError> {
    if text.starts_with('-') {
        let (got, expected) = (clipped(text), "a number that is not negative".to_owned());
        return Err(MethodError::BadValue { key: input.key, got, expected }.into());
    }
    if let Ok(number) = text.parse::<f64>() {
        return Ok(number);
    }
    let unreadable = |error: ParseError| MethodsError::Unreadable { key: input.key, error };
    with_unit(input.unit, text)
        .unwrap_or_else(|| Err(ParseError { input: clipped(text), what: "a number", why: "", example: "" }))
        .map_err(|error| match error.why {
            "" => MethodsError::NotANumber { key: input.key, text: error.input, unit: named(input.unit) },
            _ => unreadable(error),
        })
}

fn named(unit: &'static str) -> &'static str {
    if unit.is_empty() { "no unit" } else { unit }
}

/// The number that a text with a unit is in `unit`; `None` where no unit can be typed.
fn with_unit(unit: &str, text: &str) -> Option<Result<f64, ParseError>> {
    let count = |scale: f64| parse_count(text).map(|count| count as f64 / scale);
    Some(match unit {
        "GB/s" => parse_bandwidth(text).map(|rate| rate.get() / 1e9),
        "TB/s" => parse_bandwidth(text).map(|rate| rate.get() / 1e12),
        "TFLOP/s" => parse_flop_rate(text).map(|rate| rate.get() / 1e12),
        "GB" => parse_bytes(text).map(|bytes| bytes.as_f64() / 1e9),
        "GiB" => parse_bytes(text).map(|bytes| bytes.as_f64() / 1_073_741_824.0),
        "byte" => parse_bytes(text).map(slipstick_core::units::Bytes::as_f64),
        "s" => parse_duration(text).map(slipstick_core::units::Seconds::get),
        "h" => parse_duration(text).map(|time| time.get() / 3600.0),
        "USD/h" => parse_price(text).map(slipstick_core::units::UsdPerHour::get),
        "billion" => count(1e9),
        "%" => text.strip_suffix('%')?.trim().parse().ok().map(Ok)?,
        "parameter" | "token" | "sequence" | "layer" | "element" | "head" | "entry" | "GPU"
        | "accelerator" | "chip" => count(1.0),
        _ => return None,
    })
}

/// What was typed, short enough to repeat in a message.
fn clipped(text: &str) -> String {
    text.chars().take(40).collect()
}
