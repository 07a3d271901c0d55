//! What a person reads of a recommendation.

use slipstick_core::{
    basis::Basis,
    units::show::{grouped, scaled},
};

use super::{Candidate, Recommendation, plot::plot, ranking::Ranking};
use crate::{
    commands::compare::ASSUMED_SPEEDS,
    view::{Block, Cell, Column, Measured, Table, Tone, View},
};

pub(super) fn view(r: &Recommendation) -> View {
    let mut view = View::new(title(r));
    let load = format!(
        "{} in flight, {} tokens in, {} out",
        slipstick_core::units::show::counted(r.workload.concurrency(), "request"),
        grouped(r.workload.input()),
        grouped(r.workload.output())
    );
    let place = if r.is_here { "this machine" } else { "hardware" };
    if r.place.is_known {
        view.pairs([(place, r.place.described())]);
    }
    view.pairs([
        ("engine", engines(r)),
        ("load", load),
        ("formats", r.formats.join(", ")),
        ("ranking", format!("{}: {}", r.ranking.name(), r.ranking.meaning())),
    ]);
    if !r.fitting.is_empty() {
        view.push(Block::Table(table(r)));
        if let Some(plot) = plot(r) {
            view.push(Block::Plot(plot));
        }
        view.heading("Why");
        view.pairs(
            r.fitting.iter().take(r.limit.min(3)).map(|best| (best.model.as_str(), best.reasons.join("; "))),
        );
    }
    notes(&mut view, r);
    view
}

/// The engine, or which formats each is for where the formats of the weights imply several.
fn engines(r: &Recommendation) -> String {
    let mut all: Vec<(&str, Vec<&str>)> = Vec::new();
    for Candidate { engine, format, .. } in &r.fitting {
        match all.iter_mut().find(|(known, _)| known == engine) {
            Some((_, formats)) if formats.contains(&format.as_str()) => {}
            Some((_, formats)) => formats.push(format),
            None => all.push((engine, vec![format])),
        }
    }
    match all.as_slice() {
        [] => r.place.engine.clone(),
        [(only, _)] => (*only).to_owned(),
        several => {
            let each = several.iter().map(|(engine, formats)| format!("{engine} for {}", formats.join(", ")));
            each.collect::<Vec<_>>().join("; ")
        }
    }
}

fn title(r: &Recommendation) -> Cell {
    let place = r.place.name();
    match r.fitting.first() {
        Some(best) => Cell::toned(
            format!(
                "{} of {} models fit on {place}: first {} as {}",
                r.fits(),
                r.models,
                best.model,
                best.format
            ),
            Tone::Good,
        ),
        None => Cell::toned(format!("none of {} models fits on {place}", r.models), Tone::Bad),
    }
}

fn table(r: &Recommendation) -> Table {
    let mut columns = vec![
        Column::number("#"),
        Column::text("model"),
        Column::number("rating"),
        Column::text("weights"),
        Column::number("params").priority(1),
        Column::number("active").priority(3),
        Column::size("need"),
        Column::size("free").priority(3),
        Column::number("most in flight").priority(4),
    ];
    if r.place.is_known {
        columns.extend([
            Column::time("TTFT").priority(2),
            Column::time("TPOT"),
            Column::number("output tok/s").priority(1),
            Column::number("$/1M out"),
        ]);
    }
    if r.ranking == Ranking::TokenTally {
        columns.push(Column::number("score"));
    }
    columns.extend([
        Column::text("licence").priority(4),
        Column::text("released").priority(4),
        Column::text("also as").priority(5),
    ]);
    let mut table = Table::new(columns);
    for (index, candidate) in r.fitting.iter().take(r.limit).enumerate() {
        table.row(row(r, index + 1, candidate));
    }
    table
}

