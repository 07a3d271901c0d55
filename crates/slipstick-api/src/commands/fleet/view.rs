//! What a person reads of a fleet.

use slipstick_core::units::{UsdPerHour, show::scaled};

use super::{Answer, FleetClass, FleetReport, FleetType};
use crate::view::{Block, Cell, Column, Table, Tone, View, bare};

pub(super) fn view(a: &Answer) -> View {
    let report = FleetReport::of(a);
    let mut view = View::new(title(&report));
    view.pairs(proof(&report));
    view.push(Block::Table(types(&report)));
    view.push(Block::Table(classes(&report, a)));
    notes(&mut view, &report, a);
    view
}

fn usd(price: UsdPerHour) -> String {
    price.to_string()
}

fn title(report: &FleetReport) -> Cell {
    let Some(price) = report.usd_per_hour else {
        return Cell::toned("no mix of these types serves every class within its targets", Tone::Bad);
    };
    let parts = report.types.iter().filter(|kind| kind.deployments > 0);
    let parts: Vec<String> = parts.map(|kind| format!("{} of {}", kind.deployments, kind.on)).collect();
    Cell::toned(format!("{} for {}", usd(price.0), parts.join(", ")), Tone::Good)
}

/// How sure it is that nothing costs less.
fn proof(report: &FleetReport) -> Vec<(&'static str, Cell)> {
    let (Some(gap), Some(bound), Some(relaxed)) =
        (report.gap, report.bound_usd_per_hour, report.relaxed_usd_per_hour)
    else {
        return Vec::new();
    };
    let cheapest = if gap > 0.0 {
        format!("no mix costs less than {}: at most {:.1} % of the cost too much", usd(bound.0), 100.0 * gap)
    } else {
        "no mix costs less".to_owned()
    };
    let parted = format!("{} if deployments could be parted", usd(relaxed.0));
    let alone =
        report.types.iter().filter_map(|kind| kind.alone_usd_per_hour.map(|price| (price.0, &kind.on)));
    let alone = alone.min_by(|a, b| a.0.get().total_cmp(&b.0.get()));
    let alone = alone.map(|(price, on)| format!("{} on {on} alone", usd(price)));
    let mut pairs: Vec<(&'static str, Cell)> = vec![("proof", cheapest.into()), ("bound", parted.into())];
    pairs.push((
        "one type",
        alone.unwrap_or_else(|| "none of them serves everything alone".to_owned()).into(),
    ));
    pairs
}

fn types(report: &FleetReport) -> Table {
    let mut table = Table::new(vec![
        Column::text("type"),
        Column::number("deployments"),
        Column::number("$/h each"),
        Column::number("load"),
        Column::number("load, mixed"),
        Column::number("$/h alone").priority(1),
        Column::text("price from").priority(3),
    ]);
    for kind in &report.types {
        table.row(row(kind));
    }
    table
}

fn row(kind: &FleetType) -> Vec<Cell> {
    let most = kind.most.map_or_else(String::new, |most| format!(" of {most}"));
    vec![
        kind.on.as_str().into(),
        format!("{}{most}", kind.deployments).into(),
        bare(kind.usd_per_hour.0).into(),
        format!("{:.2}", kind.load).into(),
        kind.mixed_load.map_or_else(|| "-".to_owned(), |load| format!("{load:.2}")).into(),
        kind.alone_usd_per_hour.map_or_else(|| "-".to_owned(), |price| bare(price.0)).into(),
        kind.price_source.as_str().into(),
    ]
}

fn classes(report: &FleetReport, a: &Answer) -> Table {
    let mut table = Table::new(vec![
        Column::text("class"),
        Column::number("requests/s"),
        Column::text("sent to"),
        Column::text("one answers a second").priority(1),
    ]);
    for (place, class) in report.classes.iter().enumerate() {
        let each = a
            .spec
            .kinds
            .iter()
            .zip(&a.kinds)
            .map(|(kind, known)| format!("{} {}", kind.on, scaled(known.rates[place])));
        table.row([
            Cell::from(class.name.as_str()),
            scaled(class.requests_per_s.0.get()).into(),
            sent(class).into(),
            each.collect::<Vec<_>>().join(", ").into(),
        ]);
    }
    table
}

fn sent(class: &FleetClass) -> String {
    let sent = class.sent.iter().map(|part| format!("{:.1} % {}", 100.0 * part.share, part.on));
    sent.collect::<Vec<_>>().join(", ")
}

fn notes(view: &mut View, report: &FleetReport, a: &Answer) {
    for class in report
        .classes
        .iter()
        .enumerate()
        .filter(|(place, _)| a.kinds.iter().all(|kind| kind.rates[*place] <= 0.0))
    {
        view.note(format!("no type answers a request of {} within its targets", class.1.name));
    }
    if report.types.iter().any(|kind| kind.mixed_load.is_some()) {
        view.note(
            "load is each class by itself; mixed is one estimate of requests of the mean lengths within the tightest targets: \
             where it is above the deployments, classes that share them are too slow",
        );
    }
    for default in &a.defaults {
        view.note(default.to_string());
    }
}
