//! The body of an answer, read as far as wanted and no further.

use std::io::Read;

use super::{Url, client::Want};
use crate::{SourceError, SourceErrorKind};

/// `Content-Range: bytes first-last/total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ContentRange {
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) total: Option<u64>,
}

impl ContentRange {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (range, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let total = if total == "*" { None } else { Some(total.parse().ok()?) };
        let range = Self { first: first.parse().ok()?, last: last.parse().ok()?, total };
        let sound = range.first <= range.last && range.total.is_none_or(|total| range.last < total);
        sound.then_some(range)
    }
}

/// What a successful answer promises.
pub(super) struct Promise {
    pub(super) status: u16,
    pub(super) range: Option<ContentRange>,
    pub(super) length: Option<u64>,
}

/// Where the wanted bytes lie in the body, and how many there are.
struct Plan {
    skip: u64,
    take: u64,
    total: Option<u64>,
}

/// Reads what was wanted. Gives the bytes and the size of the whole file, where the server says it.
pub(super) fn read(
    body: impl Read,
    promise: &Promise,
    want: Want,
    url: &Url,
) -> Result<(Vec<u8>, Option<u64>), SourceError> {
    let plan = plan(promise, want, url)?;
    let mut body = body;
    let skipped = std::io::copy(&mut body.by_ref().take(plan.skip), &mut std::io::sink())
        .map_err(|error| broken(&error, url))?;
    let mut bytes = Vec::new();
    body.take(plan.take).read_to_end(&mut bytes).map_err(|error| broken(&error, url))?;
    let read = skipped + bytes.len() as u64;
    match want {
        Want::Whole { limit } if bytes.len() as u64 > limit => Err(too_large(url, limit)),
        Want::Whole { .. } if promise.length.is_some_and(|length| read < length) => Err(truncated(url, read)),
        // A whole file of unstated length ends where it ends.
        Want::Range { .. } if promise.status == 200 && promise.length.is_none() => {
            let ended = (bytes.len() as u64) < plan.take;
            Ok((bytes, ended.then_some(read)))
        }
        Want::Range { .. } if (bytes.len() as u64) < plan.take && plan.total != Some(read) => {
            Err(truncated(url, read))
        }
        _ => Ok((bytes, plan.total)),
    }
}

fn plan(promise: &Promise, want: Want, url: &Url) -> Result<Plan, SourceError> {
    let lying = |what: String| Err(SourceError::new(SourceErrorKind::Protocol, format!("{url}: {what}")));
    match (want, promise.status, promise.range) {
        (Want::Whole { limit }, 200, _) => {
            if promise.length.is_some_and(|length| length > limit) {
                return Err(too_large(url, limit));
            }
            // One byte more than allowed tells a body that is too long.
            Ok(Plan { skip: 0, take: limit + 1, total: promise.length })
        }
        (Want::Range { start, length }, 206, Some(range)) => {
            part(promise, range, (start, length)).or_else(lying)
        }
        (Want::Range { .. }, 206, None) => lying("a part came without saying which".to_owned()),
        // The server ignores ranges: what is wanted is read off the whole file, the rest never.
        (Want::Range { start, length }, 200, _) => {
            Ok(Plan { skip: start, take: length, total: promise.length })
        }
        (_, status, _) => lying(format!("status {status} came where a file should")),
    }
}

/// What to read of a part that came, or what is wrong with it.
fn part(promise: &Promise, range: ContentRange, (start, length): (u64, u64)) -> Result<Plan, String> {
    let count = range.last - range.first + 1;
    if range.first != start || count > length {
        return Err(format!(
            "bytes {start} to {} were asked for, {} to {} came",
            start.saturating_add(length) - 1,
            range.first,
            range.last
        ));
    }
    if promise.length.is_some_and(|stated| stated != count) {
        return Err(format!("{count} bytes were announced by range, {:?} by length", promise.length));
    }
    // The file may end before the range does, but nothing else may cut it.
    let ends = range.total.is_none_or(|total| range.last + 1 == total);
    if count < length && !ends {
        return Err(format!("{length} bytes were asked for, {count} came"));
    }
    Ok(Plan { skip: 0, take: count, total: range.total })
}

fn broken(error: &std::io::Error, url: &Url) -> SourceError {
    let timeout = matches!(error.kind(), std::io::ErrorKind::TimedOut | std::io::ErrorKind::WouldBlock);
    if timeout || error.to_string().starts_with("timeout") {
        return SourceError::new(SourceErrorKind::Timeout, format!("{url}: the server stopped sending"));
    }
    SourceError::new(SourceErrorKind::Truncated, format!("{url}: the connection broke ({})", error.kind()))
}

fn truncated(url: &Url, read: u64) -> SourceError {
    SourceError::new(SourceErrorKind::Truncated, format!("{url}: the server stopped after {read} bytes"))
}

fn too_large(url: &Url, limit: u64) -> SourceError {
    SourceError::new(SourceErrorKind::TooLarge, format!("{url}: larger than the {limit} bytes that are read"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_make_sense() {
        let parse = ContentRange::parse;
        assert_eq!(parse("bytes 0-7/100"), Some(ContentRange { first: 0, last: 7, total: Some(100) }));
        assert_eq!(parse("bytes 8-9/*"), Some(ContentRange { first: 8, last: 9, total: None }));
        for bad in ["bytes */100", "bytes 7-0/100", "bytes 0-100/100", "0-7/100", "bytes 0-7", "bytes a-b/c"]
        {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
