//! The first bytes of a file, read as far as its header goes.

use slipstick_import::{
    gguf::{self, Gguf},
    safetensors,
    tensors::{Prefix, TensorFile},
};

use crate::{SourceError, SourceErrorKind};

/// A file that is read from its start, as far as asked.
pub(crate) trait FirstBytes {
    /// What was read so far.
    fn bytes(&self) -> &[u8];
    /// The size of the whole file, once it is known.
    fn size(&self) -> Option<u64>;
    /// Reads on until there are `at_least` bytes, or the file ends.
    fn read_to(&mut self, at_least: u64) -> Result<(), SourceError>;
}

/// The header of a safetensors file.
pub(crate) fn safetensors(file: &mut dyn FirstBytes, name: &str) -> Result<TensorFile, SourceError> {
    header(file, name, safetensors::parse_header)
}

/// The header of a GGUF file.
pub(crate) fn gguf(file: &mut dyn FirstBytes, name: &str) -> Result<Gguf, SourceError> {
    header(file, name, gguf::parse)
}

fn header<T, E: core::fmt::Display>(
    file: &mut dyn FirstBytes,
    name: &str,
    parse: impl Fn(&[u8], Option<u64>) -> Result<Prefix<T>, E>,
) -> Result<T, SourceError> {
    loop {
        match parse(file.bytes(), file.size()).map_err(|error| damaged(name, error))? {
            Prefix::Complete(header) => return Ok(header),
            Prefix::NeedMore(at_least) => {
                let before = file.bytes().len();
                file.read_to(at_least)?;
                if file.bytes().len() <= before {
                    return Err(damaged(name, format!("its header goes on after its end at byte {before}")));
                }
            }
        }
    }
}

/// A file whose content was refused.
pub(crate) fn damaged(name: &str, why: impl core::fmt::Display) -> SourceError {
    SourceError::new(SourceErrorKind::Damaged, format!("{name}: {why}"))
}
