//! What was fetched, kept on disk: whole or not at all, and no more than so much.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
    time::SystemTime,
};

use serde::{Deserialize, Serialize};

use crate::{Options, file};

/// Larger entries were not written by this program.
const MAX_ENTRY_BYTES: u64 = 600 << 20;

/// The longest name of a folder or file.
const MAX_NAME: usize = 120;

/// The first bytes of a file, its size, and the server's tag for its content.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Cached {
    pub(crate) bytes: Vec<u8>,
    pub(crate) size: Option<u64>,
    pub(crate) etag: Option<String>,
}

/// The line before the bytes of an entry.
#[derive(Serialize, Deserialize)]
struct Head {
    version: u32,
    /// The whole key: names on disk are shortened.
    key: Vec<String>,
    size: Option<u64>,
    etag: Option<String>,
    length: u64,
}

const VERSION: u32 = 1;

/// What was fetched before.
pub(crate) struct Cache {
    root: Option<PathBuf>,
    limit: u64,
}

impl Cache {
    pub(crate) fn new(options: &Options) -> Self {
        Self { root: options.cache.clone(), limit: options.cache_bytes }
    }

    /// What is kept under a key; anything unreadable counts as nothing.
    pub(crate) fn read(&self, key: &[&str]) -> Option<Cached> {
        let path = self.path(key)?;
        let mut content = file::read(&path, MAX_ENTRY_BYTES).ok()?;
        let line = content.iter().position(|byte| *byte == b'\n')?;
        let head: Head = serde_json::from_slice(&content[..line]).ok()?;
        let bytes = content.split_off(line + 1);
        let sound = head.version == VERSION && head.key == key && head.length == bytes.len() as u64;
        sound.then_some(Cached { bytes, size: head.size, etag: head.etag })
    }

    /// Keeps an entry. A cache that cannot be written is no reason to fail.
    pub(crate) fn write(&self, key: &[&str], entry: &Cached) {
        if let Some(path) = self.path(key) {
            drop(write_whole(&path, key, entry));
        }
    }

    /// Removes the oldest entries until what is left fits into the limit.
    pub(crate) fn trim(&self) {
        let Some(root) = &self.root else { return };
        let mut entries = Vec::new();
        list(root, 0, &mut entries);
        let mut total: u64 = entries.iter().map(|(_, length, _)| length).sum();
        entries.sort();
        for (_, length, path) in entries {
            if total <= self.limit {
                return;
            }
            if fs::remove_file(path).is_ok() {
                total -= length;
            }
        }
    }

    fn path(&self, key: &[&str]) -> Option<PathBuf> {
        let mut path = self.root.clone()?;
        path.extend(key.iter().map(|name| safe_name(name)));
        Some(path)
    }
}

fn write_whole(path: &Path, key: &[&str], entry: &Cached) -> io::Result<()> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    fs::create_dir_all(folder)?;
    let head = Head {
        version: VERSION,
        key: key.iter().map(|&name| name.to_owned()).collect(),
        size: entry.size,
        etag: entry.etag.clone(),
        length: entry.bytes.len() as u64,
    };
    let unique = COUNTER.fetch_add(1, Ordering::Relaxed);
    let temporary = folder.join(format!(".{}-{unique}.part", process::id()));
    let written = fs::File::create(&temporary).and_then(|mut file| {
        serde_json::to_writer(&mut file, &head)?;
        file.write_all(b"\n")?;
        file.write_all(&entry.bytes)
    });
    // Readers see the old entry or the new one, never half of one.
    let renamed = written.and_then(|()| fs::rename(&temporary, path));
    if renamed.is_err() {
        drop(fs::remove_file(&temporary));
    }
    renamed
}

fn list(folder: &Path, depth: usize, entries: &mut Vec<(SystemTime, u64, PathBuf)>) {
    // Keys are at most five names deep; links are not followed.
    let Some(items) = (depth < 8).then(|| fs::read_dir(folder).ok()).flatten() else { return };
    for item in items.flatten() {
        let Ok(data) = item.metadata() else { continue };
        if data.is_dir() {
            list(&item.path(), depth + 1, entries);
        } else if data.is_file() {
            entries.push((data.modified().unwrap_or(SystemTime::UNIX_EPOCH), data.len(), item.path()));
        }
    }
}

/// A name that every file system takes, and that leads nowhere else.
fn safe_name(name: &str) -> String {
    let plain = |at: usize, byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') || (byte == b'.' && at > 0)
    };
    let mut safe: String = name
        .bytes()
        .enumerate()
        .map(|(at, byte)| if plain(at, byte) { char::from(byte).to_string() } else { format!("%{byte:02x}") })
        .collect();
    if safe.len() <= MAX_NAME {
        return safe;
    }
    let tail = format!("~{:016x}", fnv1a(name.as_bytes()));
    safe.truncate(MAX_NAME - tail.len());
    safe + &tail
}

/// FNV-1a, 64 bits: tells shortened names apart; an entry holds its whole key, so a clash is only a miss.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_their_folder() {
        assert_eq!(safe_name("model-00001-of-00002.safetensors"), "model-00001-of-00002.safetensors");
        assert_eq!(safe_name(".."), "%2e.");
        assert_eq!(safe_name("a/../b"), "a%2f..%2fb");
        let long = safe_name(&"x".repeat(5000));
        assert!(long.len() <= MAX_NAME && long != safe_name(&"x".repeat(5001)));
    }
}
