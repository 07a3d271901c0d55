//! Text files on this machine.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use slipstick_api::ApiError;

/// The bytes of a file of at most `limit` bytes.
pub(super) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, ApiError> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
    if bytes.len() as u64 > limit {
        let message = format!("{} has more than {} MiB", path.display(), limit >> 20);
        return Err(ApiError::input("file.too_large", message)
            .at(path.display().to_string())
            .help("is it the file that you meant?"));
    }
    Ok(bytes)
}

fn unreadable(path: &Path, error: &io::Error) -> ApiError {
    let place = path.display().to_string();
    if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) {
        ApiError::input("file.not_found", format!("there is no file {place}"))
            .at(place)
            .help("check the path; it is taken from the current directory")
    } else {
        ApiError::input("file.unreadable", format!("{place} cannot be read: {error}")).at(place)
    }
}
