//! A pool of workers, as a person writes it: `2xtp4`, `3xdep8`.

use core::{fmt, str::FromStr};
use std::borrow::Cow;

use clap::Args;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use slipstick_core::plan::{Degrees, LayoutError};

/// The most workers of a pool.
const MOST_WORKERS: u64 = 1 << 16;

/// Separate pools for prompts and for output.
#[derive(Debug, Clone, PartialEq, Eq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
#[command(next_help_heading = "Pools")]
pub struct PoolsRequest {
    /// Workers that only read prompts, as COUNTxLAYOUT: 2xtp4, 1xdep8 (attention data-parallel, experts spread), 1xtep8, 1xpp2tp4; 2xtp4@h200 on accelerators of their own beside those of --on
    #[arg(long, value_name = "POOL")]
    pub prefill: Option<PlacedPool>,
    /// Workers that go on with their caches and write, such as 3xdep8, or 3xdep8@b200 on accelerators of their own
    #[arg(long, value_name = "POOL")]
    pub decode: Option<PlacedPool>,
}

/// Equal workers, and the kind of accelerator that they have for themselves, if it is another than `--on` names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PlacedPool {
    /// The workers.
    pub layout: PoolLayout,
    /// The accelerators, of which there are as many as the workers take.
    pub on: Option<String>,
}

impl From<PoolLayout> for PlacedPool {
    fn from(layout: PoolLayout) -> Self {
        Self { layout, on: None }
    }
}

impl FromStr for PlacedPool {
    type Err = ParsePoolError;

    /// ```
    /// # use slipstick_api::request::PlacedPool;
    /// let pool: PlacedPool = "3xdep8@b200".parse().unwrap();
    /// assert_eq!((pool.layout.accelerators(), pool.on.as_deref(), pool.to_string()), (24, Some("b200"), "3xdep8@b200".to_owned()));
    /// assert!("3xdep8@".parse::<PlacedPool>().is_err());
    /// ```
    fn from_str(text: &str) -> Result<Self, ParsePoolError> {
        let Some((layout, on)) = text.split_once('@') else { return text.parse().map(PoolLayout::into) };
        let on = on.trim();
        if on.is_empty() {
            return Err(ParsePoolError::Nowhere(text.chars().take(40).collect()));
        }
        Ok(Self { layout: layout.parse()?, on: Some(on.to_owned()) })
    }
}

impl fmt::Display for PlacedPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.on {
            Some(on) => f.pad(&format!("{}@{on}", self.layout)),
            None => self.layout.fmt(f),
        }
    }
}

/// Equal workers, each of one layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PoolLayout {
    /// How many.
    pub workers: u64,
    /// The layout of each.
    pub degrees: Degrees,
}

impl PoolLayout {
    /// Accelerators of all of them.
    pub const fn accelerators(self) -> u64 {
        self.workers.saturating_mul(self.degrees.accelerators())
    }
}

/// A text that is no pool.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParsePoolError {
    /// Its layout is none.
    #[error("{0}: write COUNTxLAYOUT of tp, pp, dp, ep, tep and dep, such as 2xtp4 or 3xdep8")]
    Layout(#[from] LayoutError),
    /// Its count is none.
    #[error("{0:?} does not start with how many workers: write COUNTxLAYOUT, such as 2xtp4 or 3xdep8")]
    Count(String),
    /// Nothing stands behind its `@`.
    #[error("{0:?} names no accelerator behind its @: write 3xdep8@b200, or 3xdep8 for those of --on")]
    Nowhere(String),
}

impl FromStr for PoolLayout {
    type Err = ParsePoolError;

    /// ```
    /// # use slipstick_api::request::PoolLayout;
    /// let pool: PoolLayout = "3xdep8".parse().unwrap();
    /// assert_eq!((pool.workers, pool.accelerators(), pool.to_string()), (3, 24, "3xdep8".to_owned()));
    /// assert!("0xtp4".parse::<PoolLayout>().is_err() && "3x".parse::<PoolLayout>().is_err());
    /// ```
    fn from_str(text: &str) -> Result<Self, ParsePoolError> {
        let text = text.trim().to_ascii_lowercase();
        let none = || ParsePoolError::Count(text.chars().take(40).collect());
        let (count, layout) = text.split_once(['x', '*']).ok_or_else(none)?;
        let workers = count.parse().ok().filter(|workers| (1..=MOST_WORKERS).contains(workers));
        Ok(Self { workers: workers.ok_or_else(none)?, degrees: layout.parse()? })
    }
}

impl fmt::Display for PoolLayout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}x{}", self.workers, self.degrees))
    }
}

/// A text on every road in and out.
macro_rules! as_text {
    ($name:ident, $examples:tt) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "string", "examples": $examples})
            }
        }
    };
}

as_text!(PoolLayout, ["2xtp4", "3xdep8"]);
as_text!(PlacedPool, ["2xtp4", "3xdep8@b200"]);
