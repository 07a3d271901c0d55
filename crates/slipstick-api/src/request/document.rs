//! Requests as documents: one flat table under the command's name.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::{Map, Value};

use super::Request;
use crate::{
    ApiError,
    registry::{Command, Question},
};

/// Tables that earlier versions nested.
const NESTED: &[&str] = &["base", "deployment", "prices", "page"];

/// Fields that name models: each may be the table of a configuration in place of a name.
pub(crate) const MODELS: &[&str] = &["model", "reward_model", "critic_model"];

/// Keys of earlier versions, and what they are called now.
const RENAMED: &[(&str, &str)] = &[("models", "model"), ("quants", "quant"), ("kv_dtypes", "kv_dtype")];

/// Reads the request of a type from its table.
pub(crate) fn read<T: Question>(table: Map<String, Value>) -> Result<Request, ApiError> {
    let (mut flat, mut silent) = (Map::new(), Map::new());
    flatten(table, &mut flat, &mut silent);
    match serde_json::from_value::<T>(Value::Object(flat.clone())) {
        Ok(request) => {
            let fields = serde_json::to_value(&request).unwrap_or_default();
            let is_known = |key: &String| fields.get(key).is_some();
            if flat.keys().chain(silent.keys()).all(is_known) {
                no_list_for_one(&fields, &silent)?;
                return Ok(request.into());
            }
            flat.extend(silent);
            Err(refusal::<T>(&flat, None))
        }
        Err(error) => Err(refusal::<T>(&flat, Some(error))),
    }
}

/// Refuses a list of nothing where one value belongs: it says nothing only where several do.
fn no_list_for_one(fields: &Value, silent: &Map<String, Value>) -> Result<(), ApiError> {
    let is_wrong = |(key, value): &(&String, &Value)| value.is_array() && !fields[key.as_str()].is_array();
    let Some((key, _)) = silent.iter().find(is_wrong) else { return Ok(()) };
    let refusal =
        ApiError::input("request.invalid_field", "a list of nothing stands where one value belongs");
    Err(refusal.at(key.clone()).help(format!("leave {key} out, or say what it is")))
}

/// A model whose configuration stands there as a table, or several, as the texts that requests hold.
fn pasted(value: Value) -> Value {
    match value {
        Value::Object(_) => Value::String(value.to_string()),
        Value::Array(list) => Value::Array(list.into_iter().map(pasted).collect()),
        name => name,
    }
}

/// Lifts the keys of tables that used to be nested, and sets those apart that say nothing.
fn flatten(table: Map<String, Value>, flat: &mut Map<String, Value>, silent: &mut Map<String, Value>) {
    for (key, value) in table {
        let now = RENAMED.iter().find(|(before, _)| *before == key).map(|(_, now)| (*now).to_owned());
        let now = now.unwrap_or_else(|| key.clone());
        match value {
            Value::Object(inner) if NESTED.contains(&key.as_str()) => flatten(inner, flat, silent),
            Value::Null => drop(silent.insert(now, Value::Null)),
            // A list of nothing is left out where a request is written, so it is where one is read.
            Value::Array(list) if list.is_empty() => drop(silent.insert(now, Value::Array(list))),
            value if MODELS.contains(&now.as_str()) => drop(flat.insert(now, pasted(value))),
            value => drop(flat.insert(now, value)),
        }
    }
}

/// Why a table is no request: the key that is not known, else the one that is missing or wrong.
fn refusal<T: Question>(table: &Map<String, Value>, error: Option<serde_json::Error>) -> ApiError {
    let schema = schemars::schema_for!(T);
    let fields = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    if let Some(key) = table.keys().find(|key| !fields.contains_key(*key)) {
        let what = format!("field of {}", T::NAME);
        let names = fields.keys().map(String::as_str);
        return ApiError::unknown("request.unknown_field", &what, key, names)
            .or_help(&format!("slipstick {} --help lists its fields", T::NAME))
            .at(key.clone());
    }
    let message = error.map_or_else(String::new, |error| error.to_string());
    if let Some(field) = missing(&message) {
        return ApiError::input("request.missing_field", format!("{field} is missing"))
            .at(field)
            .help(format!("say {field} = .., or see slipstick {} --help", T::NAME));
    }
    let at = table.keys().find(|key| is_at_fault::<T>(table, key, &message)).cloned();
    let help = format!("slipstick {} --help says what each field takes", T::NAME);
    let refusal = ApiError::input("request.invalid_field", message).help(help);
    at.map_or(refusal.clone(), |at| refusal.at(at))
}

/// Whether `message` speaks of `key`, which serde does not say of parts of a table: without the key it is not heard, or
/// it is heard of the key alone.
fn is_at_fault<T: Question>(table: &Map<String, Value>, key: &str, message: &str) -> bool {
    let said = |table: Map<String, Value>| {
        serde_json::from_value::<T>(Value::Object(table)).err().map(|error| error.to_string())
    };
    let mut without = table.clone();
    let alone = without.shift_remove(key).map(|value| Map::from_iter([(key.to_owned(), value)]));
    let changes = match said(without).as_deref() {
        Some(other) => other != message && missing(other) != Some(key),
        None => true,
    };
    changes || alone.and_then(said).as_deref() == Some(message)
}

