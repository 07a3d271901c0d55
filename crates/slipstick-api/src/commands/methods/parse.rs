//! `key=value` as typed to the inputs of a method.

use slipstick_core::units::{
    Bytes, ParseError, Seconds, UsdPerHour, parse_bandwidth, parse_bytes, parse_count, parse_duration,
    parse_flop_rate, parse_price,
};
use slipstick_methods::{Kind, Method, MethodError, MethodInput, Value};

use crate::ApiError;

/// The inputs of a method from `key=value` arguments, in order.
///
/// A number may be bare, in the input's own unit, or carry a unit of the same dimension: `seq=32k`,
/// `bandwidth_gb_s=3.35TB/s`. A key that the method does not know is kept for [`Method::eval`] to refuse.
pub(super) fn inputs<S: AsRef<str>>(
    method: &Method,
    arguments: &[S],
) -> Result<Vec<(String, Value)>, ApiError> {
    arguments.iter().map(|argument| input(method, argument.as_ref())).collect()
}

fn input(method: &Method, argument: &str) -> Result<(String, Value), ApiError> {
    let Some((key, text)) = argument.split_once('=').filter(|(key, _)| !key.trim().is_empty()) else {
        let message = format!("{:?} is not an input", clipped(argument));
        return Err(
            ApiError::input("method.not_a_pair", message).help("write inputs as key=value, like seq=2048")
        );
    };
    let (key, text) = (key.trim(), text.trim());
    let value = match method.input(key) {
        Some(input) => read(input, text)?,
        None => Value::Text(clipped(text).into()),
    };
    Ok((key.to_owned(), value))
}

fn read(input: &'static MethodInput, text: &str) -> Result<Value, ApiError> {
    match input.kind {
        Kind::Number(_) => number(input, text).map(Value::Number),
        Kind::Choice(_) | Kind::Label => Ok(Value::Text(text.to_owned().into())),
        Kind::Flag => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Ok(Value::Flag(true)),
            "false" | "no" | "off" | "0" => Ok(Value::Flag(false)),
            _ => Err(bad(input, text, "true or false")),
        },
    }
}

fn bad(input: &'static MethodInput, text: &str, expected: &str) -> ApiError {
    let got = format!("{:?}", clipped(text));
    MethodError::BadValue { key: input.key, got, expected: expected.to_owned() }.into()
}

/// A bare number in the input's unit, or one with a unit of its own.
fn number(input: &'static MethodInput, text: &str) -> Result<f64, ApiError> {
    if let Ok(number) = text.parse::<f64>() {
        return Ok(number);
    }
    if let Some(read) = with_unit(input.unit, text) {
        return read.map_err(|error| ApiError::from(error).at(input.key));
    }
    let expected =
        if input.unit.is_empty() { "a number".to_owned() } else { format!("a number in {}", input.unit) };
    Err(bad(input, text, &expected))
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
        "byte" => parse_bytes(text).map(Bytes::as_f64),
        "s" => parse_duration(text).map(Seconds::get),
        "h" => parse_duration(text).map(|time| time.get() / 3600.0),
        "USD/h" => parse_price(text).map(UsdPerHour::get),
        "billion" => count(1e9),
        "%" => Ok(text.strip_suffix('%')?.trim().parse().ok()?),
        "parameter" | "token" | "sequence" | "layer" | "element" | "head" | "entry" | "GPU"
        | "accelerator" | "chip" => count(1.0),
        _ => return None,
    })
}

/// What was typed, short enough to repeat in a message.
fn clipped(text: &str) -> String {
    text.chars().take(40).collect()
}
