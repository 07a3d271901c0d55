//! Where each number of a scaling answer comes from: the law's own formula and constants, or a formula of budgets.

mod hardware;

use slipstick_core::{
    basis::Basis,
    formula::Formula,
    formulas::training::budget::{
        over_training, parameters_of_work, scaled_size, tokens_of_work, tokens_per_parameter, training_work,
        work_of_hours,
    },
};

use super::{
    Scaled,
    laws::{Best, Chosen},
    question::{Asked, Budget},
};
use slipstick_methods::Used;

use crate::{Provenance, provenance::Entry};

/// What goes into a formula: another number of the document, or what somebody says.
#[derive(Debug, Clone)]
enum Term {
    At(f64, &'static str, String),
    Said(f64, &'static str, Basis, String),
}

impl Term {
    /// Enters a record under a symbol.
    fn enter(self, entry: Entry, symbol: &str) -> Entry {
        match self {
            Self::At(value, unit, pointer) => entry.from_pointer(symbol, value, unit, pointer),
            Self::Said(value, unit, basis, source) => entry.input(symbol, value, unit, basis, source),
        }
    }
}

/// A constant of a law, or what the request said in its place.
fn constant(law: &Chosen, used: &Used, basis: Basis) -> Term {
    let unit = law.law.method.input(used.key).map_or("", |input| input.unit);
    if used.assumed {
        return Term::Said(used.value, unit, basis, law.law.method.source.to_owned());
    }
    asked(used.value, unit)
}

fn at(value: f64, unit: &'static str, pointer: impl Into<String>) -> Term {
    Term::At(value, unit, pointer.into())
}

fn asked(value: f64, unit: &'static str) -> Term {
    Term::Said(value, unit, Basis::Exact, "request".to_owned())
}

/// The records of an answer, as they are made.
struct Records<'a> {
    a: &'a Scaled,
    provenance: Provenance,
}

pub(super) fn record(a: &Scaled) -> Provenance {
    let mut records = Records { a, provenance: Provenance::default() };
    records.training();
    records.best();
    records.curve();
    records.laws();
    records.run();
    records.lifetime();
    records.provenance
}

/// How sure a law is: fitted, or assumed where nobody trained such models.
fn sure(outside: Option<&String>) -> Basis {
    if outside.is_some() { Basis::Assumed } else { Basis::Fitted }
}

impl Records<'_> {
    fn put(&mut self, pointer: &str, entry: Entry) {
        self.provenance.record(pointer, entry);
    }

    fn stated(&mut self, pointer: &str, name: &str, unit: &str, basis: Basis, source: impl Into<String>) {
        self.put(pointer, Entry::fact(name, unit, basis, source));
    }

    /// A number by a formula over terms in its order.
    fn formula(&mut self, pointer: &str, formula: &Formula, unit: &str, terms: Vec<Term>) -> &mut Self {
        self.computed(pointer, formula, unit, terms, None)
    }

    /// The same of a number that stands nowhere in the document.
    fn computed(
        &mut self,
        pointer: &str,
        formula: &Formula,
        unit: &str,
        terms: Vec<Term>,
        value: Option<f64>,
    ) -> &mut Self {
        let mut entry = Entry::of(formula, unit, Basis::Exact);
        for (symbol, term) in formula.parameters.iter().zip(terms) {
            entry = term.enter(entry, symbol);
        }
        entry.value = value.map(Into::into);
        self.put(pointer, entry);
        self
    }

