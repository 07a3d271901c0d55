//! What a figure would do if one of its faults were mended.

use crate::{Convert, Effect, Fault, Figure, METHODS};

/// What mending a fault in one quantity would do to a figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mended {
    /// The figure's change, as a factor.
    pub factor: f64,
    /// How many rows of the method's table lie between that quantity and the figure's: 0 where they are the same.
    pub steps: usize,
}

impl Figure {
    /// How the figure would change if what the fault makes too high were halved and what it makes too low
    /// doubled: one answer for each quantity on the way to the figure, and for each direction that the fault may take.
    ///
    /// A fault of a quantity that does not bind here gives 1: it causes nothing.
    pub fn mended(&self, fault: &Fault) -> Vec<Mended> {
        let Some(method) = METHODS.iter().find(|method| method.id == self.method) else { return Vec::new() };
        let Ok((_, answer)) = &self.answer else { return Vec::new() };
        let Some(target) = method.quantities.iter().position(|row| row.name() == self.quantity) else {
            return Vec::new();
        };
        let rows = method.common.iter().filter(|row| row.common == self.common);
        let turned =
            rows.filter(|row| row.quantity == self.quantity).any(|row| row.convert == Convert::Inverse);
        let factors: &[f64] = match fault.effect {
            Effect::TooHigh => &[0.5],
            Effect::TooLow => &[2.0],
            Effect::Either => &[0.5, 2.0],
        };
        let needed = method.needed(target);
        let faulty = (0..=target).filter(|row| needed[*row] && fault.reaches(method.quantities[*row].name()));
        let changes = faulty.flat_map(|row| factors.iter().map(move |factor| (row, *factor)));
        let change = |(row, factor)| {
            let value = method.compute(target, &answer.used, Some((row, factor))).ok()?;
            let factor = if turned { answer.value / value } else { value / answer.value };
            factor.is_finite().then_some(Mended { factor, steps: target - row })
        };
        changes.filter_map(change).collect()
    }
}
