//! The file of past answers.
//!
//! Writers only ever append, each line in a single write, so that several programs at once do not tear each other's
//! lines. A file that is full is renamed, under a lock, to the place of the one before it: two files of bounded size are
//! all there ever is, and nothing is rewritten.

mod past;

use std::{
    env,
    fs::{self, File},
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
};

use jiff::{Timestamp, Unit, civil::Date};
use slipstick_api::{ApiError, Output, history::HistoryEntry, request::Request};

use crate::{
    LocalWorld, Silent,
    file::{self, FileError},
};

pub use past::Past;

/// A file is full at this size; with the one before it twice as much is kept. A line takes a kilobyte at most unless its
/// question is long, so that 4,000 answers are always there.
const FULL: u64 = 4 << 20;

const _: () = assert!(FULL >= 4000 * 1024, "4,000 answers of a kilobyte are kept");

/// A line beyond this is neither kept nor read.
const LONGEST: usize = 1 << 20;

/// Where past answers are kept.
#[derive(Debug)]
pub struct History {
    file: PathBuf,
    before: PathBuf,
}

impl History {
    /// `$XDG_DATA_HOME/slipstick/history.jsonl`, by default under `~/.local/share`.
    ///
    /// # Errors
    /// If this user has no data directory.
    pub fn of_user() -> Result<Self, ApiError> {
        let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let home = || set("HOME").map(|home| home.join(".local").join("share"));
        let data = set("XDG_DATA_HOME").or_else(home).or_else(|| set("LOCALAPPDATA"));
        let Some(directory) = data.filter(|path| path.is_absolute()).map(|path| path.join("slipstick"))
        else {
            return Err(ApiError::input("history.no_directory", "there is nowhere to keep past answers")
                .at("XDG_DATA_HOME")
                .help("set XDG_DATA_HOME or HOME to an absolute path"));
        };
        Ok(Self { file: directory.join("history.jsonl"), before: directory.join("history.1.jsonl") })
    }

    /// The file, for people.
    pub fn place(&self) -> String {
        self.file.display().to_string()
    }

    /// Every past answer.
    ///
    /// # Errors
    /// If a file is there and cannot be read.
    pub fn past(&self) -> Result<Past, ApiError> {
        Past::of(&[&self.before, &self.file])
    }

    /// Forgets everything.
    ///
    /// # Errors
    /// If a file cannot be removed.
    pub fn clear(&self) -> Result<(), ApiError> {
        for path in [&self.file, &self.before] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(refusal(path, &error.into()));
                }
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }

    fn append(&self, line: &str) -> Result<(), FileError> {
        let mut file = match file::append(&self.file) {
            Err(FileError::Missing) => {
                fs::create_dir_all(self.file.parent().unwrap_or(Path::new(".")))?;
                file::append(&self.file)?
            }
            other => other?,
        };
        file.write_all(line.as_bytes())?;
        if file.metadata()?.len() > FULL {
            self.turn_over(&file)?;
        }
        Ok(())
    }

    /// Renames a full file. Whoever holds the lock of the file that is still in its place may; others have lost nothing,
    /// as what they appended moves along with it.
    fn turn_over(&self, file: &File) -> io::Result<()> {
        if file.try_lock().is_ok() && fs::metadata(&self.file)?.len() > FULL {
            fs::rename(&self.file, &self.before)?;
        }
        Ok(())
    }
}

fn refusal(path: &Path, error: &FileError) -> ApiError {
    let why = error.refusal(path).message;
    ApiError::catalogue("history.unreadable", format!("past answers cannot be had: {why}"))
        .at(path.display().to_string())
        .help("mend or remove the file; SLIPSTICK_HISTORY=off keeps none")
}

impl LocalWorld {
    /// Keeps an answer, unless the user wants none kept. An answer that cannot be kept is given all the same.
    pub fn keep(&self, request: &Request, output: &Output) {
        if is_off(env::var("SLIPSTICK_HISTORY").ok().as_deref()) {
            return;
        }
        let Ok(history) = History::of_user() else { return };
        let at = Timestamp::now().round(Unit::Millisecond).unwrap_or(Timestamp::UNIX_EPOCH).to_string();
        let directory = env::current_dir().map(|path| path.display().to_string()).unwrap_or_default();
        let mut entry =
            HistoryEntry::of(request.clone(), output).given(at, env!("CARGO_PKG_VERSION"), directory);
        entry.catalogs = self.catalogs.iter().map(|path| path.display().to_string()).collect();
        entry.today = self.today.map(|date| date.to_string());
        let Ok(line) = entry.line() else { return };
        if line.len() > LONGEST {
            return;
        }
        if let Err(error) = history.append(&line) {
            self.progress.not_kept(&error.refusal(&history.file).message);
        }
    }

    /// The world in which a past answer was given, as far as it is still there: its catalogue directories and its date,
    /// and nothing from the network, as this looks back and asks nobody.
    pub fn of_past(entry: &HistoryEntry) -> Self {
        Self {
            catalogs: entry.catalogs.iter().map(PathBuf::from).collect(),
            offline: true,
            today: entry.day().parse::<Date>().ok(),
            progress: Box::new(Silent),
        }
    }
}

/// Goes where a past question was asked: its paths are meant from there.
///
/// # Errors
/// If the directory is no longer there or cannot be entered.
pub fn enter(entry: &HistoryEntry) -> Result<(), ApiError> {
    let directory = &entry.directory;
    env::set_current_dir(directory).map_err(|error| {
        ApiError::input("history.directory", format!("{directory} cannot be entered: {error}"))
            .at(directory.clone())
            .help("the question was asked there, and its paths are meant from there")
    })
}

fn is_off(value: Option<&str>) -> bool {
    value.is_some_and(|value| {
        ["off", "0", "no", "false", "none"].iter().any(|word| value.trim().eq_ignore_ascii_case(word))
    })
}
