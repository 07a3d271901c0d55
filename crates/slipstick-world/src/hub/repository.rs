//! The files of a repository: listed, chosen, fetched by their headers, cached under their commit.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use slipstick_api::ModelFiles;
use slipstick_import::{
    gguf::{self, Gguf},
    safetensors::{assemble, parse_index},
    tensors::TensorFile,
};

use super::{
    choose::{Weights, choose},
    downloaded,
    listing::{self, Listing},
};
use crate::{
    HubId, Options, Progress, SourceError, SourceErrorKind,
    cache::{Cache, Cached},
    http::{Client, RemoteFile, Url, Want},
    prefix::{self, FirstBytes, damaged},
};

const MAX_CONFIG_BYTES: u64 = 16 << 20;
const MAX_INDEX_BYTES: u64 = 100_000_000;

/// The files that a repository has under the same name everywhere.
const PROBED: [&str; 4] =
    ["config.json", "hf_quant_config.json", "model.safetensors.index.json", "model.safetensors"];

/// Headers fetched at a time: a repository has hundreds of shards, and each costs a round trip.
const AT_A_TIME: usize = 8;

/// The files of a repository.
pub(crate) fn resolve(
    id: &HubId,
    options: &Options,
    progress: &dyn Progress,
) -> Result<ModelFiles, SourceError> {
    let client = Client::new(options, progress);
    let cache = Cache::new(options);
    let mut repository = match Repository::open(id, options, &client, &cache) {
        Ok(repository) => repository,
        Err(error) if error.kind.is_network() => {
            return downloaded::find(id, options).unwrap_or(Err(error));
        }
        Err(error) => return Err(error),
    };
    let mut files = ModelFiles::at(id.at_commit(repository.listing.commit.as_deref()));
    files.notes.append(&mut repository.notes);
    let weights = choose(id, &repository.listing)?;
    let config = id.file.as_deref().filter(|file| file.ends_with("config.json")).unwrap_or("config.json");
    files.config_json = repository.whole_if_listed(config, MAX_CONFIG_BYTES)?;
    files.hf_quant_config = repository.whole_if_listed("hf_quant_config.json", MAX_CONFIG_BYTES)?;
    if options.headers || files.config_json.is_none() {
        repository.add_weights(&mut files, weights, progress)?;
    }
    cache.trim();
    Ok(files)
}

struct Repository<'a> {
    id: &'a HubId,
    endpoint: &'a Url,
    client: &'a Client<'a>,
    cache: &'a Cache,
    listing: Listing,
    notes: Vec<String>,
}

impl<'a> Repository<'a> {
    fn open(
        id: &'a HubId,
        options: &'a Options,
        client: &'a Client<'a>,
        cache: &'a Cache,
    ) -> Result<Self, SourceError> {
        let endpoint = &options.endpoint.0;
        let revision = id.revision().replace('/', "%2F");
        let url =
            endpoint.with_path(&format!("{}/api/models/{}/revision/{revision}", base(endpoint), id.repo));
        let key = ["hub", &endpoint.host, &id.repo, "refs", id.revision()];
        let mut repository =
            Self { id, endpoint, client, cache, listing: Listing::default(), notes: Vec::new() };
        let json = match client.fetch(&url, Want::Whole { limit: listing::MAX_BYTES }, None) {
            Ok(fetched) => fetched.bytes,
            // Yesterday's listing is better than none, and said to be that.
            Err(error) if error.kind.is_network() => {
                let Some(entry) = cache.read(&key) else { return Err(error) };
                if error.kind != SourceErrorKind::Offline {
                    repository.notes.push(format!("{}; what is cached is used", error.message));
                }
                entry.bytes
            }
            Err(error) if error.kind == SourceErrorKind::Missing => repository.probe(error)?,
            Err(error) => return Err(error),
        };
        repository.listing = Listing::parse(&json, &id.repo)?;
        if !client.is_offline() && repository.notes.is_empty() {
            cache.write(&key, &Cached { bytes: json, size: None, etag: None });
        }
        Ok(repository)
    }

    /// A listing of what a plain mirror, which lists nothing, has under the usual names; `error` if it has none.
    fn probe(&self, error: SourceError) -> Result<Vec<u8>, SourceError> {
        let mut found = Vec::new();
        for name in PROBED {
            match self.client.fetch(&self.url(name), Want::Range { start: 0, length: 1 }, None) {
                Ok(_) => found.push(name),
                Err(missing) if missing.kind == SourceErrorKind::Missing => {}
                Err(other) => return Err(other),
            }
        }
        if found.is_empty() { Err(error) } else { Ok(listing::of(&found)) }
    }

    fn url(&self, file: &str) -> Url {
        let revision = self.listing.commit.clone().unwrap_or_else(|| self.id.revision().replace('/', "%2F"));
        let escaped: String = file
            .bytes()
            .map(|byte| match byte {
                b'/' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
                byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
                byte => format!("%{byte:02X}"),
            })
            .collect();
        let path = format!("{}/{}/resolve/{revision}/{escaped}", base(self.endpoint), self.id.repo);
        self.endpoint.with_path(&path)
    }

