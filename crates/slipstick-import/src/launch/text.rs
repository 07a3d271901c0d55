//! Text as a flat list of settings: JSON, YAML, TOML or arguments of a command.

use serde_json::Value;

use super::{LaunchFileError, shell};

/// Nothing that launches a training is nested deeper, has more parts, or refers to itself more often.
const DEPTH: usize = 24;
pub(super) const NODES: usize = 20_000;
const ALIASES: usize = 64;

/// The key of words that a command begins with: what runs, and what it is told to do.
pub(super) const COMMAND: &str = "(command)";

/// What a setting says.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar {
    Nothing,
    Yes(bool),
    Number(f64),
    Text(String),
}

impl Scalar {
    /// As it would be typed.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Nothing => "null".to_owned(),
            Self::Yes(yes) => yes.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        }
    }

    /// Yes or no, also in the words that YAML once had for them.
    pub(super) fn yes(&self) -> Option<bool> {
        match self {
            Self::Yes(yes) => Some(*yes),
            Self::Number(number) if [0.0, 1.0].contains(number) => Some(*number > 0.0),
            Self::Text(text) => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" => Some(true),
                "false" | "no" | "off" | "none" => Some(false),
                _ => None,
            },
            Self::Nothing | Self::Number(_) => None,
        }
    }
}

/// One setting: its path with dots, places in lists left out, and what it says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Setting {
    pub(super) key: String,
    pub(super) value: Scalar,
}

/// The settings of a text.
pub(super) fn settings(name: &str, text: &str) -> Result<Vec<Setting>, LaunchFileError> {
    let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let start = text.trim_start();
    if ending == "toml" {
        return flat(&toml(text)?);
    }
    if start.starts_with('{') {
        return flat(&json(text)?);
    }
    let is_script = matches!(ending.as_str(), "sh" | "bash" | "args" | "txt")
        || start.starts_with("--")
        || start.lines().next().is_some_and(|line| line.contains(" --"));
    if is_script {
        return shell::arguments(text);
    }
    // A text without a name may be TOML as well, which no YAML of settings is.
    if !matches!(ending.as_str(), "yaml" | "yml")
        && let Ok(table) = toml(text)
    {
        return flat(&table);
    }
    flat(&yaml(text)?)
}

pub(super) fn syntax(format: &'static str, why: &impl ToString) -> LaunchFileError {
    let why = why.to_string();
    // A parser's hints on its own options help nobody who wrote a file.
    let line = why
        .lines()
        .next()
        .unwrap_or_default()
        .replace(", set DuplicateKeyPolicy in Options if acceptable", "");
    let line = line.chars().take(160).collect();
    LaunchFileError::Syntax { format, why: line }
}

fn json(text: &str) -> Result<Value, LaunchFileError> {
    serde_json::from_str(text).map_err(|error| syntax("JSON", &error))
}

fn toml(text: &str) -> Result<Value, LaunchFileError> {
    toml::from_str(text).map_err(|error| syntax("TOML", &error.message()))
}

/// Anchors, aliases, nodes and depth are counted while it is parsed, so that no small text becomes a large value.
fn yaml(text: &str) -> Result<Value, LaunchFileError> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: DEPTH,
            max_nodes: NODES,
            max_events: 4 * NODES,
            max_aliases: ALIASES,
            max_anchors: ALIASES,
            max_merge_keys: ALIASES,
            max_documents: 1,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: NODES,
            max_replay_stack_depth: 8,
            max_alias_expansions_per_anchor: ALIASES,
        },
        non_finite_float_policy: serde_saphyr::NonFiniteFloatPolicy::Reject,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| syntax("YAML", &error))
}

/// The leaves of a tree; anything but a table at its root is no launch file.
fn flat(value: &Value) -> Result<Vec<Setting>, LaunchFileError> {
    if !value.is_object() {
        return Err(LaunchFileError::UnknownKind);
    }
    let mut found = Vec::new();
    walk(value, &mut String::new(), 0, &mut found)?;
    Ok(found)
}

fn walk(
    value: &Value,
    path: &mut String,
    depth: usize,
    found: &mut Vec<Setting>,
) -> Result<(), LaunchFileError> {
    if depth > DEPTH || found.len() > NODES {
        return Err(syntax("launch file", &"it is nested deeper or longer than any"));
    }
    let leaf = match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                let length = path.len();
                if length > 0 {
                    path.push('.');
                }
                path.push_str(key);
                walk(inner, path, depth + 1, found)?;
                path.truncate(length);
            }
            return Ok(());
        }
        Value::Array(items) => {
            for item in items {
                walk(item, path, depth + 1, found)?;
            }
            return Ok(());
        }
        Value::Null => Scalar::Nothing,
        Value::Bool(yes) => Scalar::Yes(*yes),
        Value::Number(number) => Scalar::Number(number.as_f64().unwrap_or(f64::NAN)),
        Value::String(text) => Scalar::Text(text.clone()),
    };
    found.push(Setting { key: path.clone(), value: leaf });
    Ok(())
}
