//! The keys that sizes are made of, and those that must hold what they held when the sizes were read off.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Config, ConfigError, Template, expression, head};

/// Layers beyond this are a mistake.
pub(super) const MAX_LAYERS: u64 = 10_000;

/// The keys of a template with their values.
pub(super) struct Keys<'t> {
    values: BTreeMap<&'t str, u64>,
    model_type: String,
}

impl<'t> Keys<'t> {
    /// Reads every key of a template; `hidden` is the width of the decoder.
    ///
    /// # Errors
    /// If one is missing or no count, or does not follow the key that it follows in every class that could be built.
    pub(super) fn read(
        c: &Config<'_>,
        template: &'t Template,
        hidden: Option<u64>,
    ) -> Result<Self, ConfigError> {
        let mut values = BTreeMap::new();
        for path in &template.keys {
            let value = match hidden {
                Some(hidden) if path == "text_config.hidden_size" => hidden,
                _ if path == "num_labels" => head::labels(c)?,
                _ => within(c, path, &count)?,
            };
            values.insert(path.as_str(), value);
        }
        let keys = Self { values, model_type: c.model_type().to_owned() };
        for (path, leader) in &template.linked {
            let (stated, follows) = (within(c, path, &count)?, keys.size(leader)?);
            if stated != follows {
                let reason = format!("{path} is {stated}, where only {leader} ({follows}) is known");
                return Err(c.unsupported(reason));
            }
        }
        for (path, derived) in &template.derived {
            keys.check_derived(c, path, derived)?;
        }
        Ok(keys)
    }

    /// Refuses a key that is stated as another value than the class works out for it.
    fn check_derived(&self, c: &Config<'_>, path: &str, derived: &Value) -> Result<(), ConfigError> {
        let known = match derived {
            Value::String(size) => Value::from(self.size(size)?),
            Value::Array(values) => values.first().cloned().unwrap_or_default(),
            other => other.clone(),
        };
        let stated = |c: &Config<'_>, key: &str| Ok(if c.has(key) { c.get(key).cloned() } else { None });
        match within(c, path, &stated)? {
            Some(value) if value != known => Err(c.unsupported(format!("{path} is another than {known}"))),
            _ => Ok(()),
        }
    }

    /// A size made of them.
    ///
    /// # Errors
    /// If it is negative, out of range, or not whole.
    pub(super) fn size(&self, text: &str) -> Result<u64, ConfigError> {
        expression::size(text, &|key| self.values.get(key).copied()).ok_or_else(|| ConfigError::Unsupported {
            model_type: self.model_type.clone(),
            reason: format!("{text} is no size"),
        })
    }
}

/// Refuses a configuration of which a key holds another value than the one for which the sizes are known.
///
/// # Errors
/// If one does, by name.
pub(super) fn check(c: &Config<'_>, pinned: &BTreeMap<String, Value>) -> Result<(), ConfigError> {
    for (path, known) in pinned {
        within(c, path, &|c: &Config<'_>, key: &str| match c.get(key) {
            found if found.unwrap_or(&Value::Null) == known => Ok(()),
            // Some classes take a flag that they do not list.
            None if *known == Value::Bool(false) && !c.is_null(key) => Ok(()),
            Some(found) if found.as_f64().is_some() && found.as_f64() == known.as_f64() => Ok(()),
            _ => Err(c.unsupported(format!("{path} is another than {known}"))),
        })?;
    }
    Ok(())
}

/// What `read` makes of the last key of a path, in the section that holds it.
fn within<T>(
    c: &Config<'_>,
    path: &str,
    read: &dyn Fn(&Config<'_>, &str) -> Result<T, ConfigError>,
) -> Result<T, ConfigError> {
    let Some((section, rest)) = path.split_once('.') else { return read(c, path) };
    let section = c.section(section)?;
    let found = within(&section, rest, read)?;
    c.adopt(section);
    Ok(found)
}

/// A count, or the side of a square that is written as a list.
fn count(c: &Config<'_>, key: &str) -> Result<u64, ConfigError> {
    if c.get(key).is_some_and(Value::is_array) {
        return c.side_or(key, 1);
    }
    c.optional_count(key)?.ok_or_else(|| c.missing(key))
}
