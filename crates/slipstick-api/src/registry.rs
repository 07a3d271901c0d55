//! What a command is to every face: its name, one line about it, examples, the type of its request, and how to ask it.
//!
//! The one list of commands stands in [`crate::commands`]. A terminal makes its subcommands, help and flags from it, a
//! server its routes, a document its table.

use core::fmt;

use clap::{ArgMatches, Args};
use schemars::{JsonSchema, Schema, schema_for};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use slipstick_catalog::Catalog;

use crate::{
    ApiError, Output, World,
    report::ReportKind,
    request::{Request, document},
    rows::Rows,
};

/// A request: its fields are the flags, the keys of a scenario and of a request over HTTP, and the schema's properties.
pub trait Question: Args + JsonSchema + Serialize + DeserializeOwned + Into<Request> {
    /// The command, as in `slipstick <name>`; a command below another one has two words.
    const NAME: &'static str;
    /// One line about it.
    const ABOUT: &'static str;
    /// What else its help says, above the examples.
    const NOTES: &'static str = "";
    /// Command lines that work.
    const EXAMPLES: &'static [&'static str];
    /// Whether the question can be saved as a scenario and its answer is kept in the history: what a person comes back to.
    const KEPT: bool = true;
    /// Whether it lists or shows facts of the catalogue, so that it may be looked up as well as asked.
    const CATALOGUE: bool = false;
    /// Whether its answer may take seconds: who serves many askers lets only a few ask it at a time.
    const LONG: bool = false;
    /// Whether its answer can be drawn: a question of it, at least, is answered with a plot.
    const DRAWN: bool = false;
    /// Fields whose flags stand under `--help-all` alone, so that the short help is a screen.
    const RARE: &'static [&'static str] = &[];
    /// What it answers with: one kind of report, or several that depend on the question; none if it asks another command.
    const REPORTS: &'static [ReportKind] = &[];

    /// Answers it.
    ///
    /// # Errors
    /// If it makes no sense, or something it names is not found.
    fn answer(&self, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError>;

    /// Answers it. A list that may be long hands its rows to `rows` as they are found, and its answer lacks them.
    ///
    /// # Errors
    /// As [`Question::answer`], and if a row cannot be taken.
    fn answer_to(
        &self,
        catalog: &Catalog,
        world: &dyn World,
        _rows: &mut dyn Rows,
    ) -> Result<Output, ApiError> {
        self.answer(catalog, world)
    }
}

/// A command, as faces list it.
#[derive(Clone, Copy)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says one thing of a command, whatever the others say"
)]
pub struct Command {
    /// Its name, as in `slipstick <name>`.
    pub name: &'static str,
    /// One line about it.
    pub about: &'static str,
    /// What else its help says.
    pub notes: &'static str,
    /// Command lines that work.
    pub examples: &'static [&'static str],
    /// Whether its questions can be saved and are kept.
    pub kept: bool,
    /// Whether it lists or shows facts of the catalogue.
    pub catalogue: bool,
    /// Whether its answer may take seconds.
    pub long: bool,
    /// Whether its answer can be drawn.
    pub drawn: bool,
    /// Fields whose flags stand under `--help-all` alone.
    pub rare: &'static [&'static str],
    /// What it answers with.
    pub reports: &'static [ReportKind],
    schema: fn() -> Schema,
    read: fn(Map<String, Value>) -> Result<Request, ApiError>,
    arguments: fn(clap::Command) -> clap::Command,
    typed: fn(&ArgMatches) -> Result<Request, clap::Error>,
}

impl Command {
    /// The command of a request type.
    pub const fn of<T: Question>() -> Self {
        Self {
            name: T::NAME,
            about: T::ABOUT,
            notes: T::NOTES,
            examples: T::EXAMPLES,
            kept: T::KEPT,
            catalogue: T::CATALOGUE,
            long: T::LONG,
            drawn: T::DRAWN,
            rare: T::RARE,
            reports: T::REPORTS,
            schema: request_schema::<T>,
            read: document::read::<T>,
            arguments: T::augment_args,
            typed: |matches| T::from_arg_matches(matches).map(Into::into),
        }
    }

    /// The command of a name such as `methods compare`, or of a key such as `methods-compare`.
    pub fn named(name: &str) -> Option<&'static Self> {
        crate::commands::COMMANDS.iter().find(|command| command.name == name || command.key() == name)
    }

    /// Its name in one word: the table of a scenario, the route of a server.
    pub fn key(&self) -> String {
        self.name.replace(' ', "-")
    }

    /// The JSON Schema of its request.
    pub fn request_schema(&self) -> Schema {
        (self.schema)()
    }

    /// The questions of its examples.
    pub fn asked(&self) -> impl Iterator<Item = Request> {
        let all = self.examples.iter().filter_map(|example| Request::from_words(words(example)).ok());
        // An example may begin with another command.
        all.filter(|request| request.command().name == self.name)
    }

    /// Reads its request from a flat table.
    ///
    /// # Errors
    /// If a key is not known or missing, or a value cannot be read; `at` is the key.
    pub fn read(&self, table: Map<String, Value>) -> Result<Request, ApiError> {
        (self.read)(table)
    }

    /// Reads its request from the text of a flat table in JSON.
    ///
    /// # Errors
    /// If it is no table in JSON, or as [`Command::read`].
    pub fn read_json(&self, text: &[u8]) -> Result<Request, ApiError> {
        self.read(table(text, self.name)?)
    }

    /// Reads its request from texts, as an address holds them.
    ///
    /// # Errors
    /// As [`Command::read`].
    pub fn read_texts(
        &self,
        fields: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Request, ApiError> {
        self.read(fields.into_iter().map(|(key, text)| (key, Value::String(text))).collect())
    }

    /// Adds its flags to a subcommand.
    pub fn with_arguments(&self, command: clap::Command) -> clap::Command {
        let is_rare = |flag: &clap::Arg| self.rare.contains(&flag.get_id().as_str());
        (self.arguments)(command)
            .mut_args(|flag| if is_rare(&flag) { flag.hide_short_help(true) } else { flag })
    }

    /// Reads its request from a subcommand's matches.
    ///
    /// # Errors
    /// If an argument is missing.
    pub fn typed(&self, matches: &ArgMatches) -> Result<Request, clap::Error> {
        (self.typed)(matches)
    }
}

