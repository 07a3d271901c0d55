//! An axis: the values that one flag takes, one after the other.

use std::collections::BTreeSet;

use serde_json::{Map, Number, Value};
use slipstick_core::units::parse_count;

use crate::ApiError;

/// More values than this on one axis are a mistake.
const MOST_VALUES: usize = 1_000_000;

/// The values of a flag.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    /// The flag's name with underscores.
    pub(super) name: String,
    pub(super) values: Vec<Value>,
}

impl Axis {
    /// An axis of texts.
    pub(super) fn texts(name: &str, values: impl IntoIterator<Item = String>) -> Self {
        Self { name: name.to_owned(), values: values.into_iter().map(Value::String).collect() }
    }

    /// An axis of counts.
    #[cfg(test)]
    pub(super) fn counts(name: &str, values: impl IntoIterator<Item = u64>) -> Self {
        Self { name: name.to_owned(), values: values.into_iter().map(Value::from).collect() }
    }

    /// What a specification says under a name: one value, a list, or a range, which has at most so many values.
    pub(super) fn read(name: &str, said: Value, most: u64) -> Result<Self, ApiError> {
        let values = match said {
            Value::Array(list) => list,
            Value::Object(range) => self::range(name, &range, most)?,
            one => vec![one],
        };
        if values.is_empty() {
            return Err(wrong(name, "it has no values", "name one at least"));
        }
        if let Some(odd) =
            values.iter().find(|value| !(value.is_string() || value.is_number() || value.is_boolean()))
        {
            return Err(wrong(
                name,
                format!("{odd} is no value of a flag"),
                "a value is a text, a number, true or false",
            ));
        }
        let mut seen = BTreeSet::new();
        if let Some(twice) = values.iter().find(|value| !seen.insert(value.to_string())) {
            return Err(wrong(name, format!("{twice} stands there twice"), "name each value once"));
        }
        Ok(Self { name: name.to_owned(), values })
    }
}

/// The refusal of an axis.
pub(super) fn wrong(name: &str, message: impl core::fmt::Display, cure: &str) -> ApiError {
    ApiError::input("sweep.axis", message.to_string()).at(name.to_owned()).help(cure.to_owned())
}

/// How to write a range.
const CURE: &str = "write {from = 1, to = 64, factor = 2} or {from = 1024, to = 8192, step = 1024}";

/// The value of each turn from the first.
fn turns(
    name: &str,
    from: f64,
    step: Option<f64>,
    factor: Option<f64>,
) -> Result<Box<dyn Fn(usize) -> f64>, ApiError> {
    let why = match (step, factor) {
        (Some(step), None) if step > 0.0 => return Ok(Box::new(move |at| from + step * at as f64)),
        (None, Some(factor)) if factor > 1.0 && from > 0.0 => {
            // No axis is so long.
            return Ok(Box::new(move |at| from * factor.powi(i32::try_from(at).unwrap_or(i32::MAX))));
        }
        (Some(_), None) => "a step is above 0",
        (None, Some(_)) => "a factor is above 1, and from above 0",
        _ => "a range has either a step or a factor",
    };
    Err(wrong(name, why, CURE))
}

/// The values of `{from, to, step}` or `{from, to, factor}`, both ends included where they are met.
fn range(name: &str, said: &Map<String, Value>, most: u64) -> Result<Vec<Value>, ApiError> {
    if let Some(key) = said.keys().find(|key| !["from", "to", "step", "factor"].contains(&key.as_str())) {
        return Err(wrong(name, format!("a range has no {key}"), CURE));
    }
    let number = |key: &str| -> Result<Option<f64>, ApiError> {
        let Some(value) = said.get(key) else { return Ok(None) };
        let read = match value {
            Value::String(text) => parse_count(text).ok().map(|count| count as f64),
            other => other.as_f64(),
        };
        let read = read.filter(|number| number.is_finite());
        read.map(Some).ok_or_else(|| wrong(name, format!("{key} = {value} is no number"), CURE))
    };
    let (from, to) = (number("from")?, number("to")?);
    let (Some(from), Some(to)) = (from, to) else {
        return Err(wrong(name, "a range needs from and to", CURE));
    };
    if from > to {
        return Err(wrong(name, format!("from {from} is above to {to}"), "exchange them"));
    }
    let next = turns(name, from, number("step")?, number("factor")?)?;
    // A last value that rounding moved above the end is still the end.
    let within = |value: &f64| *value <= to * (1.0 + 1e-12);
    let most = usize::try_from(most).unwrap_or(MOST_VALUES).min(MOST_VALUES);
    let values: Vec<f64> = (0..=most).map(next).take_while(within).collect();
    if values.len() > most {
        return Err(wrong(name, format!("it has more than {most} values"), "take a larger step"));
    }
    let whole = values.iter().all(|value| (value - value.round()).abs() < 1e-9 * value.abs().max(1.0));
    Ok(values.into_iter().map(|value| number_value(value, whole)).collect())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "whole and never negative, as checked"
)]
fn number_value(value: f64, whole: bool) -> Value {
    if whole && value >= 0.0 {
        Value::from(value.round() as u64)
    } else {
        Number::from_f64(value).map_or(Value::Null, Value::Number)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Axis;

    fn values(said: Value) -> Result<Vec<Value>, String> {
        Axis::read("concurrency", said, u64::MAX).map(|axis| axis.values).map_err(|error| error.message)
    }

    #[test]
    fn ranges_hold_both_ends_where_they_are_met() {
        assert_eq!(
            values(json!({"from": 1, "to": 8, "factor": 2})).unwrap(),
            [json!(1), json!(2), json!(4), json!(8)]
        );
        assert_eq!(
            values(json!({"from": "1k", "to": 4000, "step": "1k"})).unwrap(),
            [json!(1000), json!(2000), json!(3000), json!(4000)]
        );
        assert_eq!(values(json!({"from": 0.1, "to": 0.35, "step": 0.1})).unwrap().len(), 3);
        assert_eq!(values(json!(7)).unwrap(), [json!(7)]);
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for (said, why) in [
            (json!([]), "no values"),
            (json!({"from": 1}), "needs from and to"),
            (json!({"from": 2, "to": 1, "step": 1}), "is above to"),
            (json!({"from": 1, "to": 2, "step": 0}), "a step is above 0"),
            (json!({"from": 1, "to": 2, "factor": 1}), "a factor is above 1"),
            (json!({"from": 1, "to": 2}), "either a step or a factor"),
            (json!({"from": 1, "to": 2, "by": 1}), "has no by"),
            (json!({"from": 0, "to": 1e12, "step": 1}), "more than 1000000"),
            (json!({"from": "x", "to": 2, "step": 1}), "is no number"),
            (json!([[1]]), "is no value of a flag"),
            (json!([1, 1]), "twice"),
            (json!(null), "is no value of a flag"),
        ] {
            let message = values(said.clone()).unwrap_err();
            assert!(message.contains(why), "{said}: {message}");
        }
    }
}
