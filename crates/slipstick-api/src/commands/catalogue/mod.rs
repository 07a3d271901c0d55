//! What `gpus`, `instances`, `prices`, `models` and `engines` share: each lists rows, or shows one in full.

use slipstick_catalog::{Freshness, Origin};

use crate::view::{Cell, Tone};

/// A date with its age in days, toned by how stale it makes a price.
pub(crate) fn aged(as_of: &str, days: i64) -> Cell {
    let tone = match Freshness::of_days(days) {
        Freshness::Fresh => Tone::Plain,
        Freshness::Stale => Tone::Warn,
        Freshness::VeryStale => Tone::Bad,
    };
    Cell::toned(format!("{as_of} ({days} d)"), tone)
}

/// How prices that have grown old are replaced.
pub(crate) const REFRESH: &str = "read newer ones with `slipstick prices import FILE --output \
    ~/.config/slipstick/catalog/prices.csv` (a file of gpuhunt or SkyPilot), or give what you pay with --price";

/// What to say of a list of prices as a whole, if some are old; of their ages in days.
pub(crate) fn staleness(ages: impl Iterator<Item = i64>) -> Option<String> {
    let (mut all, mut stale, mut very) = (0_usize, 0_usize, 0_usize);
    for days in ages {
        all += 1;
        match Freshness::of_days(days) {
            Freshness::Fresh => {}
            Freshness::Stale => stale += 1,
            Freshness::VeryStale => very += 1,
        }
    }
    (stale + very > 0).then(|| {
        format!(
            "{very} of {all} prices are older than {} days and {stale} more than {}; {REFRESH}",
            Freshness::VERY_STALE_DAYS,
            Freshness::STALE_DAYS
        )
    })
}

/// `12 of 213`, or `213` where nothing was cut.
pub(crate) fn counted(shown: usize, all: usize) -> String {
    if shown == all { all.to_string() } else { format!("{shown} of {all}") }
}

/// Where a row comes from, with the titles of its sources.
pub(crate) fn pedigree(origin: &Origin) -> String {
    let titles: Vec<String> = origin
        .sources
        .iter()
        .map(|key| {
            slipstick_catalog::source(key).map_or_else(|| key.clone(), |source| source.title.to_owned())
        })
        .collect();
    titles.join("; ")
}

/// Whether `text` has `part` in it, without regard to case, spaces and punctuation.
pub(crate) fn like(part: Option<&str>, texts: &[&str]) -> bool {
    part.is_none_or(|part| {
        let part = slipstick_core::names::normalise(part);
        texts.iter().any(|text| slipstick_core::names::normalise(text).contains(&part))
    })
}
