//! Records of hours and money: what `slipstick train` and `slipstick estimate` say, and what follows from it.

use slipstick_core::{
    basis::Basis,
    formulas::{
        parts::total,
        training::budget::{
            hours_of_money, hours_of_work, price_of_hours, price_of_one, price_of_tokens, saving,
            share_of_peak, time_of_hours, tokens_at_training_price, tokens_per_parameter, training_work,
            useful_rate, work_of_hours,
        },
    },
};
use slipstick_methods::scaling::parametric::lifetime_flops;

use super::{
    super::{
        lifetime::{Bill, Lifetime},
        place::Rate,
        question::Budget,
    },
    Records, Term, asked, at, sure,
};
use crate::provenance::Entry;

/// Where a rate stands: numbers of it that are in no document have places of their own below.
fn trained(rate: &Rate) -> String {
    format!("slipstick train: {} on {} x {}", rate.model, rate.accelerators, rate.accelerator)
}

impl Records<'_> {
    pub(super) fn hours(&self) -> Term {
        let hours = self.a.spend.as_ref().map_or(0.0, |spend| spend.hours);
        at(hours, "h", "/run/accelerator_hours")
    }

    pub(super) fn each(&self) -> Term {
        let each = self.a.training.rate.as_ref().map_or(0.0, |rate| rate.each.get());
        at(each, "FLOP/s", "/run/flops_per_s_per_accelerator")
    }

    pub(super) fn run(&mut self) {
        let Some(rate) = self.a.training.rate.clone() else { return };
        self.rate("/run", &rate);
        let peak = Term::Said(
            rate.peak.get(),
            "FLOP/s",
            Basis::Specified,
            format!("catalogue: {}", rate.accelerator),
        );
        let terms = vec![self.each(), at(rate.goodput, "", "/run/goodput"), peak];
        self.formula("/run/mfu", &share_of_peak::FORMULA, "", terms);
        self.spent(&rate);
        let terms = vec![self.hours(), at(rate.accelerators as f64, "accelerators", "/run/accelerators")];
        self.formula("/run/time_s", &time_of_hours::FORMULA, "s", terms);
        if rate.price.is_some() {
            let terms = vec![self.hours(), one(&rate, "/run")];
            self.formula("/run/usd", &price_of_hours::FORMULA, "USD", terms);
        }
    }

    /// Hours: those of the budget, those that its money rents, or those that the work takes.
    fn spent(&mut self, rate: &Rate) {
        let hours = "/run/accelerator_hours";
        match self.a.asked.budget() {
            Some(Budget::Hours(_)) => self.stated(hours, "hours as asked", "h", Basis::Exact, "request"),
            Some(Budget::Money(money)) => {
                let terms = vec![asked(money.get(), "USD"), one(rate, "/run")];
                self.formula(hours, &hours_of_money::FORMULA, "h", terms);
            }
            Some(Budget::Work(_)) | None => {
                let terms = vec![self.flops(), self.each()];
                self.formula(hours, &hours_of_work::FORMULA, "h", terms);
            }
        }
        if self.a.spend.as_ref().is_some_and(|spend| spend.stated) {
            let terms = vec![self.hours(), self.each()];
            self.formula("/run/work_flops", &work_of_hours::FORMULA, "FLOP", terms);
        }
    }

    /// What training does at a size, below a pointer.
    fn rate(&mut self, place: &str, rate: &Rate) {
        let of = |field: &str| format!("{place}/{field}");
        let (source, exact) = (trained(rate), Basis::Exact);
        let (size, count) = (rate.parameters as f64, rate.accelerators as f64);
        let facts = [
            (
                "model_parameters",
                "parameters of the model that times are those of",
                "parameters",
                size,
                exact,
            ),
            ("accelerators", "accelerators", "accelerators", count, exact),
            ("tokens_per_s", "tokens a second in training", "1/s", rate.tokens_per_s, rate.basis),
            ("goodput", "useful share of the time", "", rate.goodput, Basis::Assumed),
        ];
        for (field, name, unit, value, basis) in facts {
            self.value(&of(field), Entry::fact(name, unit, basis, &source), value);
        }
        let terms = vec![
            at(size, "parameters", of("model_parameters")),
            at(rate.tokens_per_s, "1/s", of("tokens_per_s")),
            at(rate.goodput, "", of("goodput")),
            at(count, "accelerators", of("accelerators")),
        ];
        let pointer = of("flops_per_s_per_accelerator");
        self.computed(&pointer, &useful_rate::FORMULA, "FLOP/s", terms, Some(rate.each.get()));
        self.rent(place, rate);
    }

    /// The price of its accelerators, all and one.
    fn rent(&mut self, place: &str, rate: &Rate) {
        let (Some(all), Some(each)) = (rate.price, rate.price_of_one()) else { return };
        let source = rate.price_source.clone().unwrap_or_default();
        let whole = format!("{place}/usd_per_hour");
        let name = "price of all accelerators an hour";
        self.value(&whole, Entry::fact(name, "USD/h", Basis::Specified, source), all.get());
        let count = at(rate.accelerators as f64, "accelerators", format!("{place}/accelerators"));
        let (terms, pointer) =
            (vec![at(all.get(), "USD/h", whole), count], format!("{place}/usd_per_hour_of_one"));
        self.computed(&pointer, &price_of_one::FORMULA, "USD/h", terms, Some(each.get()));
    }

    /// A number that somebody says, which may stand nowhere in the document.
    fn value(&mut self, pointer: &str, mut entry: Entry, value: f64) {
        entry.value = Some(value.into());
        self.put(pointer, entry);
    }

    pub(super) fn lifetime(&mut self) {
        let Some(life) = self.a.lifetime.clone() else { return };
        self.stated(
            "/lifetime/inference_tokens",
            "tokens served, as asked",
            "tokens",
            Basis::Exact,
            "request",
        );
        self.weighed(&life);
        self.size_for_life(&life);
        let served = || at(life.inference_tokens, "tokens", "/lifetime/inference_tokens");
        let own = vec![
            at(life.parameters, "parameters", "/lifetime/parameters"),
            at(life.tokens, "tokens", "/lifetime/tokens"),
            served(),
        ];
        self.formula("/lifetime/flops", &lifetime_flops::FORMULA, "FLOP", own);
        let base = vec![self.parameters(), self.tokens(), served()];
        self.formula("/lifetime/replaced_flops", &lifetime_flops::FORMULA, "FLOP", base);
        let terms = vec![
            at(life.flops, "FLOP", "/lifetime/flops"),
            at(life.base_flops, "FLOP", "/lifetime/replaced_flops"),
        ];
        self.formula("/lifetime/saving", &saving::FORMULA, "", terms);
        if let Some(money) = &life.money {
            let own = (
                at(life.parameters, "parameters", "/lifetime/parameters"),
                at(life.tokens, "tokens", "/lifetime/tokens"),
            );
            self.bill("/lifetime/bill", &money.own, own, life.inference_tokens);
            let base = (self.parameters(), self.tokens());
            self.bill("/lifetime/replaced_bill", &money.base, base, life.inference_tokens);
            let terms = vec![
                at(money.own.total().get(), "USD", "/lifetime/bill/usd"),
                at(money.base.total().get(), "USD", "/lifetime/replaced_bill/usd"),
            ];
            self.formula("/lifetime/usd_saving", &saving::FORMULA, "", terms);
        }
    }

    /// What the served tokens count in training, by what both cost.
    fn weighed(&mut self, life: &Lifetime) {
        let Some((_, prices)) = &life.weighed else { return };
        let Some(one) = prices.rate.price_of_one() else { return };
        let estimate = format!("slipstick estimate: {} on {}", prices.rate.model, prices.served_on);
        let source = trained(&prices.rate);
        let terms = vec![
            at(life.inference_tokens, "tokens", "/lifetime/inference_tokens"),
            Term::Said(prices.per_million.get() / 1e6, "USD", Basis::Fitted, estimate),
            Term::Said(prices.rate.parameters as f64, "parameters", Basis::Exact, source.clone()),
            Term::Said(
                one.get(),
                "USD/h",
                Basis::Specified,
                prices.rate.price_source.clone().unwrap_or_default(),
            ),
            Term::Said(prices.rate.each.get(), "FLOP/s", prices.rate.basis, source),
        ];
        self.formula("/lifetime/weighed_tokens", &tokens_at_training_price::FORMULA, "tokens", terms);
    }

    fn size_for_life(&mut self, life: &Lifetime) {
        let (a, law) = (self.a, &self.a.law);
        let basis = sure(law.outside(life.parameters, life.tokens).as_ref());
        let loss = || at(a.training.loss.unwrap_or_default(), "nat/token", "/loss");
        let served = match &life.weighed {
            Some((tokens, _)) => at(*tokens, "tokens", "/lifetime/weighed_tokens"),
            None => at(life.inference_tokens, "tokens", "/lifetime/inference_tokens"),
        };
        let given = [("target_loss", loss()), ("inference_tokens", served)];
        self.law("/lifetime/tokens", law, "lifetime_tokens", &given, basis);
        let [_, (key, served)] = given;
        let given = [
            ("target_loss", loss()),
            (key, served),
            ("lifetime_tokens", at(life.tokens, "tokens", "/lifetime/tokens")),
        ];
        self.law("/lifetime/parameters", law, "lifetime_parameters", &given, basis);
        let terms = vec![
            at(life.tokens, "tokens", "/lifetime/tokens"),
            at(life.parameters, "parameters", "/lifetime/parameters"),
        ];
        self.formula("/lifetime/tokens_per_parameter", &tokens_per_parameter::FORMULA, "", terms);
    }

    fn bill(&mut self, place: &str, bill: &Bill, (parameters, tokens): (Term, Term), served: f64) {
        let of = |field: &str| format!("{place}/{field}");
        let training = of("training");
        self.rate(&training, &bill.rate);
        let (n, d) = match (&parameters, &tokens) {
            (Term::At(n, ..) | Term::Said(n, ..), Term::At(d, ..) | Term::Said(d, ..)) => (*n, *d),
        };
        let work = training_work(n, d).get();
        let pointer = format!("{training}/flops");
        self.computed(&pointer, &training_work::FORMULA, "FLOP", vec![parameters, tokens], Some(work));
        let terms = vec![
            at(work, "FLOP", pointer),
            at(bill.rate.each.get(), "FLOP/s", format!("{training}/flops_per_s_per_accelerator")),
        ];
        let pointer = format!("{training}/accelerator_hours");
        self.computed(&pointer, &hours_of_work::FORMULA, "h", terms, Some(bill.hours));
        let terms = vec![at(bill.hours, "h", pointer), one(&bill.rate, &training)];
        self.formula(&of("training_usd"), &price_of_hours::FORMULA, "USD", terms);
        let estimate = format!("slipstick estimate: {} on {}", bill.rate.model, bill.served_on);
        let price = bill.per_million.get();
        let said = Entry::fact("price of a million tokens served", "USD", Basis::Fitted, estimate);
        self.value(&of("usd_per_million_tokens"), said, price);
        let terms = vec![
            at(served, "tokens", "/lifetime/inference_tokens"),
            at(price, "USD", of("usd_per_million_tokens")),
        ];
        self.formula(&of("serving_usd"), &price_of_tokens::FORMULA, "USD", terms);
        let sum = Entry::of(&total::FORMULA, "USD", Basis::Exact)
            .from_pointer("training", bill.training.get(), "USD", of("training_usd"))
            .from_pointer("serving", bill.serving.get(), "USD", of("serving_usd"));
        self.put(&of("usd"), sum);
    }
}

/// Price of one accelerator of a rate that stands below a pointer.
fn one(rate: &Rate, place: &str) -> Term {
    let price = rate.price_of_one().map_or(0.0, slipstick_core::units::UsdPerHour::get);
    at(price, "USD/h", format!("{place}/usd_per_hour_of_one"))
}