fn row(r: &Recommendation, number: usize, c: &Candidate) -> Vec<Cell> {
    let users =
        if c.max_concurrency >= 1 << 32 { "any".to_owned() } else { scaled(c.max_concurrency as f64) };
    let others = if c.others.is_empty() { String::new() } else { format!(" +{}", c.others.len()) };
    let front = if c.is_on_front { "*" } else { "" };
    let rating = c.rated().map_or_else(
        || Cell::toned("-", Tone::Faint),
        |rated| rated.banded(|rating| format!("{rating:.0}")).into(),
    );
    let mut cells: Vec<Cell> = vec![
        format!("{number}{front}").into(),
        format!("{}{others}", c.model).into(),
        rating,
        c.format.as_str().into(),
        scaled(c.parameters as f64).into(),
        scaled(c.active as f64).into(),
        Measured::of(c.need).into(),
        Measured::of(c.free).into(),
        users.into(),
    ];
    if r.place.is_known {
        let tone = if c.is_fast(r.tpot_s) { Tone::Plain } else { Tone::Warn };
        let money = c.speed.and_then(|speed| speed.usd_per_million);
        cells.extend([
            c.speed.map(|speed| Measured::marked(speed.ttft).into()).unwrap_or_default(),
            c.speed.map(|speed| Cell::from(Measured::marked(speed.tpot))).unwrap_or_default().in_tone(tone),
            c.speed.map_or_else(String::new, |s| s.output_rate.banded(|rate| scaled(rate.get()))).into(),
            money.map_or_else(|| "-".to_owned(), |usd| usd.marked(|usd| format!("{:.3}", usd.get()))).into(),
        ]);
    }
    if r.ranking == Ranking::TokenTally {
        cells.push(c.score.map_or_else(|| "-".to_owned(), |score| format!("{score:.3}")).into());
    }
    cells.push(c.licence.clone().unwrap_or_else(|| "-".to_owned()).into());
    cells.push(c.released.clone().unwrap_or_else(|| "-".to_owned()).into());
    cells.push(Cell::toned(c.alternatives.join(", "), Tone::Faint));
    cells
}

/// What the ratings are, and which rows stand for several models.
fn about_ratings(view: &mut View, r: &Recommendation) {
    let rated = r.fitting.iter().filter_map(|candidate| candidate.rating.as_ref());
    let mut boards: Vec<String> = rated
        .map(|rating| {
            format!("{} as of {} ({})", rating.board, rating.as_of, rating.origin.sources.join(" "))
        })
        .collect();
    boards.dedup();
    let unrated = r.fitting.iter().filter(|candidate| candidate.rating.is_none()).count();
    if !boards.is_empty() {
        view.note(format!(
            "ratings are of the published weights, with their 95 % intervals: {}; {unrated} rows are rated by nobody there",
            boards.join(", ")
        ));
    }
    if r.fitting.iter().take(r.limit).any(|candidate| !candidate.others.is_empty()) {
        view.note("+N counts other models of the same architecture and size, which need and take the same; --json names them");
    }
}

fn notes(view: &mut View, r: &Recommendation) {
    about_ratings(view, r);
    if r.fitting.len() > r.limit {
        view.note(format!("{} more fit; --limit shows more", r.fitting.len() - r.limit));
    }
    if r.left_out > 0 {
        view.note(format!(
            "{} models for other uses than {} are left out: --use base, code, .. or any ranks those",
            r.left_out,
            r.made_for.name()
        ));
    }
    if !r.too_large.is_empty() {
        let nearest: Vec<String> = r
            .too_large
            .iter()
            .take(3)
            .map(|(model, format, missing)| format!("{model} as {format} lacks {missing}"))
            .collect();
        view.note(format!("{} are too large, the nearest: {}", r.too_large.len(), nearest.join(", ")));
    }
    if !r.refused.is_empty() {
        let (model, why) = &r.refused[0];
        view.note(format!("{} cannot run here, such as {model}: {why}", r.refused.len()));
    }
    let assumed = |c: &Candidate| c.speed.is_some_and(|speed| speed.tpot.basis == Basis::Assumed);
    if r.fitting.iter().take(r.limit).any(assumed) {
        view.note(ASSUMED_SPEEDS);
    }
    if !r.place.is_known {
        view.note("no speed and no cost: name the hardware with --on for those");
    }
    for default in r.defaults.iter().filter(|default| default.flag != "--ranking") {
        view.note(default.to_string());
    }
}
