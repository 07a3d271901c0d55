//! What a face may show while files are fetched.

/// Told of each file as it is fetched, from several threads at once. The command line draws it.
pub trait Progress: Sync {
    /// So many headers are about to be read.
    fn planned(&self, files: usize);
    /// A file's header is in.
    fn done(&self, file: &str, bytes: u64);
    /// Something took a second try.
    fn retrying(&self, file: &str, why: &str);
}

/// Says nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn planned(&self, _files: usize) {}
    fn done(&self, _file: &str, _bytes: u64) {}
    fn retrying(&self, _file: &str, _why: &str) {}
}
