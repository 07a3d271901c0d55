//! What is said on standard error while headers are read.

use std::{
    io::Write as _,
    sync::atomic::{AtomicUsize, Ordering},
};

use slipstick_sources::Progress;

/// Fewer headers are read before a line about them could be.
const WORTH_SHOWING: usize = 3;

/// One line on a terminal that counts headers, or a line for each when asked for.
#[derive(Debug)]
pub(super) struct TerminalProgress {
    verbose: bool,
    live: bool,
    planned: AtomicUsize,
    done: AtomicUsize,
}

impl TerminalProgress {
    /// `verbose` says each file; `live` counts them on one line.
    pub(super) const fn new(verbose: bool, live: bool) -> Self {
        Self { verbose, live, planned: AtomicUsize::new(0), done: AtomicUsize::new(0) }
    }

    fn is_counting(&self) -> bool {
        self.live && !self.verbose && self.planned.load(Ordering::Relaxed) >= WORTH_SHOWING
    }
}

impl Progress for TerminalProgress {
    fn planned(&self, files: usize) {
        self.planned.fetch_add(files, Ordering::Relaxed);
    }

    fn done(&self, file: &str, bytes: u64) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if self.verbose {
            let _ = writeln!(std::io::stderr(), "read {file}, {bytes} B");
        } else if self.is_counting() {
            let planned = self.planned.load(Ordering::Relaxed);
            let _ = write!(std::io::stderr(), "\rreading headers: {done} of {planned}");
        }
    }

    fn retrying(&self, file: &str, why: &str) {
        if self.verbose || self.live {
            let _ = writeln!(std::io::stderr(), "trying {file} again: {why}");
        }
    }
}

impl Drop for TerminalProgress {
    fn drop(&mut self) {
        if self.is_counting() {
            // Back to the start of the line, and nothing after it.
            let _ = write!(std::io::stderr(), "\r{:40}\r", "");
        }
    }
}