    /// A number by a law, with what it is told; what else the law takes are its constants, or its own numbers beside it.
    fn law(
        &mut self,
        pointer: &str,
        law: &Chosen,
        quantity: &str,
        given: &[(&'static str, Term)],
        basis: Basis,
    ) {
        let beside = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
        self.law_beside(pointer, beside, law, quantity, given, basis);
    }

    /// The same with a place for the law's own numbers.
    fn law_beside(
        &mut self,
        pointer: &str,
        beside: &str,
        law: &Chosen,
        quantity: &str,
        given: &[(&'static str, Term)],
        basis: Basis,
    ) {
        let method = law.law.method;
        let Some(row) = method.quantity(quantity) else { return };
        let told: Vec<(&'static str, f64)> = given
            .iter()
            .filter(|(key, _)| method.input(key).is_some())
            .map(|(key, term)| match term {
                Term::At(value, ..) | Term::Said(value, ..) => (*key, *value),
            })
            .collect();
        let Ok(answer) = method.eval(quantity, &law.inputs(&told)) else { return };
        let mut entry = Entry::of(row.formula, row.unit, basis);
        for operand in row.operands {
            let used = answer.used.iter().find(|used| used.key == *operand);
            let term = given.iter().find(|(key, _)| key == operand).map(|(_, term)| term.clone());
            let term = match (term, used) {
                (Some(term), _) => term,
                (None, Some(used)) => constant(law, used, basis),
                (None, None) => {
                    let place = format!("{beside}/{operand}");
                    let value = law.ask(operand, &told).unwrap_or(f64::NAN);
                    if self.provenance.get(&place).is_none() {
                        self.law_beside(&place, beside, law, operand, given, basis);
                    }
                    at(value, method.quantity(operand).map_or("", |inner| inner.unit), place)
                }
            };
            entry = term.enter(entry, operand);
        }
        entry.value = Some(answer.value.into());
        self.put(pointer, entry);
    }

    fn flops(&self) -> Term {
        at(self.a.training.flops, "FLOP", "/flops")
    }

    fn parameters(&self) -> Term {
        at(self.a.training.parameters, "parameters", "/parameters")
    }

    fn tokens(&self) -> Term {
        at(self.a.training.tokens, "tokens", "/tokens")
    }

    /// Work, parameters, tokens and loss of the training that is answered.
    fn training(&mut self) {
        let (a, law) = (self.a, &self.a.law);
        let basis = sure(a.outside.as_ref());
        match a.asked {
            Asked::Budget(_) | Asked::Loss(_) => {
                let flops = [("flops", self.flops())];
                self.law("/parameters", law, "optimal_parameters", &flops, basis);
                self.law("/tokens", law, "optimal_tokens", &flops, basis);
            }
            Asked::BudgetOfSize(..) | Asked::Size(_) => {
                self.size();
                let terms = vec![self.flops(), self.parameters()];
                self.formula("/tokens", &tokens_of_work::FORMULA, "tokens", terms);
            }
            Asked::BudgetOfTokens(..) => {
                self.stated("/tokens", "tokens as asked", "tokens", Basis::Exact, "request");
                let terms = vec![self.flops(), self.tokens()];
                self.formula("/parameters", &parameters_of_work::FORMULA, "parameters", terms);
            }
            Asked::Training(..) => {
                self.size();
                self.stated("/tokens", "tokens as asked", "tokens", Basis::Exact, "request");
            }
            Asked::LossOfSize(loss, _) => {
                self.size();
                let given = [("target_loss", asked(loss, "nat/token")), ("parameters", self.parameters())];
                self.law("/tokens", law, "tokens_for_loss", &given, basis);
            }
        }
        self.work(basis);
        self.outcome(basis);
    }

    /// Loss, tokens a parameter, and the least work of that loss.
    fn outcome(&mut self, basis: Basis) {
        let (a, law) = (self.a, &self.a.law);
        if a.training.loss.is_some() {
            let given = [("parameters", self.parameters()), ("tokens", self.tokens())];
            self.law("/loss", law, "loss", &given, basis);
        }
        let terms = vec![self.tokens(), self.parameters()];
        self.formula("/tokens_per_parameter", &tokens_per_parameter::FORMULA, "", terms);
        if let (Some(_), Some(loss)) = (a.least_flops, a.training.loss) {
            let given = [("target_loss", at(loss, "nat/token", "/loss"))];
            self.law("/least_flops", law, "least_flops", &given, basis);
        }
    }

    /// The work of the training: asked, rented, or that of the other two.
    fn work(&mut self, basis: Basis) {
        let (a, law) = (self.a, &self.a.law);
        match (a.asked.budget(), a.asked) {
            (Some(Budget::Work(_)), _) => {
                self.stated("/flops", "work as asked", "FLOP", Basis::Exact, "request");
            }
            (Some(_), _) => {
                let terms = vec![self.hours(), self.each()];
                self.formula("/flops", &work_of_hours::FORMULA, "FLOP", terms);
            }
            (None, Asked::Size(_)) => {
                let given = [("parameters", self.parameters())];
                self.law("/flops", law, "optimal_flops", &given, basis);
            }
            (None, Asked::Loss(loss)) => {
                self.law("/flops", law, "least_flops", &[("target_loss", asked(loss, "nat/token"))], basis);
            }
            (None, _) => {
                let terms = vec![self.parameters(), self.tokens()];
                self.formula("/flops", &training_work::FORMULA, "FLOP", terms);
            }
        }
    }

    /// The size that was asked about.
    fn size(&mut self) {
        let named = self.a.named.as_ref();
        let source = named.map_or_else(|| "request".to_owned(), |model| model.source.clone());
        self.stated("/parameters", "parameters as asked", "parameters", Basis::Exact, source);
    }

    fn best(&mut self) {
        let a = self.a;
        let basis = sure(a.outside.as_ref());
        self.allocation("/best", &a.law, &a.best, basis);
        let each = |best: &Best| best.tokens / best.parameters;
        let terms = vec![
            at(a.training.tokens / a.training.parameters, "", "/tokens_per_parameter"),
            at(each(&a.best), "", "/best/tokens_per_parameter"),
        ];
        self.formula("/over_training", &over_training::FORMULA, "", terms);
    }

    /// The best model of the work by a law, below a pointer.
    fn allocation(&mut self, place: &str, law: &Chosen, best: &Best, basis: Basis) {
        let flops = [("flops", self.flops())];
        let of = |field: &str| format!("{place}/{field}");
        self.law(&of("parameters"), law, "optimal_parameters", &flops, basis);
        self.law(&of("tokens"), law, "optimal_tokens", &flops, basis);
        let parameters = || at(best.parameters, "parameters", of("parameters"));
        let tokens = || at(best.tokens, "tokens", of("tokens"));
        if best.loss.is_some() {
            self.law(&of("loss"), law, "loss", &[("parameters", parameters()), ("tokens", tokens())], basis);
        }
        let terms = vec![tokens(), parameters()];
        self.formula(&of("tokens_per_parameter"), &tokens_per_parameter::FORMULA, "", terms);
    }

    fn curve(&mut self) {
        let a = self.a;
        for (index, point) in a.curve.iter().enumerate() {
            let of = |field: &str| format!("/curve/{index}/{field}");
            let parameters = || at(point.parameters, "parameters", of("parameters"));
            let tokens = || at(point.tokens, "tokens", of("tokens"));
            let factor = Term::Said(point.factor, "", Basis::Exact, "a step of the curve".to_owned());
            let best = at(a.best.parameters, "parameters", "/best/parameters");
            self.formula(&of("parameters"), &scaled_size::FORMULA, "parameters", vec![best, factor]);
            let terms = vec![self.flops(), parameters()];
            self.formula(&of("tokens"), &tokens_of_work::FORMULA, "tokens", terms);
            let basis = sure(a.law.outside(point.parameters, point.tokens).as_ref());
            let given = [("parameters", parameters()), ("tokens", tokens())];
            self.law(&of("loss"), &a.law, "loss", &given, basis);
            let terms = vec![tokens(), parameters()];
            self.formula(&of("tokens_per_parameter"), &tokens_per_parameter::FORMULA, "", terms);
        }
    }

    fn laws(&mut self) {
        let a = self.a;
        for (index, row) in a.laws.iter().enumerate() {
            let place = format!("/laws/{index}");
            if let Ok(best) = &row.best {
                self.allocation(&place, &row.law, best, sure(row.outside.as_ref()));
            }
            if row.asked_loss.is_some() {
                let beyond = row.law.outside(a.training.parameters, a.training.tokens);
                let given = [("parameters", self.parameters()), ("tokens", self.tokens())];
                // Its own numbers of this training are other ones than those of its best model: they have a place apart.
                let (own, pointer) = (format!("{place}/asked"), format!("{place}/asked_loss"));
                self.law_beside(&pointer, &own, &row.law, "loss", &given, sure(beyond.as_ref()));
            }
        }
    }
}
