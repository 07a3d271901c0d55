//! Texts of an import that are written out when they are asked for: hundreds of thousands of rows make one.

use core::fmt;
use std::{borrow::Cow, io};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};
use slipstick_catalog::{Text, price_files::PriceFile};

/// Prices as a table of our own, in CSV.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceTable(pub(super) PriceFile);

/// Why a row was not taken, kept once for all rows that it holds for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowReason(pub(super) Text);

impl fmt::Display for PriceTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write_csv(Lines { out: f, line: Vec::new() }).map_err(|_| fmt::Error)
    }
}

impl fmt::Display for RowReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Hands text on as far as its last letter is whole.
struct Lines<'f, 'g> {
    out: &'f mut fmt::Formatter<'g>,
    line: Vec<u8>,
}

impl io::Write for Lines<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.line.extend_from_slice(bytes);
        let whole = core::str::from_utf8(&self.line).map_or_else(|torn| torn.valid_up_to(), str::len);
        let text = core::str::from_utf8(&self.line[..whole]).map_err(io::Error::other)?;
        self.out.write_str(text).map_err(io::Error::other)?;
        self.line.drain(..whole);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

macro_rules! shown {
    ($($name:ident),+) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                String::schema_name()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                String::json_schema(generator)
            }
        }
    )+};
}

shown!(PriceTable, RowReason);
