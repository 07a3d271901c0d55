//! Where a sweep's table goes: one file, or the files of a directory, which a later run goes on with.

use core::ops::Range;

use super::{SweepRequest, columns::Columns};
use crate::{
    ApiError, World,
    table::{Chunk, TableHead, TableWriter},
};

/// Combinations of a file in a directory where nobody says.
const USUAL_PART: u64 = 10_000_000;

/// What a directory's files are of.
const MANIFEST: &str = "sweep.toml";

/// Takes the chunks of a sweep.
pub(super) struct Sink<'a> {
    world: &'a dyn World,
    head: Option<TableHead>,
    /// The file, or the directory.
    out: Option<String>,
    /// The combinations of each file that is left to write, with its path.
    left: Vec<(Range<u64>, Option<String>)>,
    open: Option<Box<dyn TableWriter>>,
    next: usize,
    written: u64,
    before: u64,
}

impl<'a> Sink<'a> {
    /// Looks at what is there already.
    pub(super) fn new(
        request: &SweepRequest,
        columns: Option<&Columns>,
        spec: &str,
        range: Range<u64>,
        world: &'a dyn World,
    ) -> Result<Self, ApiError> {
        let facts =
            vec![("made_by", format!("slipstick {}", env!("CARGO_PKG_VERSION"))), ("spec", spec.to_owned())];
        let mut sink = Self {
            world,
            head: columns.map(|columns| columns.head(facts)),
            out: request.out.clone(),
            left: Vec::new(),
            open: None,
            next: 0,
            written: 0,
            before: 0,
        };
        let part = request.part_rows.map_or(USUAL_PART, |count| count.0);
        match request.out.as_deref() {
            Some(directory) if directory.ends_with('/') => sink.directory(directory, (part, range), spec)?,
            _ if request.part_rows.is_some() => {
                return Err(ApiError::input("sweep.parts", "--part-rows is of a directory")
                    .at("--part-rows")
                    .help("give --out a directory, ending in /"));
            }
            out => sink.left.push((range, out.map(str::to_owned))),
        }
        Ok(sink)
    }

    /// The files of a directory that are not there yet. A file stands under its name only when it is whole.
    fn directory(
        &mut self,
        directory: &str,
        (part, range): (u64, Range<u64>),
        spec: &str,
    ) -> Result<(), ApiError> {
        if part == 0 {
            return Err(ApiError::input("sweep.parts", "a file holds one combination at least")
                .at("--part-rows")
                .help("such as --part-rows 1M"));
        }
        let manifest = format!("{directory}{MANIFEST}");
        let says = format!("# Combinations {}..{}, {part} a file.\n{spec}", range.start, range.end);
        if self.world.exists(&manifest) {
            let said = self.world.read_text(&manifest, super::SPEC_LIMIT + 100)?;
            if said != says {
                return Err(ApiError::input("sweep.other", format!("{directory} holds another sweep"))
                    .at("--out")
                    .help("name another directory, or ask as before to go on"));
            }
        } else {
            self.world.make_directory(directory)?;
            self.world.write_text(&manifest, &says)?;
        }
        let parts = (range.end - range.start).div_ceil(part);
        for number in 0..parts {
            let start = range.start + number * part;
            let path = format!("{directory}part-{number:06}.parquet");
            if self.world.exists(&path) {
                self.before += 1;
            } else {
                self.left.push((start..range.end.min(start + part), Some(path)));
            }
        }
        Ok(())
    }

    /// The combinations to work out, file by file.
    pub(super) fn ranges(&self) -> Vec<Range<u64>> {
        self.left.iter().map(|(range, _)| range.clone()).collect()
    }

    /// The next rows.
    pub(super) fn write(&mut self, chunk: Chunk) -> Result<(), ApiError> {
        self.opened()?.map_or(Ok(()), |open| open.write(chunk))
    }

    /// The current file is whole.
    pub(super) fn finish_part(&mut self) -> Result<(), ApiError> {
        self.opened()?;
        self.next += 1;
        if let Some(open) = self.open.take() {
            open.finish()?;
            self.written += 1;
        }
        Ok(())
    }

    /// The current file; none where no table is written.
    fn opened(&mut self) -> Result<Option<&mut Box<dyn TableWriter>>, ApiError> {
        let path = self.left.get(self.next).and_then(|(_, path)| path.as_ref());
        if let (None, Some(path), Some(head)) = (&self.open, path, &self.head) {
            self.open = Some(self.world.table(path, head)?);
        }
        Ok(self.open.as_mut())
    }

    /// Files that were written now; none of a table in one file.
    pub(super) fn parts(&self) -> u64 {
        if self.is_directory() { self.written } else { 0 }
    }

    /// Files that were there.
    pub(super) const fn parts_before(&self) -> u64 {
        self.before
    }

    fn is_directory(&self) -> bool {
        self.out.as_ref().is_some_and(|out| out.ends_with('/'))
    }
}
