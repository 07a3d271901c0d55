//! What a person reads of a plan.

use slipstick_core::units::{
    Power, Seconds, Usd, UsdPerHour,
    show::{counted, grouped, scaled},
};

use super::{
    Answer, Best,
    infeasible::Relaxed,
    percentiles, pools,
    report::{FrontRow, PlanRow, placed},
    search::Point,
    target::{Demand, Limit},
    widened,
};
use crate::{
    commands::catalogue::staleness,
    report::Estimated,
    resolve::calibration_note,
    view::{Axis, Block, Cell, Column, Measured, Plot, Series, Table, Tone, View, bare},
};

/// Rows of other clouds that are shown to a person.
const MOST_ELSEWHERE: usize = 6;

pub(super) fn view(a: &Answer) -> View {
    let mut view = View::new(title(a));
    if let Some(best) = a.best.first() {
        view.pairs(winner(a, best));
        view.push(Block::Table(bests(a)));
        view.push(Block::Plot(plot(a)));
        if !a.neighbours.is_empty() {
            view.push(Block::Table(losing(a)));
        }
        if a.elsewhere.len() > 1 {
            view.push(Block::Table(elsewhere(a)));
        }
        if let Some(launches) = &best.replica.launches {
            let text = format!("# each of {} replicas\n{}", best.point.replicas, launches.serves);
            view.push(Block::Code { language: "sh", text });
        }
    } else if a.pools.is_some() {
        view.push(Block::Plot(plot(a)));
    } else if a.tried.points.is_empty() {
        if !a.widened.is_empty() {
            view.push(Block::Table(widened::table(&a.widened)));
        }
    } else {
        let alone = "The nearest number for each limit, all others kept; the least change first";
        view.push(Block::Table(relaxed(a, &a.relaxed, alone)));
        if !a.together.is_empty() {
            let all = "The least change of several limits at once, with which a plan holds the load";
            view.push(Block::Table(relaxed(a, &a.together, all)));
        }
    }
    if let Some((plan, _)) = &a.pools {
        pools::show(&mut view, plan, a.best.is_empty());
        if let Some(tried) = pools::tried(a.searched, a.target.objective) {
            view.note(tried);
        }
    }
    notes(&mut view, a);
    view
}

fn place(best: &Best) -> String {
    let cluster = best.replica.memory.resolved.cluster();
    format!("{} x {}", cluster.accelerators(), cluster.accelerator.name)
}

fn title(a: &Answer) -> Cell {
    let Some(best) = a.best.first() else { return title_without(a) };
    let row = PlanRow::from(best);
    let text = format!(
        "{} on {}: {} at {} tokens/s for a user, first token after {}",
        if best.point.replicas > 1.0 {
            format!("{} replicas", best.point.replicas)
        } else {
            "1 replica".to_owned()
        },
        place(best),
        row.usd_per_hour.0,
        row.tokens_per_s_per_user.marked(|rate| scaled(rate.get())),
        row.ttft_s.marked(|time| time.to_string()),
    );
    Cell::toned(text, Tone::Good)
}

/// The title where no replicas keep all limits: separate pools that do, or what keeps everything out.
fn title_without(a: &Answer) -> Cell {
    if let Some((plan, _)) = &a.pools {
        let text = format!(
            "separate pools of {} on {}: {} at {} tokens/s for a user, first token after {}",
            plan.accelerators,
            plan.on,
            plan.usd_per_hour.0,
            scaled(plan.tokens_per_s_per_user.value.get()),
            plan.ttft_s.marked(|time| time.to_string())
        );
        return Cell::toned(text, Tone::Good);
    }
    if a.tried.points.is_empty() {
        return widened::title(&a.widened, a.tried.too_small);
    }
    let what = a.relaxed.first().map_or_else(String::new, |relaxed| {
        let nearest = relaxed.nearest.map(|point| number(relaxed.limit, point.of_limit(relaxed.limit)));
        let nearest = nearest.map_or_else(
            || "no single limit does it alone".to_owned(),
            |nearest| format!("{nearest} would do"),
        );
        format!(": {} {} binds, {nearest}", relaxed.limit.flag(), number(relaxed.limit, relaxed.asked))
    });
    Cell::toned(format!("nothing keeps all limits{what}"), Tone::Bad)
}

fn number(limit: Limit, value: f64) -> String {
    match limit {
        Limit::Ttft | Limit::Tpot | Limit::E2e => Seconds::s(value).to_string(),
        Limit::Budget => UsdPerHour::dollars_per_hour(value).to_string(),
        Limit::Accelerators => format!("{value:.0}"),
        Limit::Power => Power::watts(value).to_string(),
    }
}

