//! What a request gives as a file: a path, or the text itself.

use std::io::{Cursor, Read};

use super::is_pasted;
use crate::{ApiError, World};

/// What a text in the request is called where a file's path would stand.
const NAME: &str = "the text in the request";

/// A file that a request gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Given {
    /// Its path, or what stands for it in messages.
    pub(crate) name: String,
    /// What it holds.
    pub(crate) text: String,
}

/// Whether an argument is a file's text: it is a configuration, or has several lines, as no path has.
pub(crate) fn is_text(argument: &str) -> bool {
    is_pasted(argument) || argument.trim().contains('\n')
}

/// The file of an argument, which is a path or the text itself, of at most `limit` bytes.
///
/// # Errors
/// If it is larger, or stands at a path that cannot be read.
pub(crate) fn given(argument: &str, limit: u64, world: &dyn World) -> Result<Given, ApiError> {
    if !is_text(argument) {
        return Ok(Given { name: argument.to_owned(), text: world.read_text(argument, limit)? });
    }
    let bytes = argument.len() as u64;
    if bytes > limit {
        return Err(ApiError::input("request.large_text", format!("a text of {bytes} bytes is too long"))
            .help(format!("give at most {limit} bytes of it")));
    }
    Ok(Given { name: NAME.to_owned(), text: argument.to_owned() })
}

/// The same, to be read piece by piece.
///
/// # Errors
/// As [`given`].
pub(crate) fn opened(argument: &str, limit: u64, world: &dyn World) -> Result<Box<dyn Read>, ApiError> {
    if is_text(argument) {
        return Ok(Box::new(Cursor::new(given(argument, limit, world)?.text)));
    }
    world.open(argument, limit)
}

/// What an argument is called in an answer.
pub(crate) fn shown(argument: &str) -> &str {
    if is_text(argument) { NAME } else { argument }
}
