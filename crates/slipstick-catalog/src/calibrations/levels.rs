//! How much longer the steps of what was measured took than is estimated.
//!
//! A row is about an engine and an architecture, which is known by its shape: about one version on any accelerator; or,
//! under any version, about one format on a chip family, or one format, accelerator and layout. All hold that are known.
//! Rows about bursts hold for what is handed in at once, in place of the others where the architecture has any.

use std::{borrow::Cow, collections::HashMap, sync::LazyLock};

use slipstick_core::hardware::{Accelerator, Distance};

use super::table::{Pedigree, TESTED};
use crate::{
    LayerName, Place,
    rows::{Layered, Rows},
    tables::{LEVELS, LevelRow, shipped},
    version::Version,
};

/// What is served, as far as measurements of its like can tell something of it.
#[derive(Debug, Clone, Copy)]
pub struct Served<'a> {
    /// The accelerator.
    pub accelerator: &'a Accelerator,
    /// The engine.
    pub engine: &'a str,
    /// Its version.
    pub version: &'a str,
    /// The model's fingerprint.
    pub architecture: &'a str,
    /// The name of its weights' format.
    pub format: &'a str,
    /// Tensor-parallel ranks.
    pub tp: u64,
    /// Ranks that experts are spread over.
    pub ep: u64,
}

/// What measurements of its like say of a deployment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Level {
    pub(super) factor: f64,
    /// The same of what is handed in at once, where that was measured.
    pub(super) of_bursts: Option<f64>,
    /// Of what a request waits for before its prompt is read.
    pub(super) waits: f64,
    pub(super) points: u32,
    /// None where the engine was not measured with the architecture.
    pub(super) distance: Option<Distance>,
}

/// A row of the table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LevelEntry {
    engine: String,
    architecture: String,
    bursts: bool,
    of: Of,
    factor: f64,
    waits: f64,
    points: u32,
    pedigree: Pedigree,
}

/// What a row is about.
#[derive(Debug, Clone, PartialEq)]
enum Of {
    Version(String),
    Family { format: String, family: String },
    Deployment { format: String, accelerator: String, tp: u64, ep: u64 },
}

impl LevelRow<'_> {
    /// Whether it is about what is handed in at once.
    fn bursts(&self) -> Result<bool, String> {
        match self.arrival {
            "" => Ok(false),
            "burst" => Ok(true),
            other => Err(format!("arrival: {other:?} is neither empty nor burst")),
        }
    }

    pub(crate) fn entry(&self, at: Place<'_>) -> Result<LevelEntry, String> {
        let of = match (self.version, self.family, self.tp, self.ep) {
            ("", "", Some(tp), Some(ep)) => Of::Deployment {
                format: self.format.to_owned(),
                accelerator: self.accelerator.to_owned(),
                tp: tp.into(),
                ep: ep.into(),
            },
            ("", family, None, None) if !family.is_empty() => {
                Of::Family { format: self.format.to_owned(), family: family.to_owned() }
            }
            (version, "", None, None) if !version.is_empty() => Of::Version(version.to_owned()),
            _ => {
                return Err("it is about a version, about a format and a chip family, or about a format, an accelerator, tp and ep".to_owned());
            }
        };
        let factor = |column: &str, value: f64| {
            let is_factor = value.is_finite() && value > 0.0;
            if is_factor { Ok(value) } else { Err(format!("{column}: {value} is not a factor above 0")) }
        };
        Ok(LevelEntry {
            engine: self.engine.to_owned(),
            architecture: self.architecture.to_owned(),
            bursts: self.bursts()?,
            of,
            factor: factor("factor", self.factor)?,
            waits: factor("waits", self.waits.unwrap_or(1.0))?,
            points: self.points,
            pedigree: Pedigree::new(at, self.source),
        })
    }
}

shipped!(SHIPPED: LevelRow<'static> => LevelEntry, LEVELS, |row| {
    row.entry(Place::shipped("levels.csv")).expect(TESTED)
});

/// Where the shipped rows of an engine and an architecture stand.
static PLACES: LazyLock<HashMap<(&str, &str), Vec<usize>>> = LazyLock::new(|| {
    let mut places: HashMap<_, Vec<usize>> = HashMap::new();
    for (place, row) in SHIPPED.rows().iter().enumerate() {
        places.entry((row.engine, row.architecture)).or_default().push(place);
    }
    places
});

impl Layered for LevelEntry {
    fn layer(&self) -> LayerName {
        self.pedigree.layer
    }

    fn key(&self) -> Cow<'_, str> {
        Cow::Owned(format!("{}\0{}\0{}\0{:?}", self.engine, self.architecture, self.bursts, self.of))
    }
}

impl Of {
    fn holds(&self, served: &Served<'_>) -> bool {
        match self {
            Self::Version(version) => match (Version::parse(version), Version::parse(served.version)) {
                (Some(own), Some(asked)) => own == asked,
                _ => false,
            },
            Self::Family { format, family } => {
                format == served.format && *family == served.accelerator.family
            }
            Self::Deployment { format, accelerator, tp, ep } => {
                format == served.format
                    && *accelerator == served.accelerator.id
                    && (*tp, *ep) == (served.tp, served.ep)
            }
        }
    }

    fn is_on(&self, accelerator: &Accelerator) -> bool {
        matches!(self, Self::Deployment { accelerator: own, .. } if *own == accelerator.id)
    }
}

/// What is known of the like of `served`.
pub(super) fn find(rows: &Rows<LevelEntry>, served: &Served<'_>) -> Level {
    let of = |row: &LevelEntry| row.engine == served.engine && row.architecture == served.architecture;
    let places = PLACES.get(&(served.engine, served.architecture)).into_iter().flatten().copied();
    let like = rows.at(&SHIPPED, places, of);
    let near = like.iter().any(|row| row.of.is_on(served.accelerator));
    let distance = if near { Distance::Near } else { Distance::Chip };
    let mut level = Level {
        factor: 1.0,
        of_bursts: None,
        waits: 1.0,
        points: 0,
        distance: (!like.is_empty()).then_some(distance),
    };
    let holding = |bursts: bool| like.iter().filter(move |row| row.bursts == bursts && row.of.holds(served));
    for row in holding(false) {
        level.factor *= row.factor;
        level.waits *= row.waits;
    }
    level.points = [false, true].into_iter().flat_map(holding).map(|row| row.points).max().unwrap_or(0);
    if like.iter().any(|row| row.bursts) {
        level.of_bursts = Some(holding(true).map(|row| row.factor).product());
    }
    level
}
