//! A question as it came over HTTP: its command, its body, and the form that its answer is wanted in.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    body::Bytes,
    http::{HeaderMap, header},
};
use slipstick_api::{
    ApiError, Output,
    provenance::asked::{self, Explained, no_table},
    registry::Command,
    render::{self, TextStyle},
    request::Request,
    view::View,
};

use super::{App, asker::Asker, refusal};

/// The form of an answer, which `Accept` chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    Csv,
    Markdown,
    Text,
    Events,
}

/// What each form is called, and what else asks for it.
const FORMS: &[(&str, Form)] = &[
    ("application/json", Form::Json),
    ("application/*", Form::Json),
    ("*/*", Form::Json),
    ("text/event-stream", Form::Events),
    ("text/csv", Form::Csv),
    ("text/markdown", Form::Markdown),
    ("text/plain", Form::Text),
    ("text/*", Form::Text),
];

impl Form {
    /// The form that is asked for: the first that there is.
    pub(crate) fn accepted(headers: &HeaderMap) -> Result<Self, ApiError> {
        let mut wanted =
            headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).peekable();
        if wanted.peek().is_none() {
            return Ok(Self::Json);
        }
        let kinds = wanted.flat_map(|list| list.split(','));
        let mut kinds = kinds.map(|kind| kind.split(';').next().unwrap_or_default().trim());
        let known = |kind: &str| FORMS.iter().find(|(name, _)| name.eq_ignore_ascii_case(kind));
        kinds.find_map(known).map(|(_, form)| *form).ok_or_else(refusal::not_acceptable)
    }

    /// What it is called.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Text => "text/plain; charset=utf-8",
            Self::Events => "text/event-stream",
        }
    }
}

/// What says the fields of a question.
#[derive(Debug)]
pub(crate) enum Fields {
    /// A table in JSON.
    Json(Bytes),
    /// Texts, as an address holds them.
    Texts(BTreeMap<String, String>),
}

/// What is asked.
#[derive(Debug)]
pub(crate) enum About {
    /// A command, with the provenance of every number if that is wanted.
    Command { command: &'static Command, fields: Fields, explain: bool },
    /// Where a number comes from.
    Number(Box<asked::Asked>),
}

/// A question that came over HTTP.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) about: About,
    pub(crate) form: Form,
}

impl Question {
    /// Its answer in the form that it is wanted in.
    pub(crate) async fn answered(self, app: &Arc<App>, asker: Arc<Asker>) -> Result<Vec<u8>, ApiError> {
        let is_long = match &self.about {
            About::Command { command, .. } => command.long,
            About::Number(asked) => asked.is_long(),
        };
        let answering = Arc::clone(app);
        app.pool.run(is_long, move || self.answer(&answering, asker)).await
    }

    fn answer(self, app: &App, asker: Arc<Asker>) -> Result<Vec<u8>, ApiError> {
        let explains = !matches!(self.about, About::Command { explain: false, .. });
        let world = app.world(asker, explains);
        // Whoever waited for a turn may be gone.
        world.progress.go_on()?;
        match self.about {
            About::Command { command, fields, explain } => {
                let request = fields.read(command)?.opened(&world)?;
                written(&request.answer(&app.catalog, &world)?, self.form, explain)
            }
            About::Number(asked) => explained(&asked.explained(&app.catalog, &world)?, self.form),
        }
    }
}

impl Fields {
    fn read(self, command: &Command) -> Result<Request, ApiError> {
        match self {
            Self::Json(text) => command.read_json(&text),
            Self::Texts(texts) => command.read_texts(texts),
        }
    }
}

/// An explanation in some form, likewise.
fn explained(explained: &Explained, form: Form) -> Result<Vec<u8>, ApiError> {
    match form {
        Form::Json | Form::Events => Ok(format!("{:#}\n", explained.document()?).into_bytes()),
        Form::Csv => Err(no_table("Accept")),
        Form::Markdown => Ok(render::markdown(&explained.view()?).into_bytes()),
        Form::Text => Ok(text(&explained.view()?)),
    }
}

/// An answer in some form: the bytes that the terminal prints in it.
fn written(output: &Output, form: Form, explain: bool) -> Result<Vec<u8>, ApiError> {
    match form {
        Form::Json | Form::Events => {
            let mut text = Vec::with_capacity(1 << 14);
            output.write_json(explain, &mut text).map_err(|error| ApiError::unwritten(&error))?;
            text.push(b'\n');
            Ok(text)
        }
        Form::Csv => output.csv().map(String::into_bytes),
        Form::Markdown => Ok(render::markdown(&output.view).into_bytes()),
        Form::Text => Ok(text(&output.view)),
    }
}

fn text(view: &View) -> Vec<u8> {
    render::text(view, TextStyle { width: TEXT_WIDTH, colour: false, unicode: true }).into_bytes()
}

/// Columns of a text, as on a terminal that says nothing of its own.
const TEXT_WIDTH: usize = 100;
