//! Answers to standard output.

use std::io::{self, BufWriter, Write};

use slipstick_api::{
    ApiError, Output,
    render::{self, HarmlessWriter},
    rows::{DocumentWriter, Form},
    view::{Block, View},
};

use crate::Session;

/// Standard output, as it takes the rows and the document of an answer.
pub(crate) type Document = DocumentWriter<BufWriter<Listened>>;

/// A document that nothing was written of yet.
pub(crate) fn document(session: &Session) -> Document {
    let form = match &session.global {
        global if global.json => Form::Json,
        global if global.csv => Form::Csv,
        _ => Form::View,
    };
    DocumentWriter::new(BufWriter::with_capacity(1 << 16, Listened), form)
}

/// Shows an answer as the global arguments ask for, and returns its exit code.
pub(crate) fn output(output: &Output, session: &Session) -> Result<u8, ApiError> {
    rest(output, &mut document(session), session)
}

/// Shows what is left of an answer whose rows `document` may have taken already.
pub(crate) fn rest(output: &Output, document: &mut Document, session: &Session) -> Result<u8, ApiError> {
    let global = &session.global;
    document.finish(output, global.explain)?;
    if !global.json && !global.csv {
        let mut view = output.view.clone();
        if global.details {
            view = view.detailed();
        }
        if let (true, Some(provenance)) = (global.explain, &output.provenance) {
            view.blocks.extend(provenance.explain_all(&output.document(false)));
        }
        self::view(view, session)?;
    }
    Ok(output.exit_code())
}

/// Shows a view as text or markdown.
pub(crate) fn view(mut view: View, session: &Session) -> Result<(), ApiError> {
    let global = &session.global;
    if global.quiet {
        view.blocks.retain(|block| !matches!(block, Block::Note(_)));
    }
    if global.markdown {
        write(render::markdown(&view).as_bytes())
    } else {
        write(render::text(&view, session.style()).as_bytes())
    }
}

/// Shows a document.
pub(crate) fn json(document: &serde_json::Value) -> Result<(), ApiError> {
    let mut out = HarmlessWriter::new(Listened, Form::Json);
    writeln!(out, "{document:#}").and_then(|()| out.flush()).map_err(|error| ApiError::unwritten(&error))
}

/// Writes to standard output.
pub(crate) fn write(bytes: &[u8]) -> Result<(), ApiError> {
    let mut out = Listened;
    out.write_all(bytes).and_then(|()| out.flush()).map_err(|error| ApiError::unwritten(&error))
}

/// Standard output. A reader that has heard enough (`| head`) is no error.
#[derive(Debug)]
pub(crate) struct Listened;

fn unless_heard<T>(written: io::Result<T>, otherwise: T) -> io::Result<T> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(otherwise),
        other => other,
    }
}

impl Write for Listened {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        unless_heard(io::stdout().lock().write(bytes), bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        unless_heard(io::stdout().lock().flush(), ())
    }
}
