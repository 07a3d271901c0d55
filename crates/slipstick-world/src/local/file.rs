//! One file on the disk.

use std::{
    fs,
    io::{self, Read},
    path::Path,
};

use slipstick_core::names::nearest;

use crate::{
    SourceError, SourceErrorKind,
    file::{self, FileError},
    file_kind::FileKind,
    prefix::FirstBytes,
};

/// The longest config that is read; the largest real ones, with lists of quantised modules, take 100 kB.
const MAX_CONFIG_BYTES: u64 = 16 << 20;

/// The longest index that is read.
const MAX_INDEX_BYTES: u64 = 100_000_000;

/// The first read of a header.
const FIRST_READ: u64 = 100_000;

/// What a file holds, by its name, else by its first bytes: caches name files by their hash.
pub(super) fn kind(path: &Path) -> Result<FileKind, SourceError> {
    let by_name = FileKind::of(&name(path));
    if by_name != FileKind::Other {
        return Ok(by_name);
    }
    let mut first = [0; 9];
    let read = open(path)?.read(&mut first).map_err(|error| unreadable(path, &error))?;
    Ok(match &first[..read] {
        [b'G', b'G', b'U', b'F', ..] => FileKind::Gguf,
        [_, _, _, _, 0, 0, 0, 0, b'{'] => FileKind::Safetensors,
        [b'{', ..] => FileKind::Config,
        _ => FileKind::Other,
    })
}

/// The last name of a path.
pub(super) fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// What is known of a path; the nearest names if there is no such path.
pub(super) fn metadata(path: &Path) -> Result<fs::Metadata, SourceError> {
    fs::metadata(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound if path.is_symlink() => {
            let dangling = format!("{} is a link to something that is not there", path.display());
            SourceError::new(SourceErrorKind::NotFound, dangling)
        }
        io::ErrorKind::NotFound => not_found(path),
        _ => unreadable(path, &error),
    })
}

fn not_found(path: &Path) -> SourceError {
    let error = SourceError::new(SourceErrorKind::NotFound, format!("there is no {}", path.display()));
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let names = names_in(parent);
    let near = nearest(&name(path), names.iter().map(String::as_str), 3);
    match near.as_slice() {
        [] if parent.is_dir() => error.help(format!("look into {} for its name", parent.display())),
        [] => error.help(format!("there is no {} either", parent.display())),
        near => error.help(format!("near it in {}: {}", parent.display(), near.join(", "))),
    }
}

/// The names in a folder, in order; at most a thousand of them.
pub(super) fn names_in(folder: &Path) -> Vec<String> {
    let Ok(items) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = items
        .flatten()
        .filter_map(|item| item.file_name().into_string().ok())
        .filter(|name| name.len() <= 255)
        .take(10_000)
        .collect();
    names.sort();
    names
}

pub(super) fn unreadable(path: &Path, error: &io::Error) -> SourceError {
    // The kind of this error is not stable yet; its text says "too many levels of symbolic links".
    let circle = error.to_string().contains("symbolic link");
    let why = if circle { "its links lead in a circle".to_owned() } else { error.to_string() };
    SourceError::new(SourceErrorKind::Unreadable, format!("{} cannot be read: {why}", path.display()))
}

fn open(path: &Path) -> Result<fs::File, SourceError> {
    // What is missing is said with its neighbours.
    metadata(path)?;
    file::open(path).map_err(|error| refused(path, &error))
}

/// What was not opened or not read, as a refusal.
fn refused(path: &Path, error: &FileError) -> SourceError {
    let refusal = error.refusal(path);
    let kind = match error {
        FileError::Missing => SourceErrorKind::NotFound,
        FileError::TooLarge(_) => SourceErrorKind::TooLarge,
        FileError::Directory | FileError::NotRegular | FileError::Failed(_) => SourceErrorKind::Unreadable,
    };
    SourceError::new(kind, refusal.message).help(refusal.help.unwrap_or_default())
}

/// A config, whole.
pub(super) fn read_config(path: &Path) -> Result<Vec<u8>, SourceError> {
    read_whole(path, MAX_CONFIG_BYTES)
}

/// An index, whole.
pub(super) fn read_index(path: &Path) -> Result<Vec<u8>, SourceError> {
    read_whole(path, MAX_INDEX_BYTES)
}

/// A config, whole, if it is there.
pub(super) fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, SourceError> {
    if path.exists() { read_config(path).map(Some) } else { Ok(None) }
}

fn read_whole(path: &Path, limit: u64) -> Result<Vec<u8>, SourceError> {
    metadata(path)?;
    file::read(path, limit).map_err(|error| refused(path, &error))
}

/// The first bytes of a file on the disk.
pub(super) struct LocalFile<'a> {
    path: &'a Path,
    file: fs::File,
    size: u64,
    bytes: Vec<u8>,
}

impl<'a> LocalFile<'a> {
    pub(super) fn open(path: &'a Path) -> Result<Self, SourceError> {
        let file = open(path)?;
        let size = file.metadata().map_err(|error| unreadable(path, &error))?.len();
        Ok(Self { path, file, size, bytes: Vec::new() })
    }
}

impl FirstBytes for LocalFile<'_> {
    fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn size(&self) -> Option<u64> {
        Some(self.size)
    }

    fn read_to(&mut self, at_least: u64) -> Result<(), SourceError> {
        let more = at_least.max(FIRST_READ).saturating_sub(self.bytes.len() as u64);
        (&mut self.file)
            .take(more)
            .read_to_end(&mut self.bytes)
            .map(drop)
            .map_err(|error| unreadable(self.path, &error))
    }
}
