//! What a person reads of a recommendation.

use slipstick_core::{
    basis::Basis,
    units::show::{grouped, scaled},
};

use super::{Candidate, Recommendation, ranking::Ranking};
use crate::view::{Block, Cell, Column, Table, Tone, View};

pub(super) fn view(r: &Recommendation) -> View {
    let mut view = View::new(title(r));
    let load = format!(
        "{} requests in flight, {} tokens in, {} out",
        grouped(r.workload.concurrency()),
        grouped(r.workload.input()),
        grouped(r.workload.output())
    );
    view.pairs([
        ("engine", engines(r)),
        ("load", load),
        ("formats", r.formats.join(", ")),
        ("ranking", format!("{}: {}", r.ranking.name(), r.ranking.meaning())),
    ]);
    if !r.fitting.is_empty() {
        view.push(Block::Table(table(r)));
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
                r.fitting.len(),
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
        Column::text("weights"),
        Column::text("class").priority(2),
        Column::number("params"),
        Column::number("active").priority(3),
        Column::number("need"),
        Column::number("free").priority(3),
        Column::number("most users").priority(4),
    ];
    if r.place.is_known {
        columns.extend([
            Column::number("TTFT").priority(2),
            Column::number("TPOT"),
            Column::number("out tok/s"),
            Column::number("$/1M out").priority(1),
        ]);
    }
    if r.ranking == Ranking::TokenTally {
        columns.push(Column::number("score"));
    }
    columns.push(Column::text("also as").priority(5));
    let mut table = Table::new(columns);
    for (index, candidate) in r.fitting.iter().take(r.limit).enumerate() {
        table.row(row(r, index + 1, candidate));
    }
    table
}

fn row(r: &Recommendation, number: usize, c: &Candidate) -> Vec<Cell> {
    let users =
        if c.max_concurrency >= 1 << 32 { "any".to_owned() } else { scaled(c.max_concurrency as f64) };
    let mut cells: Vec<Cell> = vec![
        number.to_string().into(),
        c.model.as_str().into(),
        c.format.as_str().into(),
        c.class_name().into(),
        scaled(c.parameters as f64).into(),
        scaled(c.active as f64).into(),
        c.need.to_string().into(),
        c.free.to_string().into(),
        users.into(),
    ];
    if r.place.is_known {
        let tone = if c.is_fast(r.tpot_s) { Tone::Plain } else { Tone::Warn };
        let money = c.speed.and_then(|speed| speed.usd_per_million);
        cells.extend([
            c.speed.map_or_else(String::new, |speed| speed.ttft.marked(|time| time.to_string())).into(),
            Cell::toned(c.speed.map_or_else(String::new, |s| s.tpot.marked(|time| time.to_string())), tone),
            c.speed.map_or_else(String::new, |s| s.output_rate.banded(|rate| scaled(rate.get()))).into(),
            money.map_or_else(|| "-".to_owned(), |usd| usd.marked(|usd| format!("{:.3}", usd.get()))).into(),
        ]);
    }
    if r.ranking == Ranking::TokenTally {
        cells.push(c.score.map_or_else(|| "-".to_owned(), |score| format!("{score:.3}")).into());
    }
    cells.push(Cell::toned(c.alternatives.join(", "), Tone::Faint));
    cells
}

fn notes(view: &mut View, r: &Recommendation) {
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
        view.note("~ marks speeds that are assumed: nothing measured on that chip, engine and version stands behind them");
    }
    if !r.place.is_known {
        view.note("no speed and no cost: name the hardware with --on for those");
    }
    for default in r.defaults.iter().filter(|default| default.flag != "--ranking") {
        view.note(default.to_string());
    }
}
