//! Quantities in a report: the core's unit types, written as numbers in base units.

use core::fmt::Display;
use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer, ser::SerializeStruct as _};
use serde_json::{Value, json};
use slipstick_core::{
    basis::{Basis, Known},
    hardware::Spread,
    units::{
        Bandwidth, Bytes, Energy, FlopRate, Flops, Frequency, Intensity, Power, Seconds, Traffic, Usd,
        UsdPerHour,
    },
};

/// A quantity of the core: it has a base unit and a number in it.
pub trait Quantity: Copy {
    /// The base unit, as `explain` writes it.
    const UNIT: &'static str;

    /// Its name in a schema.
    const NAME: &'static str;

    /// What its number is in JSON: `integer` or `number`.
    const TYPE: &'static str = "number";

    /// The number in base units.
    fn number(self) -> f64;

    /// Writes the number.
    ///
    /// # Errors
    /// As the serializer.
    fn write<S: Serializer>(self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.number())
    }
}

/// Declares quantities that are an `f64` in their base unit.
macro_rules! quantities {
    ($($name:ident $unit:literal),+ $(,)?) => {$(
        impl Quantity for $name {
            const UNIT: &'static str = $unit;
            const NAME: &'static str = stringify!($name);
            fn number(self) -> f64 {
                self.get()
            }
        }
    )+};
}

quantities! {
    Seconds "s", Frequency "1/s", Traffic "B", Bandwidth "B/s", Flops "FLOP", FlopRate "FLOP/s", Intensity "FLOP/B",
    Power "W", Energy "J", Usd "USD", UsdPerHour "USD/h",
}

/// A number whose field says its unit, or which has none.
impl Quantity for f64 {
    const UNIT: &'static str = "";
    const NAME: &'static str = "Number";

    fn number(self) -> f64 {
        self
    }
}

/// A count whose field says what is counted.
impl Quantity for u64 {
    const UNIT: &'static str = "";
    const NAME: &'static str = "Count";
    const TYPE: &'static str = "integer";

    fn number(self) -> f64 {
        self as f64
    }

    fn write<S: Serializer>(self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self)
    }
}

impl Quantity for Bytes {
    const UNIT: &'static str = "B";
    const NAME: &'static str = "Bytes";
    const TYPE: &'static str = "integer";

    fn number(self) -> f64 {
        self.as_f64()
    }

    fn write<S: Serializer>(self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.get())
    }
}

/// A quantity without a band: a plain number.
///
/// ```
/// # use slipstick_api::report::Plain;
/// # use slipstick_core::units::Bytes;
/// assert_eq!(serde_json::to_string(&Plain(Bytes::gib(80))).unwrap(), "85899345920");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
pub struct Plain<T>(pub T);

impl<T> From<T> for Plain<T> {
    fn from(quantity: T) -> Self {
        Self(quantity)
    }
}

impl<T: Display> Display for Plain<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: Quantity> Serialize for Plain<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

impl<T: Quantity> JsonSchema for Plain<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::NAME.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schema_of::<T>(&T::TYPE.into())
    }
}

/// The schema of a quantity's number, which is `kind` in JSON.
fn schema_of<T: Quantity>(kind: &Value) -> Schema {
    if T::UNIT.is_empty() {
        json_schema!({"type": kind})
    } else {
        json_schema!({"type": kind, "unit": T::UNIT})
    }
}

/// An estimate: its value and the interval that holds the truth in four cases of five.
///
/// ```
/// # use slipstick_api::report::Estimated;
/// # use slipstick_core::{basis::Basis, units::Seconds};
/// let time = Estimated::uncalibrated(Seconds::s(0.5), Basis::Assumed);
/// let text = serde_json::to_string(&time).unwrap();
/// assert_eq!(text, r#"{"value":0.5,"low":null,"high":null,"basis":"assumed"}"#);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Estimated<T> {
    /// The best single value.
    pub value: T,
    /// The lower end of the interval; none until it is calibrated.
    pub low: Option<T>,
    /// The upper end of the interval; none until it is calibrated.
    pub high: Option<T>,
    /// How well it is known.
    pub basis: Basis,
}

