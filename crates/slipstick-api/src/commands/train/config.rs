//! Launch files of other tools as requests: what they state stands in for flags that nobody typed.

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use slipstick_import::launch::{self, LaunchFile, LaunchFileError, Stated};

use crate::{
    ApiError, World,
    commands::finetune::is_target,
    resolve::{Given, given, is_text, shown},
    view::{Block, View},
};

/// A launch file is a page or two.
const MOST_BYTES: u64 = 1 << 20;

/// Fields that say in several ways what ranks share: a flag for one of them stands for all.
const SHARDINGS: [&str; 3] = ["zero", "fsdp", "hsdp"];

/// Fields of a data set, which `train` does not ask about.
const DATA: [&str; 2] = ["epochs", "packing"];

/// What was read of a launch file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct ConfigRead {
    /// The file, or files with commas between.
    pub file: String,
    /// Whose it is.
    pub format: String,
    /// What it states and this question takes, as flags.
    pub taken: Vec<String>,
    /// What it does not state, as its software takes it.
    pub assumed: Vec<String>,
    /// What it states and flags say otherwise.
    pub overridden: Vec<String>,
    /// Settings that it leaves to be chosen.
    pub left_open: Vec<String>,
    /// Settings that neither memory nor time nor layout depends on.
    pub without_effect: Vec<String>,
    /// Settings that are not understood, or that this question cannot take.
    pub not_understood: Vec<String>,
}

/// A request with what a launch file adds to it.
#[derive(Debug)]
pub(crate) struct Configured<T> {
    pub(crate) request: T,
    pub(crate) read: ConfigRead,
    /// Micro-batches of a step, where the file states them and no batch of a step.
    pub(crate) accumulation: Option<u64>,
}

/// `request` with the settings of files, commas between, or of a file's text, in the places that flags leave empty: the first
/// file goes before the next, and what files state before what they leave to their software.
pub(crate) fn configured<T: Serialize + DeserializeOwned>(
    request: &T,
    config: &str,
    world: &dyn World,
) -> Result<Configured<T>, ApiError> {
    let arguments: Vec<&str> =
        if is_text(config) { vec![config] } else { config.split(',').map(str::trim).collect() };
    let files = arguments.iter().map(|argument| read(argument, world)).collect::<Result<Vec<_>, _>>()?;
    let path = shown(config);
    let broken = |error: serde_json::Error| {
        ApiError::input("config.value", format!("{path}: {error}"))
            .at("--config")
            .help("mend the setting, or say it with its flag")
    };
    let Value::Object(mut table) = serde_json::to_value(request).map_err(broken)? else {
        return Err(ApiError::internal("config.request", "a request is no table"));
    };
    let read = merged(&files, path, &mut table);
    let has_batch = table.get("global_batch").is_some_and(|batch| !batch.is_null());
    let assumed =
        || files.iter().flat_map(|file| &file.assumed).find(|stated| stated.field == "accumulation");
    let count = files.iter().find_map(|file| file.accumulation);
    let count = count.or_else(|| assumed().and_then(|stated| stated.value.parse().ok()));
    if let (Some(count), Some(place)) = (count, table.get_mut("accumulation"))
        && place.is_null()
        && !has_batch
    {
        *place = Value::String(count.to_string());
    }
    // What says nothing stands in no document.
    table.retain(|_, value| !value.is_null());
    let accumulation = count.filter(|_| !table.contains_key("global_batch"));
    let request: T = serde_json::from_value(Value::Object(table)).map_err(broken)?;
    Ok(Configured { request, read, accumulation })
}

/// The launch file of an argument: a path, or the text itself.
fn read(argument: &str, world: &dyn World) -> Result<LaunchFile, ApiError> {
    let Given { name, text } = given(argument, MOST_BYTES, world).map_err(|error| error.at("--config"))?;
    Ok(launch::read(&name, &text)?)
}

/// Software that a file's kind alone stands for, and another file may say better.
const USUAL_STACK: &str = "hf-trainer";

