//! Files that are written where a flag says: the question with `--save`, its plot with `--svg`.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write as _},
    path::Path,
};

use serde_json::Value;
use slipstick_api::{ApiError, commands::COMMANDS, render};

use crate::{Session, asked::Asked};

/// Saves the request of an answer where `--save` says.
///
/// # Errors
/// If its command makes no scenario, or the file is there already or cannot be written.
pub(crate) fn save(asked: &Asked, session: &Session) -> Result<(), ApiError> {
    let Some(path) = &session.global.save else { return Ok(()) };
    if !asked.request.command().kept {
        let kept: Vec<&str> = COMMANDS.iter().filter(|one| one.kept).map(|one| one.name).collect();
        return Err(ApiError::input("scenario.not_kept", "the answer to this command is no scenario")
            .at("--save")
            .help(format!("what can be saved is {}", kept.join(", "))));
    }
    let head = format!("# slipstick run {} asks this again.\n", path.display());
    write(
        path,
        &format!("{head}{}{}", asked.request.to_toml()?, resolved(&asked.output.document(false))),
        session.global.force,
    )
}

/// What the question was taken to mean when it was saved, as comments: engine, price, and every default with its reason.
fn resolved(document: &Value) -> String {
    let text = |pointer: &str| document.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let mut lines = vec![format!("\n# Answered by slipstick {} with:", env!("CARGO_PKG_VERSION"))];
    if let (Some(name), Some(version)) = (text("/engine/name"), text("/engine/version")) {
        lines.push(format!("# engine = \"{name}@{version}\""));
    }
    if let Some(source) = text("/cost/price_source") {
        let hourly = document.pointer("/cost/usd_per_hour").unwrap_or(&Value::Null);
        let day = text("/cost/price_as_of").map(|day| format!(", as of {day}")).unwrap_or_default();
        lines.push(format!("# price = \"${hourly}/h\"  # {source}{day}"));
    }
    for default in document.pointer("/defaults").and_then(Value::as_array).into_iter().flatten() {
        let part = |key: &str| default[key].as_str().unwrap_or_default().replace(['\n', '\r'], " ");
        lines.push(format!("# {} {}  # {}", part("flag"), part("value"), part("why")));
    }
    if lines.len() == 1 { String::new() } else { lines.join("\n") + "\n" }
}

/// Draws the first plot of an answer where `--svg` says.
///
/// # Errors
/// If the answer has no plot, or the file is there already or cannot be written.
pub(crate) fn draw(asked: &Asked, session: &Session) -> Result<(), ApiError> {
    let Some(path) = &session.global.svg else { return Ok(()) };
    let Some(plot) = asked.output.view.plots().next() else {
        return Err(ApiError::input("plot.none", "the answer to this question has no plot")
            .at("--svg")
            .help(format!("{} draw one; train does with --search", drawing())));
    };
    write(path, &render::svg(plot)?, session.global.force)
}

/// The commands whose answers can be drawn.
fn drawing() -> String {
    let names: Vec<&str> =
        COMMANDS.iter().filter(|command| command.drawn).map(|command| command.name).collect();
    names.join(", ")
}

/// Writes a file that must not be there yet, unless `force`.
///
/// # Errors
/// If it is there, or cannot be written.
pub(crate) fn write(path: &Path, text: &str, force: bool) -> Result<(), ApiError> {
    let place = path.display().to_string();
    let failed = |error: std::io::Error| {
        if error.kind() == ErrorKind::AlreadyExists {
            return ApiError::input("file.exists", format!("{place} is there already"))
                .at(place.clone())
                .help("choose another name, or write over it with --force");
        }
        ApiError::input("file.not_written", format!("{place} cannot be written: {error}"))
            .at(place.clone())
            .help("choose a place that you may write to")
    };
    if force {
        return fs::write(path, text).map_err(failed);
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}
