//! Formulas that can explain themselves.
//!
//! A formula is a plain function written with [`formula!`](crate::formula!): the macro leaves the function as it is and
//! adds a module of the same name with one static, `FORMULA`, that holds its documentation and its parameter names.
//! What rustdoc shows is therefore what `explain` prints.

use crate::units::{
    Bandwidth, Bytes, Energy, FlopRate, Flops, Intensity, Power, Seconds, Traffic, Usd, UsdPerHour,
};

/// The description of one formula, lifted from its doc comment.
///
/// The comment follows one shape: a line of meaning; the formula in plain text, alone on a line between back-ticks;
/// the same as TeX between `$$`; a `where` with units; a line that starts with `Source:`.
#[derive(Debug)]
pub struct Formula {
    /// The function's name.
    pub name: &'static str,
    /// The module that holds it.
    pub module: &'static str,
    /// The whole doc comment.
    pub doc: &'static str,
    /// The parameters' names, in order; none for a formula over any number of equal terms.
    pub parameters: &'static [&'static str],
    /// The function itself, over bare numbers in base units; nothing for another count of them.
    pub eval: fn(&[f64]) -> Option<f64>,
}

/// A number with its unit, as formulas take and give them.
pub trait Term: Copy {
    /// Its base unit; empty for a pure number.
    const UNIT: &'static str;
    /// From so many of its unit.
    fn of(number: f64) -> Self;
    /// In its unit.
    fn number(self) -> f64;
}

impl Term for f64 {
    const UNIT: &'static str = "";
    fn of(number: f64) -> Self {
        number
    }
    fn number(self) -> f64 {
        self
    }
}

impl Term for u64 {
    const UNIT: &'static str = "";
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts, which come back whole"
    )]
    fn of(number: f64) -> Self {
        number as Self
    }
    fn number(self) -> f64 {
        self as f64
    }
}

impl Term for Bytes {
    const UNIT: &'static str = "B";
    fn of(number: f64) -> Self {
        Self::new(u64::of(number))
    }
    fn number(self) -> f64 {
        self.as_f64()
    }
}

macro_rules! terms {
    ($($name:ident, $base:ident, $unit:literal;)*) => {$(
        impl Term for $name {
            const UNIT: &'static str = $unit;
            fn of(number: f64) -> Self {
                Self::$base(number)
            }
            fn number(self) -> f64 {
                self.get()
            }
        }
    )*};
}

terms! {
    Traffic, bytes, "B";
    Bandwidth, bytes_per_s, "B/s";
    Flops, count, "FLOP";
    FlopRate, flops_per_s, "FLOP/s";
    Intensity, flops_per_byte, "FLOP/B";
    Seconds, s, "s";
    Power, watts, "W";
    Energy, joules, "J";
    Usd, dollars, "USD";
    UsdPerHour, dollars_per_hour, "USD/h";
}

impl PartialEq for Formula {
    fn eq(&self, other: &Self) -> bool {
        (self.module, self.name) == (other.module, other.name)
    }
}

impl Eq for Formula {}

impl Formula {
    fn lines(&self) -> impl Iterator<Item = &'static str> {
        self.doc.lines().map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end())
    }

    /// The first line: what it computes.
    pub fn summary(&self) -> &'static str {
        self.lines().find(|line| !line.is_empty()).unwrap_or("")
    }

    /// The formula in plain text: the first line that stands wholly between back-ticks.
    pub fn plain(&self) -> Option<&'static str> {
        self.lines().find_map(|line| {
            let inner = line.strip_prefix('`')?.strip_suffix('`')?;
            (!inner.is_empty() && !inner.contains('`')).then_some(inner)
        })
    }

    /// The formula as TeX, without its dollars.
    pub fn tex(&self) -> Option<&'static str> {
        self.lines().find_map(|line| Some(line.strip_prefix("$$")?.strip_suffix("$$")?.trim()))
    }

    /// Where it comes from.
    pub fn source(&self) -> Option<&'static str> {
        self.lines().find_map(|line| Some(line.strip_prefix("Source:")?.trim()))
    }

    /// The paragraphs on symbols, units and validity: all that is neither summary, formula, example nor source.
    pub fn terms(&self) -> String {
        let mut fenced = false;
        let prose = self.lines().skip_while(|line| line.is_empty()).skip(1).filter(|line| {
            let fence = line.starts_with("```");
            fenced ^= fence;
            let formula = (line.starts_with('`') && line.ends_with('`')) || line.starts_with("$$");
            !(fenced || fence || formula || line.is_empty() || notes(line))
        });
        prose.collect::<Vec<_>>().join(" ")
    }

    /// Whether its comment holds an example that is run, or says why there is no published number to run.
    pub fn is_checked(&self) -> bool {
        self.doc.contains("assert") || self.lines().any(|line| line.starts_with("No published number:"))
    }

    /// Its identity within its crate: module and name.
    pub fn id(&self) -> String {
        let module = self.module.split_once("::").map_or(self.module, |(_crate, inner)| inner);
        format!("{module}::{}", self.name)
    }
}

