//! The key-value pairs of a GGUF file.

use std::collections::BTreeMap;

use super::{
    GgufError,
    reader::{Reader, Stop},
};

/// Arrays up to this length keep their items: enough for one number a layer, far from a vocabulary.
const MAX_KEPT_ITEMS: u64 = 1024;

/// Texts up to this length are kept; longer ones are chat templates and licences.
const MAX_KEPT_TEXT: usize = 4096;

/// The most pairs in a file; real files have a few dozen.
const MAX_PAIRS: u64 = 4096;

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the format's own names")]
pub enum ValueType {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    F32,
    Bool,
    String,
    Array,
    U64,
    I64,
    F64,
}

impl ValueType {
    const ALL: [Self; 13] = [
        Self::U8,
        Self::I8,
        Self::U16,
        Self::I16,
        Self::U32,
        Self::I32,
        Self::F32,
        Self::Bool,
        Self::String,
        Self::Array,
        Self::U64,
        Self::I64,
        Self::F64,
    ];

    fn from_id(id: u32) -> Option<Self> {
        Self::ALL.get(usize::try_from(id).ok()?).copied()
    }

    /// Bytes of a value, or `None` where they vary.
    const fn size(self) -> Option<u64> {
        match self {
            Self::U8 | Self::I8 | Self::Bool => Some(1),
            Self::U16 | Self::I16 => Some(2),
            Self::U32 | Self::I32 | Self::F32 => Some(4),
            Self::U64 | Self::I64 | Self::F64 => Some(8),
            Self::String | Self::Array => None,
        }
    }
}

/// A value of a key.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// An unsigned integer of any width.
    Unsigned(u64),
    /// A signed integer of any width.
    Signed(i64),
    /// A float of any width.
    Float(f64),
    /// A truth value.
    Bool(bool),
    /// A short text.
    Text(String),
    /// A short array.
    List(Vec<Value>),
    /// A long text or array: only how long it is.
    Skipped(u64),
}

/// The key-value pairs of a file, by key.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Metadata(BTreeMap<String, Value>);

impl Metadata {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// Every key with its value, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// A non-negative integer.
    pub fn unsigned(&self, key: &str) -> Option<u64> {
        self.get(key).and_then(Value::as_unsigned)
    }

    /// A number.
    pub fn number(&self, key: &str) -> Option<f64> {
        self.get(key).and_then(Value::as_number)
    }

    /// A truth value.
    pub fn bool(&self, key: &str) -> Option<bool> {
        match self.get(key)? {
            Value::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    /// A text.
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The length of an array, kept or skipped.
    pub fn length(&self, key: &str) -> Option<u64> {
        match self.get(key)? {
            Value::List(items) => Some(items.len() as u64),
            Value::Skipped(length) => Some(*length),
            _ => None,
        }
    }

    /// Reads `count` pairs.
    pub(super) fn read(reader: &mut Reader<'_>, version: u32, count: u64) -> Result<Self, Stop> {
        if count > MAX_PAIRS {
            return Err(GgufError::TooManyPairs(count).into());
        }
        let mut pairs = BTreeMap::new();
        for _ in 0..count {
            let key = reader.name(version, "the key")?;
            let value_type = value_type(reader, key)?;
            let value = read_value(reader, version, key, value_type)?;
            if pairs.insert(key.to_owned(), value).is_some() {
                return Err(GgufError::Duplicate(key.to_owned()).into());
            }
        }
        Ok(Self(pairs))
    }
}

impl Value {
    /// As a non-negative integer.
    pub fn as_unsigned(&self) -> Option<u64> {
        match self {
            Self::Unsigned(value) => Some(*value),
            Self::Signed(value) => u64::try_from(*value).ok(),
            _ => None,
        }
    }

    /// As a number.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Unsigned(value) => Some(*value as f64),
            Self::Signed(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            _ => None,
        }
    }
}

fn value_type(reader: &mut Reader<'_>, key: &str) -> Result<ValueType, Stop> {
    let id = reader.u32()?;
    ValueType::from_id(id).ok_or_else(|| GgufError::ValueType { key: key.to_owned(), id }.into())
}

fn read_value(
    reader: &mut Reader<'_>,
    version: u32,
    key: &str,
    value_type: ValueType,
) -> Result<Value, Stop> {
    match value_type {
        ValueType::String => {
            let text = reader.raw_text(version)?;
            Ok(match core::str::from_utf8(text) {
                Ok(text) if text.len() <= MAX_KEPT_TEXT => Value::Text(text.to_owned()),
                _ => Value::Skipped(text.len() as u64),
            })
        }
        ValueType::Array => read_array(reader, version, key),
        scalar => {
            let size = scalar.size().expect("only texts and arrays vary in size");
            read_scalar(reader.take(size)?, scalar)
                .ok_or_else(|| bad_value(key, "is neither true nor false").into())
        }
    }
}

fn bad_value(key: &str, problem: &str) -> GgufError {
    GgufError::Value { key: key.to_owned(), problem: problem.to_owned() }
}

fn read_array(reader: &mut Reader<'_>, version: u32, key: &str) -> Result<Value, Stop> {
    let item = value_type(reader, key)?;
    let count = reader.count(version)?;
    if item == ValueType::Array {
        return Err(bad_value(key, "is an array of arrays, which no GGUF writer makes").into());
    }
    // A text starts with its length at least.
    reader.check_room(count, item.size().unwrap_or(if version == 1 { 4 } else { 8 }))?;
    if count > MAX_KEPT_ITEMS {
        match item.size() {
            Some(size) => drop(reader.take(count * size)?),
            None => (0..count).try_for_each(|_| reader.raw_text(version).map(drop))?,
        }
        return Ok(Value::Skipped(count));
    }
    let mut items = Vec::new();
    for _ in 0..count {
        items.push(read_value(reader, version, key, item)?);
    }
    Ok(Value::List(items))
}

fn read_scalar(bytes: &[u8], value_type: ValueType) -> Option<Value> {
    // Each arm takes as many bytes as `ValueType::size` says.
    Some(match value_type {
        ValueType::U8 => Value::Unsigned(u64::from(*bytes.first()?)),
        ValueType::I8 => Value::Signed(i64::from(i8::from_le_bytes(bytes.try_into().ok()?))),
        ValueType::U16 => Value::Unsigned(u64::from(u16::from_le_bytes(bytes.try_into().ok()?))),
        ValueType::I16 => Value::Signed(i64::from(i16::from_le_bytes(bytes.try_into().ok()?))),
        ValueType::U32 => Value::Unsigned(u64::from(u32::from_le_bytes(bytes.try_into().ok()?))),
        ValueType::I32 => Value::Signed(i64::from(i32::from_le_bytes(bytes.try_into().ok()?))),
        ValueType::U64 => Value::Unsigned(u64::from_le_bytes(bytes.try_into().ok()?)),
        ValueType::I64 => Value::Signed(i64::from_le_bytes(bytes.try_into().ok()?)),
        ValueType::F32 => Value::Float(f64::from(f32::from_le_bytes(bytes.try_into().ok()?))),
        ValueType::F64 => Value::Float(f64::from_le_bytes(bytes.try_into().ok()?)),
        ValueType::Bool => match bytes.first()? {
            0 => Value::Bool(false),
            1 => Value::Bool(true),
            _ => return None,
        },
        ValueType::String | ValueType::Array => return None,
    })
}
