//! Typed, checked access to a configuration, remembering each default that was used.

use std::{cell::RefCell, sync::LazyLock};

use serde_json::{Map, Value};

use super::{ConfigError, class_defaults};

/// A key that was missing, and the value that its architecture assumes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assumed {
    /// The key, with its path.
    pub key: String,
    /// The value used.
    pub value: String,
}

/// Sizes beyond these are mistakes, and products of sizes within them stay exact.
const MAX_SIZE: u64 = 1 << 28;

/// One object of a configuration.
#[derive(Debug)]
pub struct Config<'a> {
    object: &'a Map<String, Value>,
    /// What a single layer has in the place of those keys.
    of_layer: Option<&'a Map<String, Value>>,
    /// `text_config.` or empty.
    path: String,
    model_type: String,
    /// The type whose class's defaults hold, where that is another.
    class: Option<&'static str>,
    /// The class of a part, which its whole decides.
    built_as: Option<&'static str>,
    assumed: RefCell<Vec<Assumed>>,
}

impl<'a> Config<'a> {
    /// The whole configuration.
    ///
    /// # Errors
    /// If it is not an object.
    pub fn root(value: &'a Value) -> Result<Self, ConfigError> {
        let object = value.as_object().ok_or(ConfigError::NotAnObject)?;
        let model_type = object.get("model_type").and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Self::of(object, String::new(), model_type))
    }

    fn of(object: &'a Map<String, Value>, path: String, model_type: String) -> Self {
        Self {
            object,
            of_layer: None,
            path,
            model_type,
            class: None,
            built_as: None,
            assumed: RefCell::default(),
        }
    }

    /// The same as a layer has it: its keys in `per_layer_config` come first, and a null there is none. Call
    /// [`Config::adopt`] with it when done.
    ///
    /// # Errors
    /// If `per_layer_config` or its entry is no object.
    pub(super) fn of_layer(&self, layer: u64) -> Result<Config<'a>, ConfigError> {
        let mut own = Config::of(self.object, self.path.clone(), self.model_type.clone());
        own.class = self.class;
        let Some(layers) = self.optional_section("per_layer_config")? else { return Ok(own) };
        if let Some(key) = layers.keys().find(|key| key.parse() == Ok(layer)) {
            own.of_layer = Some(layers.section(key)?.object);
            own.path = format!("{}per_layer_config.{key}.", self.path);
        }
        Ok(own)
    }

    /// What is written for a key, unless its class makes nothing of that.
    fn written(&self, key: &str) -> Option<&'a Value> {
        let written = self.of_layer.and_then(|layer| layer.get(key)).or_else(|| self.object.get(key))?;
        (!class_defaults::ignores(self.class(), key)).then_some(written)
    }

    /// The stated `model_type`, or empty.
    pub fn model_type(&self) -> &str {
        &self.model_type
    }

    /// Whether this is a section of a larger configuration.
    pub fn is_nested(&self) -> bool {
        !self.path.is_empty()
    }

    /// The value of a key as it is written, under its own name or one that its class reads as the same; a null counts as
    /// absent.
    fn stated(&self, key: &str) -> Option<&'a Value> {
        let written = |key: &str| self.written(key).filter(|value| !value.is_null());
        written(key).or_else(|| class_defaults::aliases(self.class(), key).find_map(written))
    }

    /// The raw value of a key: as it is written, or as its architecture's class assumes for a key that is not written at
    /// all, which is remembered. A written null is neither.
    pub fn get(&self, key: &str) -> Option<&'a Value> {
        self.stated(key).or_else(|| self.class_default(key))
    }

    /// The keys that are written.
    pub fn keys(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.object.keys().map(String::as_str)
    }

    /// Whether the key is written with the value null, which for some keys means "none" and not "the default".
    pub fn is_null(&self, key: &str) -> bool {
        self.written(key).is_some_and(Value::is_null)
    }

    /// Whether the key is written and not null.
    pub fn has(&self, key: &str) -> bool {
        self.stated(key).is_some()
    }

    /// The nested object at `key`; its keys report their whole path. Call [`Config::adopt`] with it when done.
    ///
    /// # Errors
    /// If the key is missing or no object.
    pub fn section(&self, key: &str) -> Result<Config<'a>, ConfigError> {
        self.optional_section(key)?.ok_or_else(|| self.missing(key))
    }

    /// The nested object at `key`, if there is one.
    ///
    /// # Errors
    /// If the key is present but no object.
    pub fn optional_section(&self, key: &str) -> Result<Option<Config<'a>>, ConfigError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let object = value.as_object().ok_or_else(|| self.invalid(key, "an object"))?;
        let stated = object.get("model_type").and_then(Value::as_str).filter(|name| !name.is_empty());
        // What the whole assumes for this part comes before what the part's own class does.
        let place = class_defaults::known(&format!("{}.{key}", self.class()));
        let of_place =
            place.and_then(|place| class_defaults::find(place, "model_type")).and_then(Value::as_str);
        let class = place.filter(|_| stated.is_none() || stated == of_place);
        let model_type = stated.or(of_place).or(place).unwrap_or(&self.model_type).to_owned();
        let path = format!("{}{key}.", self.path);
        Ok(Some(Config { class, ..Config::of(object, path, model_type) }))
    }

    /// The same read as `model_type`, where the object states none of its own (sections that rely on their parent).
    #[must_use]
    pub fn or_type(mut self, model_type: &str) -> Self {
        if self.text("model_type").ok().flatten().is_none() {
            model_type.clone_into(&mut self.model_type);
        }
        self
    }

    /// The same read as `model_type`, whatever type it states (sections whose class their parent decides).
    #[must_use]
    pub fn as_type(mut self, model_type: &str) -> Self {
        model_type.clone_into(&mut self.model_type);
        self
    }

    /// The same as a model of its own, of the class that its whole makes of it.
    #[must_use]
    pub(super) fn built_as(mut self, class: &'static str) -> Self {
        self.built_as = Some(class);
        self
    }

    /// The class that its whole makes of it.
    pub(super) fn class_of_part(&self) -> Option<&'static str> {
        self.built_as
    }

    /// The nested object at `key` read as `model_type` unless it states another; an empty one if it is missing, since
    /// classes then build the part from their defaults.
    ///
    /// # Errors
    /// If the key is present but no object.
    pub fn part(&self, key: &str, model_type: &str) -> Result<Config<'a>, ConfigError> {
        static EMPTY: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
        let path = format!("{}{key}.", self.path);
        let section = self.optional_section(key)?.unwrap_or_else(|| Config::of(&EMPTY, path, String::new()));
        Ok(section.or_type(model_type))
    }

    /// The same object read as another type: flat files state the keys of a part beside those of the whole.
    #[must_use]
    pub fn flat_part(&self, model_type: &str) -> Config<'a> {
        Config::of(self.object, self.path.clone(), model_type.to_owned())
    }

    /// The side of a square given as one number or as a list of two equal ones, or the default of its architecture.
    ///
    /// # Errors
    /// If it is neither, or not a square.
    pub fn side_or(&self, key: &str, default: u64) -> Result<u64, ConfigError> {
        let side = match self.get(key) {
            Some(Value::Array(_)) => match self.counts(key)?.as_deref() {
                Some([height, width]) if height == width => *height,
                _ => return Err(self.invalid(key, "a number, or a list of two equal numbers")),
            },
            _ => self.count_or(key, default)?,
        };
        if side == 0 { Err(self.invalid(key, "positive")) } else { Ok(side) }
    }

    /// What the architecture's class assumes for a key that is not written at all; a written null is not absent.
    fn class_default(&self, key: &str) -> Option<&'static Value> {
        let absent = self.written(key).is_none() && !key.starts_with('@');
        let default = absent.then(|| class_defaults::find(self.class(), key)).flatten()?;
        if default.is_null() {
            return None;
        }
        self.assume(key, default);
        Some(default)
    }

    /// The type whose class's defaults hold.
    fn class(&self) -> &str {
        self.class.unwrap_or(&self.model_type)
    }

    /// The same with the defaults of another type's class.
    #[must_use]
    pub fn with_defaults_of(mut self, class: Option<&'static str>) -> Self {
        self.class = class;
        self
    }

    /// Whether the class has this key as one of its own, and so never as a part's.
    pub fn owns(&self, key: &str) -> bool {
        class_defaults::find(self.class(), key).is_some()
    }

    /// Whether the decoder's keys may stand beside those of the whole: as its class says, or if no class is known.
    pub(super) fn takes_flat(&self) -> bool {
        class_defaults::known(self.class()).is_none() || self.owns("@flat")
    }

    /// Whether the class takes a hidden size that is no multiple of the heads.
    pub(super) fn rounds_head(&self) -> bool {
        self.owns("@rounds_head")
    }

    /// Takes over the defaults that a section used.
    pub fn adopt(&self, section: Config<'_>) {
        self.assumed.borrow_mut().extend(section.assumed.into_inner());
    }

    pub(super) fn into_assumed(self) -> Vec<Assumed> {
        self.assumed.into_inner()
    }

    /// Notes that `value` stands for the missing `key`.
    pub fn assume(&self, key: &str, value: impl core::fmt::Display) {
        let assumed = Assumed { key: format!("{}{key}", self.path), value: value.to_string() };
        let mut all = self.assumed.borrow_mut();
        if !all.contains(&assumed) {
            all.push(assumed);
        }
    }

    /// The error of a missing key.
    pub fn missing(&self, key: &str) -> ConfigError {
        ConfigError::Missing { key: format!("{}{key}", self.path), model_type: self.model_type.clone() }
    }

    /// The error of a key whose value is not allowed.
    pub fn invalid(&self, key: &str, expected: impl Into<String>) -> ConfigError {
        let found = self.written(key).map_or_else(|| "absent".to_owned(), shorten);
        ConfigError::Invalid { key: format!("{}{key}", self.path), found, expected: expected.into() }
    }

    /// The refusal of a variant that is not understood.
    pub fn unsupported(&self, reason: impl Into<String>) -> ConfigError {
        ConfigError::Unsupported { model_type: self.model_type.clone(), reason: reason.into() }
    }

    /// A count that may be zero or absent.
    fn read_count(&self, key: &str) -> Result<Option<u64>, ConfigError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        self.check_aliases(key, value)?;
        // Some exporters write whole numbers as floats.
        let whole = value.as_u64().or_else(|| value.as_f64().and_then(whole_float));
        match whole {
            Some(count) if count <= MAX_SIZE => Ok(Some(count)),
            _ => Err(self.invalid(key, format!("a whole number from 0 to {MAX_SIZE}"))),
        }
    }

    /// Refuses two names of one key that state different counts, or flags.
    fn check_aliases(&self, key: &str, value: &Value) -> Result<(), ConfigError> {
        for alias in class_defaults::aliases(self.class(), key) {
            let other = self.object.get(alias).filter(|other| other.is_u64() || other.is_boolean());
            if let Some(other) = other.filter(|other| *other != value) {
                return Err(ConfigError::Contradiction(format!(
                    "{alias:?} is another name for {key:?} and states {} beside {}",
                    shorten(other),
                    shorten(value)
                )));
            }
        }
        Ok(())
    }

    /// A count that may be absent.
    ///
    /// # Errors
    /// If it is present and no count.
    pub fn optional_count(&self, key: &str) -> Result<Option<u64>, ConfigError> {
        self.read_count(key)
    }

    /// A positive count that must be there.
    ///
    /// # Errors
    /// If it is missing, zero or no count.
    pub fn count(&self, key: &str) -> Result<u64, ConfigError> {
        self.first_count(&[key])
    }

    /// A positive count under the first of several names that is written, or else that its class has a default for.
    ///
    /// # Errors
    /// If none is, or the count is zero or no count.
    pub fn first_count(&self, keys: &[&str]) -> Result<u64, ConfigError> {
        let first = keys.first().copied().unwrap_or_default();
        // A class ignores other classes' names for its keys.
        let known = |key: &&&str| self.owns(key);
        let own = keys.iter().any(|key| known(&key));
        let mut keys = keys.iter().filter(|key| !own || known(key));
        let key = keys.clone().find(|key| self.has(key)).or_else(|| keys.find(|key| self.get(key).is_some()));
        match key {
            Some(key) => match self.read_count(key)? {
                Some(0) | None => Err(self.invalid(key, "positive")),
                Some(count) => Ok(count),
            },
            None => Err(self.missing(first)),
        }
    }

    /// A count, or the value its architecture's class assumes, or else `default`; which is remembered.
    ///
    /// # Errors
    /// If it is present and no count.
    pub fn count_or(&self, key: &str, default: u64) -> Result<u64, ConfigError> {
        Ok(self.read_count(key)?.unwrap_or_else(|| {
            self.assume(key, default);
            default
        }))
    }

    /// A flag, or the value its architecture's class assumes, or else `default`; which is remembered.
    ///
    /// # Errors
    /// If it is present and no boolean.
    pub fn flag_or(&self, key: &str, default: bool) -> Result<bool, ConfigError> {
        let Some(value) = self.get(key) else {
            self.assume(key, default);
            return Ok(default);
        };
        self.check_aliases(key, value)?;
        value.as_bool().ok_or_else(|| self.invalid(key, "true or false"))
    }

    /// A number, or the value its architecture assumes, which is remembered.
    ///
    /// # Errors
    /// If it is present and no finite number.
    pub fn number_or(&self, key: &str, default: f64) -> Result<f64, ConfigError> {
        let Some(value) = self.get(key) else {
            self.assume(key, default);
            return Ok(default);
        };
        value.as_f64().filter(|number| number.is_finite()).ok_or_else(|| self.invalid(key, "a number"))
    }

    /// A size that was worked out from `key`, as a count.
    ///
    /// # Errors
    /// If it is negative or out of range.
    pub fn whole(&self, key: &str, size: f64) -> Result<u64, ConfigError> {
        whole_float(size).ok_or_else(|| self.invalid(key, format!("of a size up to {MAX_SIZE}")))
    }

    /// A text that may be absent.
    ///
    /// # Errors
    /// If it is present and no text.
    pub fn text(&self, key: &str) -> Result<Option<&'a str>, ConfigError> {
        match self.get(key) {
            Some(value) => value.as_str().map(Some).ok_or_else(|| self.invalid(key, "a text")),
            None => Ok(None),
        }
    }

    /// A list that may be absent.
    ///
    /// # Errors
    /// If it is present and no list, or has over 100,000 entries.
    pub fn list(&self, key: &str) -> Result<Option<&'a [Value]>, ConfigError> {
        match self.get(key) {
            Some(value) => match value.as_array() {
                Some(items) if items.len() <= 100_000 => Ok(Some(items)),
                _ => Err(self.invalid(key, "a list")),
            },
            None => Ok(None),
        }
    }

    /// A list of objects that may be absent.
    ///
    /// # Errors
    /// If it is present and any entry is no object.
    pub fn sections(&self, key: &str) -> Result<Option<Vec<Config<'a>>>, ConfigError> {
        let Some(items) = self.list(key)? else { return Ok(None) };
        let sections = items.iter().enumerate().map(|(index, item)| {
            let object = item.as_object().ok_or_else(|| self.invalid(key, "a list of objects"))?;
            let path = format!("{}{key}[{index}].", self.path);
            Ok(Config::of(object, path, self.model_type.clone()))
        });
        sections.collect::<Result<_, _>>().map(Some)
    }

    /// A list of counts that may be absent.
    ///
    /// # Errors
    /// If it is present and any entry is no count.
    pub fn counts(&self, key: &str) -> Result<Option<Vec<u64>>, ConfigError> {
        let Some(items) = self.list(key)? else { return Ok(None) };
        let counts: Option<Vec<u64>> =
            items.iter().map(|item| item.as_u64().filter(|count| *count <= MAX_SIZE)).collect();
        counts.map(Some).ok_or_else(|| self.invalid(key, "a list of whole numbers"))
    }

    /// A list of texts that may be absent.
    ///
    /// # Errors
    /// If it is present and any entry is no text.
    pub fn texts(&self, key: &str) -> Result<Option<Vec<&'a str>>, ConfigError> {
        let Some(items) = self.list(key)? else { return Ok(None) };
        let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
        texts.map(Some).ok_or_else(|| self.invalid(key, "a list of texts"))
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked first")]
fn whole_float(number: f64) -> Option<u64> {
    (number >= 0.0 && number <= MAX_SIZE as f64 && number.fract() == 0.0).then_some(number as u64)
}

fn shorten(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= 40 {
        text
    } else {
        format!("{}...", text.chars().take(40).collect::<String>())
    }
}
