//! What a person reads of two pools.

use slipstick_core::{
    estimate::pools::PoolService,
    units::{
        Frequency,
        show::{counted, scaled},
    },
};

use super::{super::EstimateAnswer, Pooled};
use crate::{
    commands::memory::{MemoryAnswer, view as memory_view},
    request::PoolLayout,
    resolve::PoolsPlace,
    view::{Block, Cell, Column, Table, Tone, View},
};

/// The best split is worth a word where it serves so many times as much.
const WORTH: f64 = 1.02;

/// Where a pool does not start.
pub(crate) fn title(a: &EstimateAnswer, pools: &Pooled) -> Cell {
    let (memory, layout, which) = if pools.reads() {
        (&a.memory, pools.resolved.decode.1, "decode")
    } else {
        (&pools.prefill, pools.resolved.prefill.1, "prefill")
    };
    let place = format!("a {which} worker, {} on {}", layout.degrees, memory_view::placed(&memory.resolved));
    Cell::toned(memory_view::too_large(memory, &place), Tone::Bad)
}

/// Both pools side by side, what joins them, and what would serve better.
pub(crate) fn add(view: &mut View, a: &EstimateAnswer, pools: &Pooled) {
    view.push(Block::Table(side_by_side(a, pools)));
    if let Some(service) = &pools.service {
        let link = pools.resolved.link().bandwidth;
        let transfer = format!(
            "{} of cache a prompt, {} over each link of {link} in {}",
            service.cache, service.link_cache, service.transfer
        );
        view.pairs([("transfer", Cell::from(transfer)), ("balance", balance(pools, service).into())]);
        view.note(
            "the first token is counted when the decode pool streams it: after the transfer and one step",
        );
    }
    if let PoolsPlace::Apart(_) = &pools.resolved.place {
        view.note(
            "two kinds of accelerators: joined at the slower of their networks; nothing measured stands behind such pairs, \
             so the band is that of pools of one kind, and whether the engine hands caches between them is yours to try",
        );
    }
    if let Some(cure) = &pools.cure {
        view.note(format!("larger workers start: {cure}"));
    }
    if pools.spare() > 0 {
        view.warning(format!("{} stand idle: no pool uses them", counted(pools.spare(), "accelerator")));
    }
}

/// What each pool could serve alone.
fn side_by_side(a: &EstimateAnswer, pools: &Pooled) -> Table {
    let mut table = Table::new(vec![
        Column::text("pool"),
        Column::text("workers"),
        Column::number("accelerators"),
        Column::number("requests/s"),
        Column::number("idle"),
        Column::number("free on each"),
        Column::text("verdict"),
    ]);
    table.caption = Some("What each pool could serve alone, and what is left over of it".to_owned());
    let mut row = |at: usize, name: &str, memory: &MemoryAnswer, layout: PoolLayout| {
        let served =
            |text: &dyn Fn(&PoolService) -> String| pools.service.as_ref().map_or_else(String::new, text);
        table.row([
            name.to_owned(),
            layout.to_string(),
            layout.accelerators().to_string(),
            served(&|service| format!("{:.2}", service.matched.rates[at])),
            served(&|service| format!("{:.0} %", 100.0 * service.idle[at])),
            memory.estimate.rank().free().to_string(),
            memory.verdict.name().replace('_', " "),
        ]);
    };
    row(0, "prefill", &pools.prefill, pools.resolved.prefill.1);
    row(1, "decode", &a.memory, pools.resolved.decode.1);
    table
}

/// How many workers of each kind match, and the split that serves the load best.
fn balance(pools: &Pooled, service: &PoolService) -> String {
    let ratio = format!("{:.2} prefill workers to a decode worker match", service.matched.balance);
    let own = service.service.at_rate.map_or(service.service.request_rate, |at_rate| at_rate.sustained);
    let Some(best) = pools.best.filter(|best| best.rate > own * WORTH) else {
        return match &pools.resolved.place {
            PoolsPlace::Together(all) => {
                format!("{ratio}; no other split of {} serves more", all.accelerators())
            }
            PoolsPlace::Apart(_) => ratio,
        };
    };
    let layouts = [pools.resolved.prefill.1.degrees, pools.resolved.decode.1.degrees];
    let each = |rate: f64| scaled(Frequency::per_s(rate).get());
    format!(
        "{ratio}; --prefill {}x{} --decode {}x{} would serve {} requests/s instead of {}",
        best.prefill,
        layouts[0],
        best.decode,
        layouts[1],
        each(best.rate),
        each(own)
    )
}