/// Lays the files' settings under those of the request.
fn merged(files: &[LaunchFile], path: &str, table: &mut Map<String, Value>) -> ConfigRead {
    let all = |of: fn(&LaunchFile) -> &Vec<String>| files.iter().flat_map(|file| of(file).clone()).collect();
    let mut formats: Vec<&str> = files.iter().map(|file| file.format.name()).collect();
    formats.dedup();
    let mut read = ConfigRead {
        file: path.to_owned(),
        format: formats.join(", "),
        taken: Vec::new(),
        assumed: Vec::new(),
        overridden: Vec::new(),
        left_open: all(|file| &file.open),
        without_effect: all(|file| &file.idle),
        not_understood: all(|file| &file.unread),
    };
    let shared = SHARDINGS.iter().any(|field| set(table.get(*field)));
    let mut stated: Vec<(&Stated, bool)> =
        files.iter().flat_map(|file| &file.fields).map(|one| (one, true)).collect();
    // What says more than its file's kind goes first.
    stated.sort_by_key(|(one, _)| one.field == "stack" && one.value == USUAL_STACK);
    let mut shares = shared || stated.iter().any(|(one, _)| SHARDINGS.contains(&one.field));
    for one in files.iter().flat_map(|file| &file.assumed) {
        let is_sharing = SHARDINGS.contains(&one.field);
        if !(is_sharing && shares) {
            stated.push((one, false));
        }
        shares |= is_sharing;
    }
    for (stated, is_said) in stated {
        match layers(stated, &mut read) {
            Some(known) => lay(&known, is_said, shared, table, &mut read),
            None => lay(stated, is_said, shared, table, &mut read),
        }
    }
    read
}

/// Names of layers without those that say no kind of layer here, which are named; none if all do.
fn layers(stated: &Stated, read: &mut ConfigRead) -> Option<Stated> {
    if stated.field != "targets" {
        return None;
    }
    let (known, other): (Vec<&str>, Vec<&str>) = stated.value.split(',').partition(|name| is_target(name));
    if other.is_empty() {
        return None;
    }
    read.not_understood.push(format!("{} = {}", stated.key, other.join(",")));
    // Layers of which no name is known are left to be said.
    let known = if known.is_empty() { vec!["all-linear"] } else { known };
    Some(Stated { value: known.join(","), ..stated.clone() })
}

fn set(place: Option<&Value>) -> bool {
    place.is_some_and(|value| !value.is_null() && *value != Value::Bool(false))
}

/// Lays one setting under those of the request.
fn lay(stated: &Stated, is_said: bool, shared: bool, table: &mut Map<String, Value>, read: &mut ConfigRead) {
    let flag = written(stated);
    match table.get_mut(stated.field) {
        None if is_said && DATA.contains(&stated.field) => read.without_effect.push(stated.key.clone()),
        None if is_said => read.not_understood.push(format!("{} = {}", stated.key, stated.value)),
        None => {}
        Some(_) if !is_said && shared && SHARDINGS.contains(&stated.field) => {}
        Some(_) if shared && SHARDINGS.contains(&stated.field) => read.overridden.push(flag),
        Some(place) if place.is_null() || *place == Value::Bool(false) => {
            *place = Value::String(stated.value.clone());
            if is_said { &mut read.taken } else { &mut read.assumed }.push(flag);
        }
        Some(place) => {
            let same = place.as_str() == Some(stated.value.as_str());
            if is_said && !same && !read.taken.contains(&flag) {
                read.overridden.push(flag);
            }
        }
    }
}

/// A field as the flag that says it.
fn written(stated: &Stated) -> String {
    format!("--{} {}", stated.field.replace('_', "-"), stated.value)
}

impl ConfigRead {
    /// Says it in a view: what is not understood is a warning.
    pub(crate) fn show(&self, view: &mut View) {
        let some = |view: &mut View, head: &str, list: &[String]| {
            if !list.is_empty() {
                view.push(Block::Note(format!("{head}: {}", list.join(", "))));
            }
        };
        some(view, &format!("{} ({}) says", self.file, self.format), &self.taken);
        some(view, "not stated there, and so for its software", &self.assumed);
        some(view, "flags say otherwise than it", &self.overridden);
        some(view, "it leaves open", &self.left_open);
        some(view, "without effect on memory, time and layout", &self.without_effect);
        if !self.not_understood.is_empty() {
            view.warning(format!("not taken from {}: {}", self.file, self.not_understood.join("; ")));
        }
    }
}

impl From<LaunchFileError> for ApiError {
    fn from(error: LaunchFileError) -> Self {
        let (code, help) = match &error {
            LaunchFileError::TooLarge { .. } => ("config.too_large", "name the launch file itself"),
            LaunchFileError::Syntax { .. } => {
                ("config.syntax", "mend the file; its ending says how it is read")
            }
            LaunchFileError::UnknownKind => {
                ("config.unknown_kind", "give a launch file of one of these, or say its settings with flags")
            }
            LaunchFileError::Value { .. } => ("config.value", "mend the setting, or take it out"),
            LaunchFileError::Contradiction { .. } => ("config.contradiction", "keep one of the two"),
        };
        Self::input(code, error.to_string()).at("--config").help(help)
    }
}
