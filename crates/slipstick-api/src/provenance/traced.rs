//! Records of an estimate as provenance.

use slipstick_core::{
    basis::Basis,
    trace::{Origin, Trace},
};

use super::{Entry, Provenance};

impl Provenance {
    /// What an estimate recorded, with `prefix` before each pointer.
    pub fn from_trace(trace: &Trace, prefix: &str) -> Self {
        let mut provenance = Self::default();
        for node in trace.nodes() {
            let mut entry = Entry::of(node.formula, node.unit, Basis::Exact);
            entry.value = Some(node.value.into());
            for input in &node.inputs {
                entry = match &input.origin {
                    Origin::Number(pointer) => entry.from_pointer(
                        input.symbol,
                        input.value,
                        input.unit,
                        format!("{prefix}{pointer}"),
                    ),
                    Origin::Fact { source, basis } => {
                        entry.input(input.symbol, input.value, input.unit, *basis, source)
                    }
                };
            }
            provenance.record(format!("{prefix}{}", node.pointer), entry);
        }
        provenance
    }
}

#[cfg(test)]
mod tests {
    use slipstick_core::{
        basis::Basis,
        trace::{Input, Trace},
    };

    use crate::Provenance;

    slipstick_core::formula! {
        /// A time.
        ///
        /// `t = q/b`
        pub fn time(q: f64, b: f64) -> f64 { q / b }
    }

    #[test]
    fn the_weakest_input_decides_through_other_numbers() {
        let mut trace = Trace::on();
        let fact = |basis| vec![Input::fact("q", 1.0, "B", "a datasheet", basis)];
        trace.note("/a", &time::FORMULA, time(1.0, 2.0), "s", || fact(Basis::Fitted));
        trace.note("/b", &time::FORMULA, 0.5, "s", || vec![Input::number("q", 0.5, "s", "/a")]);
        let provenance = Provenance::from_trace(&trace, "/memory");
        assert_eq!(provenance.basis("/memory/b"), Some(Basis::Fitted));
        assert_eq!(provenance.get("/memory/b").map(|entry| entry.formula.as_str()), Some("t = q/b"));
    }
}
