//! Tables as files of this machine: a file stands under its name only when it is whole.

use std::{
    fs::{self, File},
    io::BufWriter,
    path::PathBuf,
};

use slipstick_api::{
    ApiError,
    table::{Chunk, TableHead, TableWriter},
};
use slipstick_table::FileKind;

use crate::{file, local_world::not_written};

/// A table that is being written beside its place.
struct TableFile {
    /// None once it is finished.
    inner: Option<Box<dyn TableWriter>>,
    /// Where it is written, and where it will stand; nothing once it stands there.
    part: Option<PathBuf>,
    path: String,
}

/// Begins a table of the kind that the path's ending says.
pub(crate) fn begin(path: &str, head: &TableHead) -> Result<Box<dyn TableWriter>, ApiError> {
    let kind = FileKind::of(path)?;
    if let Ok(found) = fs::metadata(path)
        && !found.is_file()
    {
        return Err(ApiError::input("file.not_regular", format!("{path} is not a regular file"))
            .at(path.to_owned())
            .help(file::CURE));
    }
    let part = PathBuf::from(format!("{path}.part"));
    let out = File::create(&part).map_err(|error| not_written(path, &error))?;
    let inner = kind.begin(BufWriter::with_capacity(1 << 20, out), head)?;
    Ok(Box::new(TableFile { inner: Some(inner), part: Some(part), path: path.to_owned() }))
}

impl TableWriter for TableFile {
    fn write(&mut self, chunk: Chunk) -> Result<(), ApiError> {
        self.inner.as_mut().map_or(Ok(()), |inner| inner.write(chunk))
    }

    fn finish(mut self: Box<Self>) -> Result<(), ApiError> {
        if let Some(inner) = self.inner.take() {
            inner.finish()?;
        }
        let part = self.part.take().unwrap_or_default();
        fs::rename(&part, &self.path).map_err(|error| not_written(&self.path, &error))
    }
}

/// What was not finished leaves nothing behind.
impl Drop for TableFile {
    fn drop(&mut self) {
        if let Some(part) = &self.part {
            let _ = fs::remove_file(part);
        }
    }
}
