//! Answers to standard output.

use std::io::{self, Write as _};

use slipstick_api::{
    ApiError, Output, render,
    view::{Block, View},
};

use crate::Session;

/// Shows an answer as the global arguments ask for, and returns its exit code.
pub(crate) fn output(output: &Output, session: &Session) -> Result<u8, ApiError> {
    let global = &session.global;
    if global.json {
        json(&output.document(global.explain))?;
    } else if global.csv {
        write(output.csv()?.as_bytes())?;
    } else {
        let mut view = output.view.clone();
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
    write(format!("{document:#}\n").as_bytes())
}

/// Writes to standard output. A reader that has heard enough (`| head`) is no error.
pub(crate) fn write(bytes: &[u8]) -> Result<(), ApiError> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let message = format!("the answer could not be written: {error}");
            Err(ApiError::catalogue("output.write", message).help("is the disk full?"))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}
