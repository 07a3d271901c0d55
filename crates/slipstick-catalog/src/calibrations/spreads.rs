//! How far measurements lie from answers, by engine, chip family and question.

use std::{borrow::Cow, collections::HashMap, sync::LazyLock};

use slipstick_core::hardware::{Distance, QuestionSpreads, Spread, Spreads};

use super::table::{Pedigree, TESTED};
use crate::{
    LayerName, Place,
    rows::{Layered, Rows},
    tables::{SPREADS, SpreadRow, shipped},
};

/// What stands for every family, or for every engine.
pub(super) const ANY: &str = "any";

/// The question that a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    Steady,
    Benchmark,
    Burst,
    Open,
    Static,
    Alone,
    Pools,
}

/// The quantity that a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quantity {
    Ttft,
    Tpot,
    Rate,
}

/// A row of the table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spreading {
    family: String,
    engine: String,
    question: Question,
    quantity: Quantity,
    /// How near measurements are; any where it is none.
    distance: Option<Distance>,
    spread: Spread,
    pedigree: Pedigree,
}

impl SpreadRow<'_> {
    pub(crate) fn entry(&self, at: Place<'_>) -> Result<Spreading, String> {
        let question = match self.arrival {
            "steady" => Question::Steady,
            "benchmark" => Question::Benchmark,
            "burst" => Question::Burst,
            "open" => Question::Open,
            "static" => Question::Static,
            "alone" => Question::Alone,
            "pools" => Question::Pools,
            other => {
                return Err(format!(
                    "arrival: {other:?} is none of steady, benchmark, burst, open, static, alone and pools"
                ));
            }
        };
        let quantity = match self.quantity {
            "ttft" => Quantity::Ttft,
            "tpot" => Quantity::Tpot,
            "rate" => Quantity::Rate,
            other => return Err(format!("quantity: {other:?} is none of ttft, tpot and rate")),
        };
        let distance = match self.distance {
            "" => None,
            name => {
                let named = |distance: &Distance| distance.name() == name;
                let unknown = || {
                    let names = Distance::ALL.map(Distance::name).join(", ");
                    format!("distance: {name:?} is none of {names}")
                };
                Some(Distance::ALL.into_iter().find(named).ok_or_else(unknown)?)
            }
        };
        if !(self.low > 0.0 && self.low <= self.high && self.high.is_finite()) {
            return Err("low and high: they are not two factors in ascending order".to_owned());
        }
        Ok(Spreading {
            family: self.family.to_owned(),
            engine: self.engine.to_owned(),
            question,
            quantity,
            distance,
            spread: Spread { low: self.low, high: self.high, points: self.points },
            pedigree: Pedigree::new(at, self.source),
        })
    }
}

shipped!(SHIPPED: SpreadRow<'static> => Spreading, SPREADS, |row| {
    row.entry(Place::shipped("spreads.csv")).expect(TESTED)
});

/// A chip family, an engine and how near measurements are, as the table names them.
type At = (&'static str, &'static str, &'static str);

/// Where the shipped rows of each stand: all of them are gone through for each answer otherwise.
static PLACES: LazyLock<HashMap<At, Vec<usize>>> = LazyLock::new(|| {
    let mut places: HashMap<At, Vec<usize>> = HashMap::new();
    for (place, row) in SHIPPED.rows().iter().enumerate() {
        places.entry((row.family, row.engine, row.distance)).or_default().push(place);
    }
    places
});

impl Layered for Spreading {
    fn layer(&self) -> LayerName {
        self.pedigree.layer
    }

    fn key(&self) -> Cow<'_, str> {
        Cow::Owned(format!(
            "{}\0{}\0{:?}\0{:?}\0{:?}",
            self.family, self.engine, self.question, self.quantity, self.distance
        ))
    }
}

/// The spreads of a chip family under an engine: those at the distance of the nearest measurements, else its own whatever
/// the distance, else those of the engine on any family, else those of any engine. What a whole class of chips is known to be
/// off by under any engine goes before all of these. Of several layers the highest wins.
pub(super) fn find(
    rows: &Rows<Spreading>,
    (family, class): (&str, &str),
    engine: &str,
    at: Distance,
) -> QuestionSpreads {
    let mut found = QuestionSpreads::default();
    // From the farthest to the nearest, so that the nearest stays.
    let any = [(ANY, ANY), (ANY, engine), (family, engine)].map(|of| (of, ""));
    let near = [(ANY, ANY), (ANY, engine)].map(|of| (of, at.name()));
    let places = [any.as_slice(), near.as_slice(), &[((class, ANY), "")]].concat();
    for ((family, engine), at) in &places {
        for place in PLACES.get(&(*family, *engine, *at)).into_iter().flatten() {
            rows.over(SHIPPED.get(*place)).put(&mut found);
        }
    }
    // What its user says of a pair goes before what is shipped for its distance.
    let place = |row: &Spreading| {
        let told = (row.distance.map_or("", Distance::name), (row.family.as_str(), row.engine.as_str()));
        places.iter().position(|(of, at)| (*at, *of) == told)
    };
    let mut own: Vec<(usize, &Spreading)> =
        rows.own().into_iter().filter_map(|row| Some((place(row)?, row))).collect();
    own.sort_by_key(|(place, row)| (*place, row.pedigree.layer));
    for (_, row) in &own {
        row.put(&mut found);
    }
    found
}

impl Spreading {
    fn put(&self, into: &mut QuestionSpreads) {
        let question: &mut Spreads = match self.question {
            Question::Steady => &mut into.steady,
            Question::Benchmark => &mut into.benchmark,
            Question::Burst => &mut into.burst,
            Question::Open => &mut into.open,
            Question::Static => &mut into.batch,
            Question::Alone => &mut into.alone,
            Question::Pools => &mut into.pools,
        };
        let quantity = match self.quantity {
            Quantity::Ttft => &mut question.ttft,
            Quantity::Tpot => &mut question.tpot,
            Quantity::Rate => &mut question.rate,
        };
        *quantity = Some(self.spread);
    }
}
