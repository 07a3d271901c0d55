//! What a face may show while files are read and fetched.

use slipstick_api::ApiError;

/// Told of what is read and worked out, from several threads at once. The command line draws it; who draws nothing of a
/// kind leaves it out.
pub trait Progress: core::fmt::Debug + Send + Sync {
    /// A text file is about to be read.
    fn reading(&self, _file: &str) {}
    /// A driver's program is about to be asked for the accelerators of this machine.
    fn asking(&self, _program: &str) {}
    /// So many headers are about to be read.
    fn planned(&self, _files: usize) {}
    /// A file's header is in.
    fn done(&self, _file: &str, _bytes: u64) {}
    /// Something took a second try.
    fn retrying(&self, _file: &str, _why: &str) {}
    /// So many per cent are worked out.
    fn advanced(&self, _what: &str, _per_cent: u64) {}
    /// A model's files are all in, or there are none.
    fn finished(&self) {}
    /// An answer could not be added to the past ones.
    fn not_kept(&self, _why: &str) {}
    /// Whether long work goes on; asked at each of its steps.
    ///
    /// # Errors
    /// Why it ends.
    fn go_on(&self) -> Result<(), ApiError> {
        Ok(())
    }
}

/// Whoever is told may be shared.
impl<P: Progress> Progress for std::sync::Arc<P> {
    fn advanced(&self, what: &str, per_cent: u64) {
        (**self).advanced(what, per_cent);
    }

    fn go_on(&self) -> Result<(), ApiError> {
        (**self).go_on()
    }
}

/// Says nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {}
