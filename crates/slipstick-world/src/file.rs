//! The one place where files are opened.
//!
//! Whatever a path leads to, it is a regular file or it is refused: a pipe would wait for its writer for ever, and a
//! device might never end.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Read as _},
    path::Path,
};

use slipstick_api::ApiError;

/// What to do about a pipe or a device.
pub(crate) const CURE: &str = "write what it holds into a file, and give that";

/// Why a file was not read.
#[derive(Debug)]
pub(crate) enum FileError {
    /// There is none.
    Missing,
    /// It is a directory.
    Directory,
    /// It is a pipe, a socket or a device.
    NotRegular,
    /// It has more bytes than so many.
    TooLarge(u64),
    /// The system refused.
    Failed(io::Error),
}

impl From<io::Error> for FileError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => Self::Missing,
            _ => Self::Failed(error),
        }
    }
}

/// A regular file, to be read.
pub(crate) fn open(path: &Path) -> Result<File, FileError> {
    regular(&fs::metadata(path)?)?;
    let file = File::open(path)?;
    // Something else may stand at the path by now.
    regular(&file.metadata()?)?;
    Ok(file)
}

/// A regular file, to be written at its end; made if there is none, for its owner's eyes only.
pub(crate) fn append(path: &Path) -> Result<File, FileError> {
    match fs::metadata(path) {
        Ok(found) => regular(&found)?,
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    Ok(options.open(path)?)
}

/// The bytes of a regular file of at most `limit` bytes.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    open(path)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(FileError::TooLarge(limit)) } else { Ok(bytes) }
}

/// A regular file of at most `limit` bytes, to be read piece by piece.
pub(crate) fn open_within(path: &Path, limit: u64) -> Result<impl io::Read + use<>, FileError> {
    let file = open(path)?;
    if file.metadata()?.len() > limit { Err(FileError::TooLarge(limit)) } else { Ok(file.take(limit)) }
}

/// Directories below one that is listed are looked into so far.
const MAX_DEPTH: u32 = 4;

/// A path itself, or what lies in a directory and below it, in order. Hidden files are none of a person's.
pub(crate) fn listed(path: &Path) -> Result<Vec<String>, FileError> {
    if !fs::metadata(path)?.is_dir() {
        return Ok(vec![path.display().to_string()]);
    }
    let mut found = Vec::new();
    list(path, 0, &mut found)?;
    Ok(found)
}

fn list(directory: &Path, depth: u32, found: &mut Vec<String>) -> Result<(), FileError> {
    let entries = directory.read_dir()?.collect::<io::Result<Vec<_>>>()?;
    let mut paths: Vec<_> = entries.iter().map(fs::DirEntry::path).collect();
    // The order of a directory differs between machines; the answer must not.
    paths.sort();
    for path in paths {
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() && !hidden && depth < MAX_DEPTH {
            list(&path, depth + 1, found)?;
        } else if !path.is_dir() && !hidden {
            found.push(path.display().to_string());
        }
    }
    Ok(())
}

fn regular(found: &fs::Metadata) -> Result<(), FileError> {
    match (found.is_file(), found.is_dir()) {
        (true, _) => Ok(()),
        (false, true) => Err(FileError::Directory),
        (false, false) => Err(FileError::NotRegular),
    }
}

impl FileError {
    /// As the refusal of a path.
    pub(crate) fn refusal(&self, path: &Path) -> ApiError {
        let place = path.display().to_string();
        let refused = |code, message: String, help: &str| ApiError::input(code, message).help(help);
        match self {
            Self::Missing => refused(
                "file.not_found",
                format!("there is no file {place}"),
                "check the path; it is taken from the current directory",
            ),
            Self::Directory => refused(
                "file.not_regular",
                format!("{place} is a directory, not a regular file"),
                "give a file that lies in it",
            ),
            Self::NotRegular => refused("file.not_regular", format!("{place} is not a regular file"), CURE),
            Self::TooLarge(limit) => refused(
                "file.too_large",
                format!("{place} has more than {} MiB", limit >> 20),
                "is it the file that you meant?",
            ),
            Self::Failed(error) => refused(
                "file.unreadable",
                format!("{place} cannot be read: {error}"),
                "check who may read it",
            ),
        }
        .at(place)
    }
}
