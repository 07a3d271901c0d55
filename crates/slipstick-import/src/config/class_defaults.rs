//! What each architecture's configuration class assumes for a key that a file leaves out.
//!
//! Source: the literal field defaults of the configuration classes of transformers 5.23.0 (Apache-2.0), integers, flags
//! and activation names only. A field whose class default is "none" is not listed: its value is derived, and each family
//! says how.

use std::{
    collections::HashMap,
    sync::{LazyLock, OnceLock},
};

use serde_json::{Map, Value, value::RawValue};

/// One class: its text, and its values once somebody asks for one.
struct Class {
    text: &'static RawValue,
    values: OnceLock<Map<String, Value>>,
}

/// Every class. A configuration names one or two of some hundreds, so only those are parsed.
static CLASSES: LazyLock<HashMap<&'static str, Class>> = LazyLock::new(|| {
    let texts: HashMap<&str, &RawValue> =
        serde_json::from_str(include_str!("../../data/config_class_defaults.json"))
            .expect("the embedded table is JSON, which a test checks");
    texts.into_iter().map(|(name, text)| (name, Class { text, values: OnceLock::new() })).collect()
});

/// The default of `key` in the class of `model_type`.
pub(super) fn find(model_type: &str, key: &str) -> Option<&'static Value> {
    let class = CLASSES.get(model_type)?;
    let parse =
        || serde_json::from_str(class.text.get()).expect("each class is an object, which a test checks");
    class.values.get_or_init(parse).get(key)
}

#[cfg(test)]
mod tests {
    use super::find;

    /// Two that published files rely on: Gemma 3's text sections and LLaVA's state few keys.
    #[test]
    fn the_table_holds_the_classes_defaults() {
        assert_eq!(find("gemma3_text", "vocab_size").and_then(serde_json::Value::as_u64), Some(262_208));
        assert_eq!(find("llama", "intermediate_size").and_then(serde_json::Value::as_u64), Some(11_008));
        assert_eq!(find("llama", "num_key_value_heads"), None);
        assert_eq!(find("nosuch", "vocab_size"), None);
        for name in super::CLASSES.keys() {
            assert_eq!(find(name, "no such key"), None);
        }
    }
}
