//! What a face may show while files are read and fetched.

/// Told of what is read, from several threads at once. The command line draws it.
pub trait Progress: core::fmt::Debug + Send + Sync {
    /// A text file is about to be read.
    fn reading(&self, file: &str);
    /// A driver's program is about to be asked for the accelerators of this machine.
    fn asking(&self, program: &str);
    /// So many headers are about to be read.
    fn planned(&self, files: usize);
    /// A file's header is in.
    fn done(&self, file: &str, bytes: u64);
    /// Something took a second try.
    fn retrying(&self, file: &str, why: &str);
    /// So many per cent are worked out.
    fn advanced(&self, what: &str, per_cent: u64);
    /// A model's files are all in, or there are none.
    fn finished(&self);
    /// An answer could not be added to the past ones.
    fn not_kept(&self, why: &str);
}

/// Says nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn reading(&self, _file: &str) {}
    fn asking(&self, _program: &str) {}
    fn planned(&self, _files: usize) {}
    fn done(&self, _file: &str, _bytes: u64) {}
    fn retrying(&self, _file: &str, _why: &str) {}
    fn advanced(&self, _what: &str, _per_cent: u64) {}
    fn finished(&self) {}
    fn not_kept(&self, _why: &str) {}
}
