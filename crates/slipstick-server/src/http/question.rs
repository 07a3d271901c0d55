//! A question as it came over HTTP: its command, its body, and the form that its answer is wanted in.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    body::Bytes,
    http::{HeaderMap, header},
};
use slipstick_api::{
    ApiError, Output,
    registry::Command,
    render::{self, TextStyle},
    request::Request,
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

/// A question that came over HTTP.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) command: &'static Command,
    pub(crate) fields: Fields,
    pub(crate) form: Form,
    /// Whether the provenance of every number is wanted.
    pub(crate) explain: bool,
}

impl Question {
    /// Its answer in the form that it is wanted in.
    pub(crate) async fn answered(self, app: &Arc<App>, asker: Arc<Asker>) -> Result<Vec<u8>, ApiError> {
        let answering = Arc::clone(app);
        app.pool.run(self.command.long, move || self.answer(&answering, asker)).await
    }

    fn answer(self, app: &App, asker: Arc<Asker>) -> Result<Vec<u8>, ApiError> {
        let world = app.world(asker, self.explain);
        // Whoever waited for a turn may be gone.
        world.progress.go_on()?;
        let request = self.request()?.opened(&world)?;
        let output = request.answer(&app.catalog, &world)?;
        written(&output, self.form, self.explain)
    }

    fn request(&self) -> Result<Request, ApiError> {
        match &self.fields {
            Fields::Json(text) => self.command.read_json(text),
            Fields::Texts(texts) => self.command.read_texts(texts.clone()),
        }
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
        Form::Text => {
            let style = TextStyle { width: TEXT_WIDTH, colour: false, unicode: true };
            Ok(render::text(&output.view, style).into_bytes())
        }
    }
}

/// Columns of a text, as on a terminal that says nothing of its own.
const TEXT_WIDTH: usize = 100;