impl<T> Estimated<T> {
    /// A value whose spread nobody knows.
    pub const fn uncalibrated(value: T, basis: Basis) -> Self {
        Self { value, low: None, high: None, basis }
    }
}

impl<T> Estimated<T> {
    /// The same of what follows from it, more from more.
    pub fn map<U>(self, of: impl Fn(T) -> U) -> Estimated<U> {
        let Self { value, low, high, basis } = self;
        Estimated { value: of(value), low: low.map(&of), high: high.map(&of), basis }
    }
}

impl<T: Copy> Estimated<T> {
    /// The value for people, as `write` writes it; a tilde marks one that nobody measured the like of.
    ///
    /// ```
    /// # use slipstick_api::report::Estimated;
    /// # use slipstick_core::{basis::Basis, units::Seconds};
    /// let time = Estimated::uncalibrated(Seconds::s(0.5), Basis::Assumed);
    /// assert_eq!(time.marked(|time| time.to_string()), "~500.0 ms");
    /// ```
    pub fn marked(self, write: impl Fn(T) -> String) -> String {
        let mark = if self.basis == Basis::Assumed { "~" } else { "" };
        format!("{mark}{}", write(self.value))
    }

    /// As [`Estimated::marked`], with its interval, which is never shown by halves, and not where its ends print alike.
    ///
    /// ```
    /// # use slipstick_api::report::Estimated;
    /// # use slipstick_core::{basis::Basis, hardware::Spread, units::Seconds};
    /// let of = |spread| Estimated::spread(Seconds::s(0.5), Some(spread), Basis::Fitted, Seconds::s);
    /// let wide = of(Spread { low: 0.8, high: 1.2, points: 20 });
    /// assert_eq!(wide.banded(|time| time.to_string()), "500.0 ms (400.0 ms to 600.0 ms)");
    /// assert_eq!(of(Spread::EXACT).banded(|time| time.to_string()), "500.0 ms");
    /// ```
    pub fn banded(self, write: impl Fn(T) -> String) -> String {
        let ends = self.low.zip(self.high).map(|(low, high)| (write(low), write(high)));
        let band = ends.filter(|(low, high)| low != high).map(|(low, high)| format!(" ({low} to {high})"));
        self.marked(&write) + &band.unwrap_or_default()
    }
}

impl<T: Quantity> Estimated<T> {
    /// A value with the spread that was measured around others of its kind, if any was; `of` makes a quantity of a
    /// number in base units.
    pub fn spread(value: T, spread: Option<Spread>, basis: Basis, of: fn(f64) -> T) -> Self {
        let band = spread.map(|spread| spread.band(value.number()));
        Self { value, low: band.map(|(low, _)| of(low)), high: band.map(|(_, high)| of(high)), basis }
    }
}

impl<T> From<Known<T>> for Estimated<T> {
    fn from(known: Known<T>) -> Self {
        Self { value: known.value, low: Some(known.low), high: Some(known.high), basis: known.basis }
    }
}

impl<T: Quantity> Serialize for Estimated<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Estimated", 4)?;
        fields.serialize_field("value", &Plain(self.value))?;
        fields.serialize_field("low", &self.low.map(Plain))?;
        fields.serialize_field("high", &self.high.map(Plain))?;
        fields.serialize_field("basis", self.basis.name())?;
        fields.end()
    }
}

impl<T: Quantity> JsonSchema for Estimated<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Estimated{}", T::NAME).into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let bases = [Basis::Exact, Basis::Specified, Basis::Measured, Basis::Fitted, Basis::Assumed];
        let end = || schema_of::<T>(&json!([T::TYPE, "null"]));
        json_schema!({
            "description": "An estimate: its value, the interval that holds the truth in four cases of five (null until \
                calibrated), and how well it is known.",
            "type": "object",
            "properties": {
                "value": schema_of::<T>(&T::TYPE.into()),
                "low": end(),
                "high": end(),
                "basis": {"type": "string", "enum": bases.map(Basis::name)},
            },
            "required": ["value", "low", "high", "basis"],
        })
    }
}
