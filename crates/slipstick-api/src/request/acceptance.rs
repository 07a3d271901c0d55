//! The share of drafted tokens that is accepted, as a person writes it: one for all places of a draft, or one for each.

use core::{fmt, str::FromStr};
use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

use crate::ApiError;

/// More places than any draft has.
const MOST: usize = 64;

/// Chances that a drafted token is accepted if all before it were, by its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Acceptance(Vec<f64>);

/// A text that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} are no shares of drafted tokens: write one from 0 to 1 such as 0.8, or one for each place, 0.9,0.7,0.5"
)]
pub struct ParseAcceptanceError(String);

impl Acceptance {
    /// The chances of `tokens` places: the one for all, or the stated ones.
    pub(crate) fn places(&self, tokens: u64) -> Result<Vec<f64>, ApiError> {
        let places = crate::resolve::places(tokens);
        match self.0.as_slice() {
            [one] => Ok(vec![*one; places]),
            all if all.len() == places => Ok(all.to_vec()),
            all => {
                let message = format!("{} shares are stated for drafts of {tokens} tokens", all.len());
                Err(ApiError::input("acceptance.places", message)
                    .at("--acceptance")
                    .help("give one for all places, or one for each drafted token"))
            }
        }
    }
}

impl FromStr for Acceptance {
    type Err = ParseAcceptanceError;

    fn from_str(text: &str) -> Result<Self, ParseAcceptanceError> {
        let wrong = || ParseAcceptanceError(text.chars().take(40).collect());
        let share = |part: &str| {
            let (number, whole) = match part.trim().strip_suffix('%') {
                Some(number) => (number.trim(), 100.0),
                None => (part.trim(), 1.0),
            };
            let share = number.parse::<f64>().ok()? / whole;
            (0.0..=1.0).contains(&share).then_some(share)
        };
        let all: Option<Vec<f64>> = text.split(',').map(share).collect();
        let all = all.filter(|all| all.len() <= MOST);
        all.map(Self).ok_or_else(wrong)
    }
}

impl fmt::Display for Acceptance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.0.iter().map(f64::to_string).collect();
        f.pad(&parts.join(","))
    }
}

impl Serialize for Acceptance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Acceptance {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match Value::deserialize(deserializer)? {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Array(list) => list.iter().map(Value::to_string).collect::<Vec<_>>().join(","),
            other => other.to_string(),
        };
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Acceptance {
    fn schema_name() -> Cow<'static, str> {
        "Acceptance".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "number", "array"], "examples": ["0.9,0.7,0.5", 0.8]})
    }
}

#[cfg(test)]
mod tests {
    use super::Acceptance;

    #[test]
    fn shares_are_read_in_the_forms_that_people_write() {
        let read = |text: &str| text.parse::<Acceptance>().map(|all| all.to_string()).ok();
        assert_eq!(read("0.8").as_deref(), Some("0.8"));
        assert_eq!(read("90%, 0.7,50 %").as_deref(), Some("0.9,0.7,0.5"));
        for bad in ["", "1.1", "-0.1", "NaN", "inf", "0.8,", "0.8;0.7", "80"] {
            assert_eq!(read(bad), None, "{bad}");
        }
        for text in ["0.8", "\"0.8\"", "[0.9, 0.7]"] {
            assert!(serde_json::from_str::<Acceptance>(text).is_ok(), "{text}");
        }
        assert!(serde_json::from_str::<Acceptance>("{}").is_err());
    }

    #[test]
    fn a_place_has_one_chance() {
        let all: Acceptance = "0.9,0.7".parse().unwrap();
        assert_eq!(all.places(2).unwrap(), [0.9, 0.7]);
        assert!(all.places(3).is_err());
        assert_eq!("0.5".parse::<Acceptance>().unwrap().places(3).unwrap(), [0.5; 3]);
    }
}
