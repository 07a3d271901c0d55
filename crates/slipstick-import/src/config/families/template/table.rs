//! The table of classes whose weights were read off the reference implementation.
//!
//! Source: the classes of transformers 5.24.0 (Apache-2.0), built without weights; `tests/reference/templates.py` writes the
//! table and says how.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{LazyLock, OnceLock},
};

use serde::Deserialize;
use serde_json::Value;

/// The table: a class a line.
const TABLE: &str = include_str!("../../../../data/templates.jsonl");

/// How many weights a class has.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Template {
    /// Its decoder, if another family reads it.
    pub text: Option<Decoder>,
    /// Keys with the one value for which the sizes hold.
    pub pinned: BTreeMap<String, Value>,
    /// Keys that must be what another expression is.
    pub linked: BTreeMap<String, String>,
    /// Keys that the class works out where a file leaves them out: the size that they must then be, or in brackets the value.
    #[serde(default)]
    pub derived: BTreeMap<String, Value>,
    /// The keys of the sizes.
    pub keys: Vec<String>,
    /// Its layers, if no other family reads them.
    pub layers: Option<Stack>,
    /// The weights that no decoder and no stack of layers holds.
    pub weights: Vec<Row>,
}

/// The decoder of a composite.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Decoder {
    /// The section that is a model of its own, where it is not the decoder alone.
    pub section: Option<String>,
    /// The flag without which that section is all.
    pub alone_without: Option<String>,
    /// The type that is assumed where its section states none.
    pub model_type: String,
    /// Who says whether its head is its embedding.
    pub ties: Ties,
}

/// Who says whether a composite's head is its embedding.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Ties {
    /// The whole.
    Top,
    /// The decoder.
    Text,
    /// The whole or the decoder.
    Either,
    /// Nobody: it is not.
    Never,
    /// Nobody: it is.
    Always,
}

/// What the layers of a stack see.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Sees {
    /// The whole input at once: nothing is kept.
    #[default]
    All,
    /// What stands before, which is kept.
    Past,
    /// That, and an encoder's output.
    PastAndEncoder,
}

/// Which layers have a window where a file does not say.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reach {
    /// All but every so-many-th.
    pub full_every: u64,
    /// And the last.
    #[serde(default)]
    pub last_is_full: bool,
    /// The window of every second of them, if it is another.
    pub second_window: Option<u64>,
}

/// The layers of an encoder or a decoder.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stack {
    /// Where they stand.
    pub path: String,
    /// How many there are.
    pub depth: String,
    /// Width of the stream.
    pub hidden: String,
    /// Rows of the embedding.
    pub vocab: String,
    /// Heads, if they attend.
    pub heads: Option<String>,
    /// Heads of keys and values, if another number than of queries may be stated.
    pub kv_heads: Option<String>,
    /// Width of a head, if it is stated.
    pub head_dim: Option<String>,
    /// What they see.
    #[serde(default)]
    pub sees: Sees,
    /// How many tokens back all of them see, if not all.
    pub window: Option<String>,
    /// How far, if some have a window.
    pub reach: Option<Reach>,
    /// The weights of one.
    pub weights: Vec<Row>,
}

/// A weight.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    /// Its path, the numbers of repeated modules as stars; that of the part, where several of the same shape are one row.
    pub path: String,
    /// What it is for.
    pub part: Part,
    /// Whether another weight is the same.
    #[serde(default)]
    pub alias: bool,
    /// How many there are.
    #[serde(default = "one")]
    pub count: String,
    /// How many experts a token passes, if the weight is one of a layer's experts.
    pub chosen: Option<u64>,
    /// How many of the same shape stand in the same place.
    #[serde(default = "once")]
    pub times: u64,
    /// Its shape.
    pub shape: Vec<String>,
}

const fn once() -> u64 {
    1
}

fn one() -> String {
    "1".to_owned()
}

/// What a weight is for, as far as a table can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Part {
    Embedding,
    Head,
    Norm,
    Table,
    Other,
    Vision,
    Audio,
    Projector,
    Encoder,
    Expert,
    EncoderExpert,
}

/// A class: its text, and what it says once somebody asks.
struct Class {
    text: &'static str,
    read: OnceLock<Template>,
}

/// Every class by its type, the usual one first. Only those that are asked for are parsed.
static CLASSES: LazyLock<HashMap<&'static str, Vec<(&'static str, Class)>>> = LazyLock::new(|| {
    let mut classes: HashMap<_, Vec<_>> = HashMap::new();
    for (model_type, class, text) in TABLE.lines().filter_map(line) {
        classes.entry(model_type).or_default().push((class, Class { text, read: OnceLock::new() }));
    }
    classes
});

/// `type class {..}`.
fn line(line: &'static str) -> Option<(&'static str, &'static str, &'static str)> {
    let (model_type, rest) = line.split_once(' ')?;
    let (class, text) = rest.split_once(' ')?;
    Some((model_type, class, text))
}

/// The template of a class of a type, of its usual class if none is named; in a whole, which has the head, of the bare one if
/// that is known.
pub(super) fn find(model_type: &str, class: Option<&str>, is_part: bool) -> Option<&'static Template> {
    let classes = CLASSES.get(model_type)?;
    let bare =
        || classes.iter().find(|(name, _)| is_part && name.ends_with("Model") && !name.contains("For"));
    let (_, found) = match class {
        Some(class) => classes.iter().find(|(name, _)| *name == class)?,
        None => bare().or_else(|| classes.first())?,
    };
    let parse = || serde_json::from_str(found.text).expect("each class is a template, which a test checks");
    Some(found.read.get_or_init(parse))
}

#[cfg(test)]
pub(super) fn types() -> Vec<&'static str> {
    let mut types: Vec<&str> = CLASSES.keys().copied().collect();
    types.sort_unstable();
    types
}

#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    CLASSES.iter().flat_map(|(model_type, classes)| classes.iter().map(|(class, _)| (*model_type, *class)))
}
