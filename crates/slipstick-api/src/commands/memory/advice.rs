//! What would make a deployment fit, and the fewest accelerators that hold it.

mod choices;
mod suggestion;

use slipstick_core::{
    basis::Basis,
    estimate::{
        Verdict,
        memory::{Choices, OtherAccelerator},
    },
    formulas::memory::static_pool::left_over,
    plan::Plan,
    units::show::grouped,
};

use super::{Advice, AdvisedChange, FewestAccelerators, MemoryAnswer};
use crate::{
    ApiError, Provenance,
    provenance::Entry,
    view::{Block, Cell, Column, Measured, Table, View},
};
pub(crate) use choices::Market;
use choices::{cache_formats, most, others, unit_price, weight_formats, widest};
pub(crate) use suggestion::Typed;
use suggestion::{Place, Suggestion, layout_flags};

/// What to change, the mildest and cheapest first, and how few accelerators would do.
pub(crate) struct Advised {
    changes: Vec<Suggestion>,
    fewest: Option<Fewest>,
    most: u64,
}

struct Fewest {
    count: u64,
    plan: Plan,
    flags: String,
}

impl Advised {
    /// Advice on an answer; changes are only looked for where it does not fit.
    ///
    /// # Errors
    /// If a format of the lists is not known.
    pub(crate) fn on(a: &MemoryAnswer, typed: Typed<'_>, market: Market<'_>) -> Result<Self, ApiError> {
        let resolved = &a.resolved;
        let place = Place::new(resolved, typed, market.catalog);
        let (most, widest) = (most(resolved), widest(resolved));
        let memory = resolved.memory_model();
        let found = memory.fewest_accelerators(&a.workload, most, widest);
        let fewest = found.map(|found| Fewest {
            count: found.count,
            plan: found.plan,
            flags: format!("{}{}", place.on(found.count), layout_flags(found.plan, resolved.plan())),
        });
        let changes = if a.verdict == Verdict::Holds { Vec::new() } else { changes(a, &place, market)? };
        Ok(Self { changes, fewest, most })
    }

    /// Its part of the report.
    pub(crate) fn report(&self) -> Advice {
        Advice {
            changes: self.changes.iter().map(AdvisedChange::from).collect(),
            fewest_accelerators: self.fewest.as_ref().map(|fewest| FewestAccelerators {
                count: fewest.count,
                plan: fewest.plan.into(),
                flags: fewest.flags.clone(),
            }),
            most_accelerators_tried: self.most,
        }
    }

    /// Adds it to what a person reads.
    pub(crate) fn add(&self, view: &mut View, a: &MemoryAnswer) {
        if a.verdict != Verdict::Holds {
            view.push(Block::Table(self.table()));
        }
        let text = match &self.fewest {
            Some(fewest) => {
                let plural = if fewest.count == 1 { "" } else { "s" };
                format!("{} accelerator{plural} of this kind: {}", fewest.count, fewest.flags)
            }
            None => format!("more than {} accelerators of this kind", grouped(self.most)),
        };
        view.pairs([("fewest that hold it", text)]);
    }

    fn table(&self) -> Table {
        let mut table = Table::new(vec![
            Column::text("change"),
            Column::text("type"),
            Column::size("free on each").priority(1),
            Column::number("$/h").priority(2),
        ]);
        table.caption = Some("What would make it fit".to_owned());
        for change in &self.changes {
            let price = change.price.map(|price| format!("{:.2}", price.get())).unwrap_or_default();
            let free = Measured::of(change.free).into();
            table.row([Cell::from(change.what.clone()), change.flags.clone().into(), free, price.into()]);
        }
        if self.changes.is_empty() {
            table.row(["nothing that was tried"]);
        }
        table
    }

    /// Where its numbers come from.
    pub(crate) fn record(&self, a: &MemoryAnswer, provenance: &mut Provenance) {
        let basis = a.estimate.rank().total().basis;
        for (index, change) in self.changes.iter().enumerate() {
            let at = format!("/advice/changes/{index}");
            let total = Entry::fact("everything on one accelerator after the change", "B", basis, SAME_SUM);
            provenance.record(format!("{at}/total_bytes"), total);
            let free = Entry::of(&left_over::FORMULA, "B", Basis::Exact)
                .input("M", change.capacity.get(), "B", Basis::Measured, "catalogue")
                .from_pointer("W", change.total.get(), "B", format!("{at}/total_bytes"));
            provenance.record(format!("{at}/free_bytes"), free);
            let count = Entry::fact(
                "accelerators after the change",
                "accelerators",
                Basis::Exact,
                "the change itself",
            );
            provenance.record(format!("{at}/accelerators"), count);
            if change.price.is_some() {
                let price = Entry::fact(
                    "price of all accelerators",
                    "USD/h",
                    Basis::Specified,
                    "cheapest offer of the catalogue",
                );
                provenance.record(format!("{at}/usd_per_hour"), price);
            }
        }
        let tried = "/advice/most_accelerators_tried";
        let most = "eight nodes, or domains, of such accelerators";
        provenance.record(tried, Entry::fact("most accelerators tried", "accelerators", Basis::Exact, most));
        if self.fewest.is_some() {
            let name = "fewest accelerators of this kind that hold the workload";
            let entry = Entry::fact(name, "accelerators", basis, FEWEST);
            provenance.record("/advice/fewest_accelerators/count", entry);
        }
    }
}

/// The sum that an answer is, asked again.
const SAME_SUM: &str = "the same sums, asked with the change made";

/// The smallest count that fits.
const FEWEST: &str =
    "the smallest count that servers come with for which the same sums fit under some layout";

fn changes(a: &MemoryAnswer, place: &Place<'_>, market: Market<'_>) -> Result<Vec<Suggestion>, ApiError> {
    let resolved = &a.resolved;
    let entries = others(resolved, market.catalog);
    let others: Vec<OtherAccelerator<'_>> = entries
        .iter()
        .map(|entry| OtherAccelerator {
            accelerator: &entry.accelerator,
            price: unit_price(&entry.accelerator.id, resolved.cluster(), market),
        })
        .collect();
    let choices = Choices {
        cache_formats: &cache_formats(resolved, market.catalog)?,
        weight_formats: &weight_formats(resolved, market.catalog)?,
        most_accelerators: most(resolved),
        widest_tensor: widest(resolved),
        others: &others,
    };
    let memory = resolved.memory_model();
    let found = memory.changes(&a.workload, &choices);
    let mut changes: Vec<Suggestion> =
        found.iter().filter_map(|advice| Suggestion::of(advice, resolved, place, market)).collect();
    // What is done on the same accelerators costs nothing more; of the rest the cheapest goes first.
    changes.sort_by(|x, y| x.extra_cost().total_cmp(&y.extra_cost()));
    Ok(changes)
}
