//! Where nothing that is offered holds the model: what would, if one restriction less were asked for.

use std::sync::Arc;

use slipstick_core::units::show::grouped;

use super::{
    PlanRequest,
    neighbours::by_excess,
    report::FrontRow,
    search::{self, Point, Tried},
    space,
    target::Target,
};
use crate::{
    commands::supply,
    resolve::{self, ResolvedModel, Resolver},
    view::{Cell, Column, Table, Tone, bare},
};

/// A restriction that keeps every plan out by itself, and the best plan without it.
pub(super) struct Widened {
    /// The flag that restricts.
    pub(super) flag: &'static str,
    /// Whether that plan keeps every other limit.
    pub(super) keeps: bool,
    point: Point,
    tried: Tried,
}

/// Each restriction without which a plan can be, those first whose plans keep all limits, then the best.
pub(super) fn widened(
    request: &PlanRequest,
    target: &Target,
    model: &Arc<ResolvedModel>,
    resolver: &Resolver<'_>,
) -> Vec<Widened> {
    let mut found: Vec<Widened> = without(request, resolver)
        .into_iter()
        .filter_map(|(flag, wider)| Widened::of(flag, &wider, target, model, resolver))
        .collect();
    found.sort_by(|a, b| b.keeps.cmp(&a.keeps).then_with(|| a.point.order(&b.point, target.objective)));
    found
}

/// The request without each of its restrictions, and with narrower formats than were tried.
fn without(request: &PlanRequest, resolver: &Resolver<'_>) -> Vec<(&'static str, PlanRequest)> {
    let with = |change: &dyn Fn(&mut PlanRequest)| {
        let mut wider = request.clone();
        change(&mut wider);
        wider
    };
    let narrower = narrower(request, resolver);
    let all = [
        (!request.on.is_empty(), "--on", with(&|wider| wider.on.clear())),
        (!request.exclude.is_empty(), "--exclude", with(&|wider| wider.exclude.clear())),
        (!request.engines.is_empty(), "--engines", with(&|wider| wider.engines.clear())),
        (!request.cloud.is_empty(), "--cloud", with(&|wider| wider.cloud.clear())),
        (request.region.is_some(), "--region", with(&|wider| wider.region = None)),
        (!request.term.is_empty(), "--term", with(&|wider| wider.term.clear())),
        (!narrower.is_empty(), "--quant", with(&|wider| wider.quant.clone_from(&narrower))),
    ];
    all.into_iter().filter(|(asked, ..)| *asked).map(|(_, flag, wider)| (flag, wider)).collect()
}

/// Formats that are usual under the engine and were not tried.
fn narrower(request: &PlanRequest, resolver: &Resolver<'_>) -> Vec<String> {
    let on = request.on.first().cloned().or_else(|| supply::listed(resolver.catalog()).into_iter().next());
    let Some(Ok(cluster)) = on.map(|on| resolver.cluster(&on)) else { return Vec::new() };
    let stated = request.engines.first().map(String::as_str);
    let engine = resolve::engine(stated, None, &cluster, resolver.catalog(), &mut Vec::new());
    let tried = space::formats(request);
    let usual = engine.iter().flat_map(|engine| engine.profile.formats().weights.iter().copied());
    usual.filter(|name| !tried.iter().any(|known| known == name)).map(str::to_owned).collect()
}

impl Widened {
    fn of(
        flag: &'static str,
        request: &PlanRequest,
        target: &Target,
        model: &Arc<ResolvedModel>,
        resolver: &Resolver<'_>,
    ) -> Option<Self> {
        let tried = search::of(request, target, model, resolver).ok()?;
        let kept = tried.kept(target).into_iter().next();
        let nearest = || tried.every().min_by(|a, b| by_excess(a, b, target)).copied();
        let point = kept.or_else(nearest)?;
        Some(Self { flag, keeps: kept.is_some(), point, tried })
    }

    /// The plan in brief.
    pub(super) fn row(&self) -> FrontRow {
        FrontRow::of(&self.tried, &self.point)
    }

    /// What would be said in place of the restriction, and what that costs.
    fn shown(&self) -> String {
        let row = self.row();
        let said = if self.flag == "--quant" { format!(" as {}", row.quant) } else { String::new() };
        format!("{} x {}{said} at {}", row.replicas, row.on, self.point.hourly)
    }
}

/// What keeps everything out, and the best way round it.
pub(super) fn title(all: &[Widened], too_small: usize) -> Cell {
    let why = if too_small > 0 { "holds the model" } else { "has a price" };
    let best = all.iter().find(|found| found.keeps);
    let would = best.map_or_else(String::new, |best| {
        let change = if best.flag == "--quant" { "other" } else { "without" };
        format!(": {change} {} {} would do", best.flag, best.shown())
    });
    Cell::toned(format!("nothing that is offered here {why}{would}"), Tone::Bad)
}

/// Every restriction, and the best plan without it.
pub(super) fn table(all: &[Widened]) -> Table {
    let mut table = Table::new(vec![
        Column::text("change"),
        Column::text("replica"),
        Column::text("weights"),
        Column::number("replicas"),
        Column::number("in flight").priority(1),
        Column::number("$/h"),
        Column::text("other limits").priority(2),
    ]);
    table.caption = Some("What would hold it, each by itself".to_owned());
    for found in all {
        let row = found.row();
        let change = if found.flag == "--quant" {
            format!("--quant {}", row.quant)
        } else {
            format!("without {}", found.flag)
        };
        table.row([
            change,
            row.on,
            row.quant,
            row.replicas.to_string(),
            grouped(row.concurrency),
            bare(found.point.hourly),
            if found.keeps { "kept" } else { "missed" }.to_owned(),
        ]);
    }
    table
}