fn winner(a: &Answer, best: &Best) -> Vec<(&'static str, Cell)> {
    let row = PlanRow::from(best);
    let time = |time: Seconds| time.to_string();
    let deployment =
        format!("{} as {}, {}, cache {}, {}", place(best), row.quant, row.engine, row.kv_dtype, row.layout);
    let holds = format!(
        "{}; {} in flight on a replica, {:.0} % of its full load",
        load(a.target.demand),
        grouped(row.concurrency),
        100.0 * row.utilisation
    );
    let output = format!(
        "{} tokens/s for a user, {} on each of {} accelerators",
        row.tokens_per_s_per_user.banded(|rate| scaled(rate.get())),
        row.tokens_per_s_per_accelerator.marked(|rate| scaled(rate.get())),
        row.accelerators
    );
    let mut pairs: Vec<(&'static str, Cell)> = vec![
        ("deployment", deployment.into()),
        ("load", holds.into()),
        ("time to first token", row.ttft_s.banded(time).into()),
        ("time per output token", row.tpot_s.banded(time).into()),
    ];
    if !best.percentiles.is_empty() {
        let held: Vec<String> = best.percentiles.iter().map(percentiles::Held::shown).collect();
        pairs.push(("percentiles", held.join("; ").into()));
    }
    pairs.extend(taken_away(best));
    pairs.extend([
        ("output", output.into()),
        ("cost", cost(&row, a.within).into()),
        ("power", power(&row).into()),
    ]);
    pairs
}

fn load(demand: Demand) -> String {
    match demand {
        Demand::Rate { rate, planned } => {
            format!("{:.2} requests/s, planned to {:.0} % of full load", rate.get(), 100.0 * planned)
        }
        Demand::Batch(rate) => format!("a batch at {:.2} requests/s", rate.get()),
        Demand::InFlight(count) => format!("{} in flight", counted(count, "request")),
        Demand::Open => "full load of one replica".to_owned(),
    }
}

/// What interruptions leave of the time.
fn taken_away(best: &Best) -> Option<(&'static str, Cell)> {
    let (by, share) = best.served.filter(|(_, share)| *share < 1.0)?;
    let taken = format!(
        "taken away {} times an hour: a replica serves {:.1} % of the time that is paid for",
        by.per_hour,
        100.0 * share
    );
    Some(("interruptions", taken.into()))
}

fn power(row: &PlanRow) -> String {
    let unknown = || "nobody states what the accelerator draws".to_owned();
    let of = |power: Estimated<Power>| {
        let token = row.joules_per_token.map_or_else(String::new, |energy| {
            format!(", {} an output token", energy.marked(|energy| format!("{:.2} J", energy.get())))
        });
        format!("{}{token}", power.marked(|power| power.to_string()))
    };
    row.power_w.map_or_else(unknown, of)
}

fn cost(row: &PlanRow, within: Option<Seconds>) -> String {
    let of = |cost: Option<Estimated<Usd>>| {
        cost.map_or_else(|| "-".to_owned(), |cost| cost.marked(|usd| usd.to_string()))
    };
    let batch = within.map_or_else(String::new, |time| {
        format!(", {} for the batch", Usd::dollars(row.usd_per_hour.0.get() * time.get() / 3600.0))
    });
    format!(
        "{}{batch}, {} a month; {} a request, {} per 1M input, {} per 1M output tokens",
        row.usd_per_hour.0,
        row.usd_per_month.0,
        of(row.usd_per_request),
        of(row.usd_per_million_input_tokens),
        of(row.usd_per_million_output_tokens)
    )
}

fn bests(a: &Answer) -> Table {
    let mut table = Table::new(vec![
        Column::text("replica"),
        Column::text("weights").priority(3),
        Column::text("engine").priority(4),
        Column::text("layout").priority(5),
        Column::number("replicas"),
        Column::number("in flight").priority(2),
        Column::time("TTFT").priority(1),
        Column::time("TPOT").priority(1),
        Column::number("output tok/s each").priority(2),
        Column::number("$/h"),
        Column::number("$/1M"),
    ]);
    table.caption = Some(format!("The best of each accelerator by {}", a.target.objective.name()));
    for best in &a.best {
        let row = PlanRow::from(best);
        let rate = row.tokens_per_s_per_accelerator.marked(|rate| scaled(rate.get()));
        let token = row.usd_per_million_tokens.map_or_else(|| "-".to_owned(), |usd| usd.marked(bare));
        table.row([
            Cell::from(row.on.clone()),
            row.quant.clone().into(),
            row.engine.clone().into(),
            row.layout.clone().into(),
            row.replicas.to_string().into(),
            grouped(row.concurrency).into(),
            Measured::marked(row.ttft_s).into(),
            Measured::marked(row.tpot_s).into(),
            rate.into(),
            bare(row.usd_per_hour.0).into(),
            token.into(),
        ]);
    }
    table
}