/// Whether a line says where a formula comes from, or why it has no published example.
fn notes(line: &str) -> bool {
    line.starts_with("Source:") || line.starts_with("No published number:")
}

/// Declares a function and, beside it, a module of the same name holding its [`Formula`].
///
/// ```
/// slipstick_core::formula! {
///     /// Distance covered at a constant speed.
///     ///
///     /// `s = v·t`
///     ///
///     /// $$ s = v t $$
///     ///
///     /// where v speed in m/s,
///     /// t time in s; in m.
///     ///
///     /// Source: Galileo 1638.
///     pub fn distance(v: f64, t: f64) -> f64 {
///         v * t
///     }
/// }
/// # fn main() {
/// assert_eq!(distance(2.0, 3.0).to_bits(), 6.0_f64.to_bits());
/// assert_eq!(distance::FORMULA.plain(), Some("s = v·t"));
/// assert_eq!(distance::FORMULA.terms(), "where v speed in m/s, t time in s; in m.");
/// assert_eq!(distance::FORMULA.source(), Some("Galileo 1638."));
/// assert_eq!(distance::FORMULA.parameters, ["v", "t"]);
/// assert_eq!((distance::FORMULA.eval)(&[2.0, 3.0]), Some(6.0));
/// # }
/// ```
#[macro_export]
macro_rules! formula {
    // A formula over any number of equal terms.
    (
        $(#[doc = $doc:literal])*
        pub fn $name:ident($parameter:ident: &[$type:ty]) -> $output:ty $body:block
    ) => {
        $(#[doc = $doc])*
        pub fn $name($parameter: &[$type]) -> $output $body

        #[doc = concat!("The description of [`", stringify!($name), "()`].")]
        pub mod $name {
            /// Meaning, formula, units and source, lifted from the doc comment of the function of the same name.
            pub static FORMULA: $crate::formula::Formula = $crate::formula::Formula {
                name: stringify!($name),
                module: module_path!(),
                doc: concat!($($doc, "\n"),*),
                parameters: &[],
                eval: |values| {
                    let terms: Vec<_> = values.iter().map(|value| $crate::formula::Term::of(*value)).collect();
                    Some($crate::formula::Term::number(super::$name(&terms)))
                },
            };
        }
    };
    ($(
        $(#[doc = $doc:literal])*
        $(#[expect($($lint:tt)*)])?
        pub fn $name:ident($($parameter:ident: $type:ty),* $(,)?) -> $output:ty $body:block
    )*) => {$(
        $(#[doc = $doc])*
        $(#[expect($($lint)*)])?
        pub fn $name($($parameter: $type),*) -> $output $body

        #[doc = concat!("The description of [`", stringify!($name), "()`].")]
        pub mod $name {
            /// Meaning, formula, units and source, lifted from the doc comment of the function of the same name.
            pub static FORMULA: $crate::formula::Formula = $crate::formula::Formula {
                name: stringify!($name),
                module: module_path!(),
                doc: concat!($($doc, "\n"),*),
                parameters: &[$(stringify!($parameter)),*],
                eval: |values| match values {
                    [$($parameter),*] => Some($crate::formula::Term::number(
                        super::$name($($crate::formula::Term::of(*$parameter)),*),
                    )),
                    _ => None,
                },
            };
        }
    )*};
}
