//! Servers that behave, and servers that do not: all on this machine, in threads of the test.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod hub;
mod local;
mod misbehaviour;
mod server;
#[path = "../../../slipstick-import/tests/files/writer.rs"]
#[expect(dead_code, reason = "the catalogue's tests use all of it")]
mod writer;

use std::time::Duration;

use slipstick_api::ModelFiles;
use slipstick_world::{Endpoint, Options, Silent, SourceError, resolve};

/// Options for a server on this machine: no proxies, little patience.
fn options(endpoint: &str) -> Options {
    let mut options = Options::new(Endpoint::new(endpoint).unwrap());
    options.proxies = false;
    options.patience = Duration::from_millis(300);
    options.deadline = Duration::from_millis(600);
    options.backoff = Duration::from_millis(1);
    options.retries = 1;
    options
}

fn get(argument: &str, options: &Options) -> Result<ModelFiles, SourceError> {
    resolve(argument, options, &Silent)
}

/// A folder of its own for a test, removed with it.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("slipstick-{}-{name}", std::process::id()));
        drop(std::fs::remove_dir_all(&path));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, content: &[u8]) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// A safetensors file of one tensor, cut after its header, and the size it claims to have.
fn safetensors(tensor: &str) -> (Vec<u8>, u64) {
    writer::safetensors(&[(tensor.to_owned(), "BF16", vec![1024, 1024])])
}
