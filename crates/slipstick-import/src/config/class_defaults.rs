//! What each architecture's configuration class assumes for a key that a file leaves out.
//!
//! Source: the literal field defaults of the configuration classes of transformers 5.24.0 (Apache-2.0): numbers, flags,
//! names and short lists, and for a composite the parts that it builds for itself. A field whose class default is "none"
//! is not listed: its value is derived, and each family says how. `tests/reference/class_tables.py` writes the table, and
//! `foreign_keys.py` there adds which keys of other classes a class ignores.

use std::{
    collections::HashMap,
    sync::{LazyLock, OnceLock},
};

use serde_json::{Map, Value};

/// The table: a class a line.
const TABLE: &str = include_str!("../../data/config_class_defaults.json");

/// One class: its text, and its values once somebody asks for one.
struct Class {
    text: &'static str,
    values: OnceLock<Map<String, Value>>,
    /// Other names of its keys, each with the key that it is read as.
    aliases: OnceLock<Vec<(&'static str, &'static str)>>,
}

/// Every class. A configuration names one or two of some hundreds, so only those are parsed; the others are told apart by
/// the beginnings of their lines.
static CLASSES: LazyLock<HashMap<&'static str, Class>> = LazyLock::new(|| {
    let classes = TABLE.lines().filter_map(class);
    let unread = |text| Class { text, values: OnceLock::new(), aliases: OnceLock::new() };
    classes.map(|(name, text)| (name, unread(text))).collect()
});

/// The name and the values of a line `"name": {..},`.
fn class(line: &str) -> Option<(&str, &str)> {
    let (name, values) = line.strip_prefix('"')?.split_once("\": ")?;
    Some((name, values.strip_suffix(',').unwrap_or(values)))
}

impl Class {
    fn values(&'static self) -> &'static Map<String, Value> {
        let parse = || serde_json::from_str(self.text).expect("each class is an object, which a test checks");
        self.values.get_or_init(parse)
    }

    fn aliases(&'static self) -> &'static [(&'static str, &'static str)] {
        self.aliases.get_or_init(|| {
            let names = self.values().get("@aliases").and_then(Value::as_object);
            let pair = |(alias, of): (&'static String, &'static Value)| Some((alias.as_str(), of.as_str()?));
            names.into_iter().flatten().filter_map(pair).collect()
        })
    }
}

fn values(model_type: &str) -> Option<&'static Map<String, Value>> {
    CLASSES.get(model_type).map(Class::values)
}

/// The type, if there is a class of it. What a whole assumes for a part is known by its place, as `dbrx.ffn_config`.
pub(super) fn known(model_type: &str) -> Option<&'static str> {
    CLASSES.get_key_value(model_type).map(|(name, _)| *name)
}

/// The default of `key` in the class of `model_type`.
pub(super) fn find(model_type: &str, key: &str) -> Option<&'static Value> {
    values(model_type)?.get(key)
}

/// Whether the class of `model_type` makes nothing of a key that others have.
pub(super) fn ignores(model_type: &str, key: &str) -> bool {
    let keys = values(model_type).and_then(|values| values.get("@ignores")).and_then(Value::as_array);
    keys.is_some_and(|keys| keys.iter().any(|ignored| ignored == key))
}

/// The other names under which the class of `model_type` reads `key`.
pub(super) fn aliases(model_type: &str, key: &str) -> impl Iterator<Item = &'static str> {
    let names = CLASSES.get(model_type).map(Class::aliases);
    names.into_iter().flatten().filter(move |(_, of)| *of == key).map(|(alias, _)| *alias)
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value};

    use super::{CLASSES, TABLE, find, values};

    #[test]
    fn lines_hold_what_the_whole_table_holds() {
        let whole: Map<String, Value> = serde_json::from_str(TABLE).unwrap();
        assert_eq!(CLASSES.len(), whole.len());
        for (name, class) in &whole {
            assert_eq!(values(name), class.as_object(), "{name}");
        }
    }

    /// Two that published files rely on: Gemma 3's text sections and LLaVA's state few keys.
    #[test]
    fn the_table_holds_the_classes_defaults() {
        assert_eq!(find("gemma3_text", "vocab_size").and_then(serde_json::Value::as_u64), Some(262_208));
        assert_eq!(find("llama", "intermediate_size").and_then(serde_json::Value::as_u64), Some(11_008));
        assert_eq!(find("llama", "num_key_value_heads"), Some(&serde_json::Value::Null));
        assert_eq!(find("llama", "no_such_key"), None);
        assert_eq!(find("nosuch", "vocab_size"), None);
    }
}
