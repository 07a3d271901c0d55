//! Rating against what it costs: how fast a model is, or where no hardware is named, the memory that it needs.

use super::{Candidate, Recommendation};
use crate::view::{Axis, Plot, Series};

/// What is plotted, if two models are rated.
pub(super) fn plot(r: &Recommendation) -> Option<Plot> {
    let points = |is_on_front: bool| -> Vec<(f64, f64)> {
        let rated = r.fitting.iter().filter(|candidate| candidate.is_on_front == is_on_front);
        rated.filter_map(|candidate| Some((across(candidate), candidate.rating.as_ref()?.rating))).collect()
    };
    let (front, others) = (points(true), points(false));
    let across = if r.place.is_known { "time per output token, ms" } else { "memory, GiB" };
    (front.len() + others.len() >= 2).then(|| Plot {
        caption: "What a rating costs".to_owned(),
        x: Axis { label: across.to_owned(), log: true },
        y: Axis { label: "rating".to_owned(), log: false },
        series: vec![
            Series { label: "others".to_owned(), points: others },
            Series { label: "what no other beats".to_owned(), points: front },
        ],
    })
}

fn across(candidate: &Candidate) -> f64 {
    candidate.speed.map_or_else(|| candidate.need.as_gib(), |speed| speed.tpot.value.as_ms())
}
