//! Asking a method for a quantity.

use crate::{
    Fallback, Kind, METHODS, Method, MethodError, MethodInput, MethodQuantity, Value, nearest::hint,
    value::clipped,
};

/// The answer of a method.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluated {
    /// The value in the quantity's own unit.
    pub value: f64,
    /// That unit.
    pub unit: &'static str,
    /// The inputs that entered it.
    pub used: Vec<Used>,
    /// The inputs that were given and play no part in it.
    pub ignored: Vec<&'static str>,
}

/// An input that entered an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Used {
    /// Its key.
    pub key: &'static str,
    /// The number that the formulas saw.
    pub value: f64,
    /// Whether it is the authors' default because nothing was given.
    pub assumed: bool,
}

/// The method of that name.
///
/// # Errors
/// If there is none; the message names the nearest.
pub fn find(name: &str) -> Result<&'static Method, MethodError> {
    METHODS.iter().copied().find(|method| method.id == name).ok_or_else(|| MethodError::UnknownMethod {
        name: clipped(name),
        hint: hint(name, METHODS.iter().map(|method| method.id)),
    })
}

/// One quantity of one method.
///
/// Any input of the method may be given; those that play no part are listed in the answer.
///
/// # Errors
/// If the method, the quantity or an input is unknown, an input is missing, given twice or out of range,
/// or the formula has no finite value of zero or more.
///
/// ```
/// # use slipstick_methods::{eval, Value};
/// let inputs = [("layers", Value::Number(32.0)), ("hidden", Value::Number(4096.0))];
/// let answer = eval("inference-arithmetic", "kv_bytes_per_token", &inputs)?;
/// assert_eq!((answer.value.to_bits(), answer.unit), (524_288_f64.to_bits(), "byte/token"));
/// # Ok::<(), slipstick_methods::MethodError>(())
/// ```
pub fn eval<K: AsRef<str>>(
    method: &str,
    quantity: &str,
    inputs: &[(K, Value)],
) -> Result<Evaluated, MethodError> {
    find(method)?.eval(quantity, inputs)
}

impl Method {
    /// One quantity of this method.
    ///
    /// # Errors
    /// As [`eval`].
    pub fn eval<K: AsRef<str>>(
        &self,
        quantity: &str,
        inputs: &[(K, Value)],
    ) -> Result<Evaluated, MethodError> {
        let target = self.quantities.iter().position(|row| row.name() == quantity).ok_or_else(|| {
            MethodError::UnknownQuantity {
                method: self.id,
                name: clipped(quantity),
                hint: hint(quantity, self.quantities.iter().map(MethodQuantity::name)),
            }
        })?;
        let given = self.checked(inputs)?;
        let row = &self.quantities[target];
        let wanted = self.inputs_for(row);
        let used = self.resolve(row, &wanted, &given)?;
        let value = self.compute(target, &used, None)?;
        let plays = |key: &str| wanted.iter().any(|input| followed(self, input, key));
        let ignored = given.iter().map(|(key, _)| *key).filter(|key| !plays(key)).collect();
        Ok(Evaluated { value, unit: row.unit, used, ignored })
    }

    /// Every input given, known and in range.
    fn checked<K: AsRef<str>>(
        &self,
        inputs: &[(K, Value)],
    ) -> Result<Vec<(&'static str, Option<f64>)>, MethodError> {
        let mut given: Vec<(&'static str, Option<f64>)> =
            Vec::with_capacity(inputs.len().min(self.inputs.len()));
        for (key, value) in inputs {
            let key = key.as_ref();
            let input = self.input(key).ok_or_else(|| MethodError::UnknownInput {
                method: self.id,
                key: clipped(key),
                hint: hint(key, self.inputs.iter().map(|input| input.key)),
            })?;
            if given.iter().any(|(known, _)| *known == input.key) {
                return Err(MethodError::Repeated { key: input.key });
            }
            given.push((input.key, value.checked(input)?));
        }
        Ok(given)
    }

    /// The numbers of the wanted inputs, defaults filled in.
    fn resolve(
        &self,
        quantity: &MethodQuantity,
        wanted: &[&'static MethodInput],
        given: &[(&'static str, Option<f64>)],
    ) -> Result<Vec<Used>, MethodError> {
        let mut used = Vec::with_capacity(wanted.len());
        let mut missing = Vec::new();
        for input in wanted {
            match self.number(input, given) {
                Some((value, assumed)) => used.push(Used { key: input.key, value, assumed }),
                None => missing.push(wanting(input)),
            }
        }
        if missing.is_empty() {
            Ok(used)
        } else {
            Err(MethodError::Missing { quantity: quantity.name(), missing: missing.join(", ") })
        }
    }

    fn number(&self, input: &MethodInput, given: &[(&'static str, Option<f64>)]) -> Option<(f64, bool)> {
        let found = given.iter().find(|(key, _)| *key == input.key);
        if let Some(value) = found.and_then(|(_, value)| *value) {
            return Some((value, false));
        }
        match input.fallback {
            Fallback::Required => None,
            Fallback::Number(value) => Some((value, true)),
            Fallback::Like(key) => self.input(key).and_then(|other| self.number(other, given)),
        }
    }

    /// The rows that the target needs, from the top down; one of them times a factor, if asked for.
    pub(crate) fn compute(
        &self,
        target: usize,
        used: &[Used],
        scaled: Option<(usize, f64)>,
    ) -> Result<f64, MethodError> {
        let needed = self.needed(target);
        let mut values = vec![f64::NAN; target + 1];
        for index in (0..=target).filter(|index| needed[*index]) {
            let row = &self.quantities[index];
            let operands: Vec<f64> = row
                .operands
                .iter()
                .map(|name| {
                    let input = used.iter().find(|input| input.key == *name).map(|input| input.value);
                    let above = || self.quantities[..index].iter().position(|q| q.name() == *name);
                    input.or_else(|| above().map(|above| values[above])).unwrap_or(f64::NAN)
                })
                .collect();
            let value = (row.eval)(&operands).unwrap_or(f64::NAN);
            if !value.is_finite() {
                return Err(MethodError::NotFinite { quantity: row.name() });
            }
            if value < 0.0 {
                return Err(MethodError::Negative {
                    quantity: row.name(),
                    value: format!("{value}"),
                    unit: row.unit,
                });
            }
            values[index] =
                scaled.filter(|(row, _)| *row == index).map_or(value, |(_, factor)| value * factor);
        }
        Ok(values[target])
    }
}

/// Whether `key` is the input itself or the one that it follows when left out.
fn followed(method: &Method, input: &MethodInput, key: &str) -> bool {
    input.key == key
        || match input.fallback {
            Fallback::Like(other) => method.input(other).is_some_and(|other| other.key == key),
            Fallback::Required | Fallback::Number(_) => false,
        }
}

/// How to give a missing input.
fn wanting(input: &MethodInput) -> String {
    let unit = match input.kind {
        Kind::Number(_) if !input.unit.is_empty() => format!(" in {}", input.unit),
        Kind::Number(_) | Kind::Choice(_) | Kind::Flag | Kind::Label => String::new(),
    };
    format!("{}=.. ({}{unit})", input.key, input.meaning)
}
