//! The files of a request, each read by what it holds.

use slipstick_import::benchmark::{self, Kind, LeftOut, Measurements};

use super::report::FileRead;
use crate::{
    ApiError, World,
    resolve::{Given, given, is_text, shown},
};

/// A result with all its single times is some tens of megabytes.
const FILE_LIMIT: u64 = 64 << 20;

/// A person's directory of results has fewer files.
const MOST_FILES: usize = 1000;

/// A file that could be read.
pub(super) struct Measured {
    pub(super) path: String,
    pub(super) found: Measurements,
}

/// What was read, and how each file fared.
#[derive(Default)]
pub(super) struct Files {
    pub(super) measured: Vec<Measured>,
    pub(super) read: Vec<FileRead>,
}

/// Reads files, texts of files, and directories. What cannot be read is listed with its reason.
///
/// # Errors
/// If a path is missing, or there is too much below it.
pub(super) fn read(paths: &[String], world: &dyn World) -> Result<Files, ApiError> {
    let mut files = Files::default();
    for path in paths {
        let found = if is_text(path) { Ok(vec![path.clone()]) } else { world.files(path) };
        for file in found.map_err(|error| error.at("--from"))? {
            if files.read.len() >= MOST_FILES {
                let message = format!("there are over {MOST_FILES} files");
                return Err(ApiError::input("calibrate.files", message)
                    .at("--from")
                    .help("give a directory that holds results alone"));
            }
            files.add(&file, world);
        }
    }
    Ok(files)
}

impl Files {
    fn add(&mut self, file: &str, world: &dyn World) {
        let Given { name: path, text } = match given(file, FILE_LIMIT, world) {
            Ok(given) => given,
            Err(error) => {
                return self.refuse(shown(file).to_owned(), error.message, error.help.unwrap_or_default());
            }
        };
        match benchmark::read(&text) {
            Ok(found) => {
                self.read.push(FileRead {
                    path: path.clone(),
                    tool: Some(found.tool),
                    kind: Some(name(found.kind)),
                    runs: found.runs.len(),
                    refused: None,
                    cure: None,
                    left_out: found
                        .left_out
                        .iter()
                        .map(|LeftOut { what, why }| format!("{what}: {why}"))
                        .collect(),
                });
                self.measured.push(Measured { path, found });
            }
            Err(error) => self.refuse(path, error.to_string(), error.cure().to_owned()),
        }
    }

    fn refuse(&mut self, path: String, why: String, cure: String) {
        let refused = Some(why);
        let (tool, kind) = (None, None);
        self.read.push(FileRead {
            path,
            tool,
            kind,
            runs: 0,
            refused,
            cure: Some(cure),
            left_out: Vec::new(),
        });
    }
}

const fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Serving => "serving",
        Kind::Memory => "memory",
    }
}
