//! A file on a server, read from its start by range requests.

use super::{Client, Url, Want};
use crate::{SourceError, SourceErrorKind, cache::Cached, prefix::FirstBytes};

/// The first request of a header. Most safetensors headers fit, and a GGUF's shows how much more it needs.
const FIRST_GUESS: u64 = 100_000;

/// A file on a server.
pub(crate) struct RemoteFile<'a> {
    client: &'a Client<'a>,
    url: Url,
    read: Cached,
    /// What an earlier run read, to be confirmed by the server.
    earlier: Option<Cached>,
}

impl<'a> RemoteFile<'a> {
    pub(crate) fn new(client: &'a Client<'a>, url: Url, earlier: Option<Cached>) -> Self {
        Self { client, url, read: Cached::default(), earlier: earlier.filter(|entry| entry.etag.is_some()) }
    }

    /// What was read, for the cache.
    pub(crate) fn into_read(self) -> Cached {
        self.read
    }
}

impl FirstBytes for RemoteFile<'_> {
    fn bytes(&self) -> &[u8] {
        &self.read.bytes
    }

    fn size(&self) -> Option<u64> {
        self.read.size
    }

    fn read_to(&mut self, at_least: u64) -> Result<(), SourceError> {
        let start = self.read.bytes.len() as u64;
        let end = at_least.max(FIRST_GUESS).min(self.read.size.unwrap_or(u64::MAX));
        if end <= start {
            return Ok(());
        }
        let earlier = self.earlier.take();
        if let (true, Some(earlier)) = (self.client.is_offline(), &earlier) {
            self.read = earlier.clone();
            return Ok(());
        }
        let tag = earlier.as_ref().and_then(|entry| entry.etag.as_deref());
        let fetched = self.client.fetch(&self.url, Want::Range { start, length: end - start }, tag)?;
        if let (true, Some(earlier)) = (fetched.unchanged, earlier) {
            self.read = earlier;
            return Ok(());
        }
        let before = (&self.read.size, &self.read.etag);
        if start > 0 && (before != (&fetched.total, &fetched.etag)) {
            let changed = format!("{}: the file changed while it was read", self.url);
            return Err(SourceError::new(SourceErrorKind::Protocol, changed).help("try again"));
        }
        self.read.size = fetched.total;
        self.read.etag = fetched.etag;
        self.read.bytes.extend(fetched.bytes);
        Ok(())
    }
}
