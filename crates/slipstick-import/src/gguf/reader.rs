//! Little-endian numbers and texts from the first bytes of a file.

use super::{GgufError, MAX_HEADER_BYTES};

/// Why reading stopped.
#[derive(Debug)]
pub(super) enum Stop {
    /// So many bytes from the start of the file are needed to go on.
    NeedMore(u64),
    /// The file is refused.
    Refused(GgufError),
}

impl From<GgufError> for Stop {
    fn from(error: GgufError) -> Self {
        Self::Refused(error)
    }
}

/// A position in the first bytes of a file.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    file_bytes: Option<u64>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], file_bytes: Option<u64>) -> Self {
        Self { bytes, at: 0, file_bytes }
    }

    /// Bytes read so far.
    pub(super) fn position(&self) -> u64 {
        self.at as u64
    }

    /// The next bytes; refuses at once what the file or a header cannot hold.
    pub(super) fn take(&mut self, count: u64) -> Result<&'a [u8], Stop> {
        let end = self.position().checked_add(count).ok_or(GgufError::HeaderTooLong)?;
        if let Some(file) = self.file_bytes.filter(|file| *file < end) {
            return Err(GgufError::Truncated { needed: end, file }.into());
        }
        if end > MAX_HEADER_BYTES {
            return Err(GgufError::HeaderTooLong.into());
        }
        let read = usize::try_from(end).ok().and_then(|end| self.bytes.get(self.at..end));
        let Some(read) = read else { return Err(Stop::NeedMore(end)) };
        self.at += read.len();
        Ok(read)
    }

    /// Refuses a list that cannot fit: `count` items of at least `least` bytes.
    pub(super) fn check_room(&self, count: u64, least: u64) -> Result<(), Stop> {
        let end = count.checked_mul(least).and_then(|bytes| bytes.checked_add(self.position()));
        match (end, self.file_bytes) {
            (Some(end), Some(file)) if end > file => Err(GgufError::Truncated { needed: end, file }.into()),
            (Some(end), _) if end <= MAX_HEADER_BYTES => Ok(()),
            _ => Err(GgufError::HeaderTooLong.into()),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Stop> {
        let bytes = self.take(N as u64)?;
        Ok(bytes.try_into().expect("take gives as many bytes as were asked for"))
    }

    pub(super) fn u32(&mut self) -> Result<u32, Stop> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Stop> {
        self.array().map(u64::from_le_bytes)
    }

    /// A length or count: 32 bits in version 1, 64 bits since.
    pub(super) fn count(&mut self, version: u32) -> Result<u64, Stop> {
        if version == 1 { self.u32().map(u64::from) } else { self.u64() }
    }

    /// A text with its length before it, not yet checked to be one.
    pub(super) fn raw_text(&mut self, version: u32) -> Result<&'a [u8], Stop> {
        let length = self.count(version)?;
        self.take(length)
    }

    /// A key or a tensor name.
    pub(super) fn name(&mut self, version: u32, what: &'static str) -> Result<&'a str, Stop> {
        let at = self.position();
        let refused = |problem| Stop::Refused(GgufError::Text { what, at, problem });
        let length = self.count(version)?;
        match length {
            0 => return Err(refused("is empty")),
            1..=MAX_NAME_BYTES => {}
            _ => return Err(refused("is longer than any real one")),
        }
        core::str::from_utf8(self.take(length)?).map_err(|_| refused("is not UTF-8"))
    }
}

/// ggml allows tensor names of 64 bytes; keys may take 65,535.
const MAX_NAME_BYTES: u64 = 65_535;