/// The flat table in JSON that a request to a command is.
///
/// # Errors
/// If it is no table in JSON.
pub fn table(text: &[u8], command: &str) -> Result<Map<String, Value>, ApiError> {
    serde_json::from_slice(text).map_err(|error| {
        ApiError::input("request.syntax", format!("the request is no JSON object: {error}"))
            .help(format!("send the flags of slipstick {command} as one object, without their dashes"))
    })
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Command").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The words of an example up to its pipe, without the program's name and without flags of the terminal.
pub fn words(example: &str) -> Vec<String> {
    let typed = example.split(" |").next().unwrap_or_default();
    let mut words = typed.split(' ').skip(1).map(|word| word.trim_matches('\'').to_owned());
    let mut own = Vec::new();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--json" | "--markdown" | "--explain" => {}
            "--save" | "--svg" => drop(words.next()),
            _ => own.push(word),
        }
    }
    own
}

/// What is no field of a request is refused and what is null says nothing, so the schema says so.
fn request_schema<T: JsonSchema>() -> Schema {
    let mut schema = schema_for!(T);
    schema.insert("additionalProperties".to_owned(), false.into());
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let fields = schema.get_mut("properties").and_then(Value::as_object_mut);
    for (name, field) in fields.into_iter().flatten() {
        if document::MODELS.contains(&name.as_str()) {
            may_be_pasted(field);
        }
        may_be_one(field);
        if !required.iter().any(|one| one == name) {
            may_be_null(field);
        }
    }
    schema
}

/// A list of one may be said without brackets, and any list as a text with commas.
fn may_be_one(field: &mut Value) {
    if field.get("type").is_none_or(|kind| kind != "array") {
        return;
    }
    let mut kinds = vec![json!("array"), json!("string")];
    let of_items = match field.pointer("/items/type") {
        Some(Value::Array(several)) => several.clone(),
        one => one.into_iter().cloned().collect(),
    };
    kinds.extend(of_items.into_iter().filter(|kind| kind != "string"));
    field["type"] = kinds.into();
}

/// Where nothing has to be said, null says it.
fn may_be_null(field: &mut Value) {
    match field.get_mut("type") {
        Some(Value::Array(kinds)) if !kinds.iter().any(|kind| kind == "null") => kinds.push("null".into()),
        Some(kind @ Value::String(_)) => *kind = json!([kind.take(), "null"]),
        _ => {}
    }
}

/// Where a model's name stands, the table of its configuration may.
fn may_be_pasted(field: &mut Value) {
    match &mut field["type"] {
        Value::String(kind) if kind == "array" => may_be_pasted(&mut field["items"]),
        Value::String(kind) if kind == "string" => field["type"] = json!(["string", "object"]),
        Value::Array(kinds) => kinds.push("object".into()),
        _ => {}
    }
}

/// Declares [`Request`] and the list of commands from `Variant: module::RequestType`.
macro_rules! commands {
    ($($variant:ident: $module:ident::$request:ident,)*) => {
        /// A question in full: asked again, it means the same.
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum Request {
            $(#[doc = concat!("[`", stringify!($request), "`](", stringify!($module), "::", stringify!($request), ")")] $variant(Box<$module::$request>),)*
        }

        $(impl From<$module::$request> for Request {
            fn from(request: $module::$request) -> Self {
                Self::$variant(Box::new(request))
            }
        })*

        /// Every command that answers a question, in the order of a help page.
        pub static COMMANDS: &[$crate::registry::Command] =
            &[$($crate::registry::Command::of::<$module::$request>()),*];

        impl Request {
            /// The command that asks it.
            pub fn command(&self) -> &'static $crate::registry::Command {
                let name = match self {
                    $(Self::$variant(_) => <$module::$request as $crate::registry::Question>::NAME,)*
                };
                COMMANDS.iter().find(|command| command.name == name).unwrap_or(&COMMANDS[0])
            }

            /// Answers it.
            ///
            /// # Errors
            /// If it makes no sense, or something it names is not found.
            pub fn answer(&self, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
                match self {
                    $(Self::$variant(request) => $crate::registry::Question::answer(&**request, catalog, world),)*
                }
            }

            /// Answers it. A list that may be long hands its rows to `rows` as they are found, and its answer lacks them.
            ///
            /// # Errors
            /// As [`Request::answer`], and if a row cannot be taken.
            pub fn answer_to(
                &self,
                catalog: &Catalog,
                world: &dyn World,
                rows: &mut dyn $crate::rows::Rows,
            ) -> Result<Output, ApiError> {
                match self {
                    $(Self::$variant(request) => {
                        $crate::registry::Question::answer_to(&**request, catalog, world, rows)
                    })*
                }
            }

            /// Its fields as they are, those that say nothing too.
            pub(crate) fn fields(&self) -> serde_json::Result<serde_json::Value> {
                match self {
                    $(Self::$variant(request) => serde_json::to_value(request),)*
                }
            }
        }

        /// The requests of all commands.
        pub(crate) mod requests {
            $(pub use super::$module::$request;)*
        }
    };
}

pub(crate) use commands;