    fn key<'k>(&'k self, file: &'k str) -> [&'k str; 5] {
        let version = self.listing.commit.as_deref().unwrap_or(self.id.revision());
        ["hub", &self.endpoint.host, &self.id.repo, version, file]
    }

    /// What is kept of a file. A branch moves, so its files count only while nothing better can be had.
    fn cached(&self, file: &str) -> Option<Cached> {
        let is_fixed = self.listing.commit.is_some() || self.client.is_offline();
        if is_fixed { self.cache.read(&self.key(file)) } else { None }
    }

    fn keep(&self, file: &str, entry: &Cached) {
        self.cache.write(&self.key(file), entry);
    }

    fn whole_if_listed(&self, file: &str, limit: u64) -> Result<Option<Vec<u8>>, SourceError> {
        if self.listing.has(file) { self.whole(file, limit).map(Some) } else { Ok(None) }
    }

    fn whole(&self, file: &str, limit: u64) -> Result<Vec<u8>, SourceError> {
        if let Some(entry) = self.cached(file) {
            return Ok(entry.bytes);
        }
        let fetched = self.client.fetch(&self.url(file), Want::Whole { limit }, None)?;
        let entry = Cached { bytes: fetched.bytes, size: fetched.total, etag: fetched.etag };
        self.keep(file, &entry);
        Ok(entry.bytes)
    }

    fn add_weights(
        &self,
        files: &mut ModelFiles,
        weights: Weights,
        progress: &dyn Progress,
    ) -> Result<(), SourceError> {
        let (index, shards) = match weights {
            Weights::None => return Ok(()),
            Weights::Gguf(first) => {
                files.gguf = Some(self.gguf(&first, progress)?);
                return Ok(());
            }
            Weights::Index(name) => {
                let json = self.whole(&name, MAX_INDEX_BYTES)?;
                let index = parse_index(&json).map_err(|error| damaged(&name, error))?;
                let folder = name.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
                let shards = index.shards.iter().map(|shard| format!("{folder}{shard}")).collect();
                (Some(index), shards)
            }
            Weights::Safetensors(shards) => (None, shards),
        };
        let headers = self.headers(&shards, progress, prefix::safetensors)?;
        let names = index.as_ref().map_or(shards, |index| index.shards.clone());
        let read: Vec<(String, TensorFile)> = names.into_iter().zip(headers).collect();
        let whole = assemble(index.as_ref(), read).map_err(|error| damaged(&self.id.repo, error))?;
        files.tensors = Some(whole.file);
        files.notes.extend(whole.notes);
        Ok(())
    }

    fn gguf(&self, first: &str, progress: &dyn Progress) -> Result<Gguf, SourceError> {
        progress.planned(1);
        let header = self.header(first, progress, prefix::gguf)?;
        let Some(split) = header.split else { return Ok(header) };
        let others: Vec<String> = (0..split.parts)
            .filter(|part| *part != split.part)
            .map(|part| {
                split.sibling(first, part).ok_or_else(|| {
                    damaged(first, "it is one part of several, but its name does not say which")
                })
            })
            .collect::<Result<_, _>>()?;
        let mut parts = self.headers(&others, progress, prefix::gguf)?;
        parts.push(header);
        gguf::assemble(parts).map_err(|error| damaged(first, error))
    }

    /// The headers of many files, several at a time, in the order of their names.
    fn headers<T: Send>(
        &self,
        names: &[String],
        progress: &dyn Progress,
        parse: fn(&mut dyn FirstBytes, &str) -> Result<T, SourceError>,
    ) -> Result<Vec<T>, SourceError> {
        progress.planned(names.len());
        let next = AtomicUsize::new(0);
        let done: Mutex<Vec<(usize, Result<T, SourceError>)>> = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for _ in 0..AT_A_TIME.min(names.len()) {
                scope.spawn(|| {
                    while let Some((at, name)) = {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        names.get(at).map(|name| (at, name))
                    } {
                        let header = self.header(name, progress, parse);
                        if header.is_err() {
                            // One failure decides: nobody starts another request.
                            next.store(names.len(), Ordering::Relaxed);
                        }
                        if let Ok(mut done) = done.lock() {
                            done.push((at, header));
                        }
                    }
                });
            }
        });
        let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        done.sort_by_key(|(at, _)| *at);
        done.into_iter().map(|(_, header)| header).collect()
    }

    fn header<T>(
        &self,
        name: &str,
        progress: &dyn Progress,
        parse: fn(&mut dyn FirstBytes, &str) -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        if let Some(mut entry) = self.cached(name) {
            // A header that was kept in part is fetched again.
            if let Ok(header) = parse(&mut entry, name) {
                progress.done(name, 0);
                return Ok(header);
            }
        }
        let mut file = RemoteFile::new(self.client, self.url(name), None);
        let header = parse(&mut file, name)?;
        let read = file.into_read();
        progress.done(name, read.bytes.len() as u64);
        self.keep(name, &read);
        Ok(header)
    }
}

/// The path of the endpoint itself: a mirror may live below its host's root.
fn base(endpoint: &Url) -> &str {
    endpoint.path.trim_end_matches('/')
}

/// A kept header as a file that ends where it was read to.
impl FirstBytes for Cached {
    fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn size(&self) -> Option<u64> {
        self.size
    }

    fn read_to(&mut self, _at_least: u64) -> Result<(), SourceError> {
        Ok(())
    }
}