/// The field that serde misses.
fn missing(message: &str) -> Option<&str> {
    message.strip_prefix("missing field `")?.split('`').next()
}

impl Request {
    /// Its table: what was asked, and nothing of what was left open.
    pub fn table(&self) -> Map<String, Value> {
        let Ok(Value::Object(mut fields)) = self.fields() else { return Map::new() };
        fields.retain(|_, value| match value {
            Value::Null | Value::Bool(false) => false,
            Value::Array(list) => !list.is_empty(),
            Value::Bool(true) | Value::Number(_) | Value::String(_) | Value::Object(_) => true,
        });
        fields
    }

    /// Whether no field of it could be the path of a file: a description shows such examples only.
    pub(crate) fn names_no_file(&self) -> bool {
        const ENDINGS: [&str; 5] = [".json", ".toml", ".csv", ".gguf", "/"];
        let texts = |value: &Value| match value {
            Value::Array(list) => list.clone(),
            one => vec![one.clone()],
        };
        let is_file = |key: &str, value: &Value| {
            value.as_str().is_some_and(|text| {
                let is_path = MODELS.contains(&key) && text.contains('/');
                is_path || ENDINGS.iter().any(|ending| text.ends_with(ending))
            })
        };
        !self.table().iter().any(|(key, value)| texts(value).iter().any(|value| is_file(key, value)))
    }

    /// Reads `{"<command>": {..}}`.
    ///
    /// # Errors
    /// If it is not one table named after a command, or the table is no request of that command.
    pub fn from_document(document: Map<String, Value>) -> Result<Self, ApiError> {
        let refused = |at: Option<&String>| {
            let refusal =
                ApiError::input("request.not_one", "a request is one table named after its command")
                    .help("such as [estimate] with model and on in it");
            at.map_or(refusal.clone(), |at| refusal.at(at.clone()))
        };
        if document.len() != 1 {
            return Err(refused(document.keys().nth(1)));
        }
        let (name, table) = match document.into_iter().next() {
            Some((name, Value::Object(table))) => (name, table),
            other => return Err(refused(other.map(|(name, _)| name).as_ref())),
        };
        let command = Command::named(&name).ok_or_else(|| {
            let names: Vec<String> = crate::commands::COMMANDS.iter().map(Command::key).collect();
            ApiError::unknown("request.unknown_command", "command", &name, names.iter().map(String::as_str))
                .or_help("slipstick --help lists all commands")
                .at(name.clone())
        })?;
        command.read(table)
    }
}

impl Serialize for Request {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        ser::SerializeMap::serialize_entry(&mut map, &self.command().key(), &self.table())?;
        ser::SerializeMap::end(map)
    }
}

impl<'de> Deserialize<'de> for Request {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_document(Map::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::Request;

    fn read(command: &str, fields: Value) -> Result<Request, (&'static str, Option<String>)> {
        let document = Map::from_iter([(command.to_owned(), fields)]);
        Request::from_document(document).map_err(|error| (error.code, error.at))
    }

    #[test]
    fn the_key_that_is_wrong_is_named_wherever_it_is_declared() {
        let sound = json!({"model": "a", "on": "h100", "tp": 2, "input": "1k", "utilisation": "0.5"});
        assert!(read("estimate", sound.clone()).is_ok());
        for (key, value, code) in [
            ("on", json!(3), "request.invalid_field"),
            ("tp", json!("two"), "request.invalid_field"),
            ("input", json!("1kB"), "request.invalid_field"),
            ("utilisation", json!("lots"), "request.invalid_field"),
            ("allow_unknown", json!("perhaps"), "request.invalid_field"),
            ("concurency", json!(1), "request.unknown_field"),
            ("concurency", Value::Null, "request.unknown_field"),
            ("engine", json!([]), "request.invalid_field"),
            ("model", Value::Null, "request.missing_field"),
        ] {
            let mut fields = sound.clone();
            fields[key] = value;
            assert_eq!(read("estimate", fields), Err((code, Some(key.to_owned()))), "{key}");
        }
        let run = json!({"model": "a", "elapsed": "12", "tokens": 1});
        assert_eq!(read("summarize", run), Err(("request.invalid_field", Some("elapsed".to_owned()))));
    }

    #[test]
    fn tables_of_earlier_versions_are_read() {
        let flat =
            json!({"model": ["a"], "on": "h100,l40s", "input": "1k", "price": "$2/h", "quant": ["fp8"]});
        let nested = json!({
            "base": {"deployment": {}, "input": "1k", "prices": {"price": "$2/h"}},
            "models": ["a"], "on": ["h100", "l40s"], "quants": ["fp8"],
        });
        assert_eq!(read("compare", nested), read("compare", flat));
    }

    #[test]
    fn a_text_says_what_a_flag_says() {
        let typed = Request::from_words([
            "estimate",
            "a",
            "--on",
            "h100",
            "--memory-fraction",
            "0.9",
            "--allow-unknown",
        ]);
        let table = json!({"model": "a", "on": "h100", "memory_fraction": "0.9", "allow_unknown": "true"});
        assert_eq!(read("estimate", table), Ok(typed.unwrap()));
    }
}