/// Lines of the front that are told apart by name.
const MOST_NAMED: usize = 5;

/// The front, a line for each hardware on it, and the best.
fn plot(a: &Answer) -> Plot {
    let named = |point: &Point| {
        let (on, layout) = placed(&a.tried, point);
        if point.pools.is_some() { format!("{on}, separate pools") } else { format!("{on}, {layout}") }
    };
    let mut series: Vec<Series> = Vec::new();
    for point in &a.front {
        let (name, at) = (named(point), (point.user, point.each));
        let known = series.iter().position(|one| one.label == name);
        let known = known.or_else(|| (series.len() > MOST_NAMED).then_some(MOST_NAMED));
        match known {
            Some(place) => series[place].points.push(at),
            None if series.len() == MOST_NAMED => {
                series.push(Series { label: "others on the front".to_owned(), points: vec![at] });
            }
            None => series.push(Series { label: name, points: vec![at] }),
        }
    }
    if let Some(best) = a.best.first() {
        let (point, label) = (best.point, format!("the best: {}", named(&best.point)));
        series.push(Series { label, points: vec![(point.user, point.each)] });
    }
    Plot {
        caption: "Speed for a user against output of an accelerator: what no other beats in both".to_owned(),
        x: Axis { label: "output tokens/s for a user".to_owned(), log: true },
        y: Axis { label: "output tokens/s of an accelerator".to_owned(), log: true },
        series,
    }
}

fn losing(a: &Answer) -> Table {
    let mut table = Table::new(vec![
        Column::text("replica"),
        Column::text("weights"),
        Column::text("layout").priority(1),
        Column::number("replicas").priority(2),
        Column::text("why it loses"),
    ]);
    table.caption = Some("Other deployments on the same accelerator".to_owned());
    for neighbour in &a.neighbours {
        let row = FrontRow::of(&a.tried, &neighbour.point);
        table.row([row.on, row.quant, row.layout, row.replicas.to_string(), neighbour.why.clone()]);
    }
    table
}

fn elsewhere(a: &Answer) -> Table {
    let mut table = Table::new(vec![
        Column::text("cloud"),
        Column::text("term"),
        Column::number("$/h"),
        Column::number("$/1M"),
        Column::text("offer").priority(1),
    ]);
    table.caption = Some("The best plan at other clouds and under other terms".to_owned());
    for found in a.elsewhere.iter().take(MOST_ELSEWHERE) {
        let source = found.priced.source.clone();
        table.row([
            found.cloud.clone(),
            found.term.to_owned(),
            bare(found.hourly),
            bare(found.token),
            source,
        ]);
    }
    table
}

fn relaxed(a: &Answer, moved: &[Relaxed], caption: &str) -> Table {
    let mut table = Table::new(vec![
        Column::text("limit"),
        Column::number("asked"),
        Column::number("nearest"),
        Column::text("with").priority(1),
    ]);
    table.caption = Some(caption.to_owned());
    for relaxed in moved {
        let (nearest, with) = relaxed.nearest.map_or_else(
            || ("none".to_owned(), "another limit keeps everything out too".to_owned()),
            |point| {
                let (on, layout) = placed(&a.tried, &point);
                let with =
                    format!("{} x {on}, {layout}, {} in flight", point.replicas, grouped(point.in_flight));
                (number(relaxed.limit, point.of_limit(relaxed.limit)), with)
            },
        );
        table.row([relaxed.limit.flag().to_owned(), number(relaxed.limit, relaxed.asked), nearest, with]);
    }
    table
}

fn notes(view: &mut View, a: &Answer) {
    let seconds = a.seconds.map_or_else(String::new, |seconds| format!(" in {}", Seconds::s(seconds)));
    view.note(format!(
        "{} configurations of {} deployments compared{seconds}; {} do not fit, {} cannot be",
        grouped(a.tried.every().count() as u64),
        grouped(a.tried.deployments.len() as u64),
        grouped(a.tried.too_small as u64),
        grouped(a.tried.refused as u64)
    ));
    if let Some(best) = a.best.first() {
        view.note(calibration_note(best.replica.memory.resolved.calibration()));
        if let Some(price) = &best.replica.price {
            let day = price.as_of.as_ref().map(|day| format!(" as of {day}")).unwrap_or_default();
            view.note(format!("price of a replica: {}{day}", price.source));
        }
    }
    for default in &a.defaults {
        view.note(default.to_string());
    }
    if let Some(warning) = staleness(a.best.iter().filter_map(|best| best.replica.price.as_ref()?.age_days)) {
        view.warning(warning);
    }
}
