//! Formats by the names people type.

use std::borrow::Cow;

use slipstick_core::{
    basis::{Basis, Known},
    model::what_if::{Mix, Quant},
    names::{did_you_mean, nearest},
    numeric::{CacheFormat, Format, GgmlType, ScalarFormat},
};

use crate::{
    LayerName, Origin, Place,
    rows::{Layered, Rows},
    tables::{FORMAT_SIZES, FORMATS, FormatRow, shipped},
};

/// A name that is no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is not a known {what}{}", did_you_mean(.nearest))]
pub struct FormatError {
    /// What was typed.
    pub name: String,
    /// `weight format` or `cache format`.
    pub what: &'static str,
    /// Known names like it.
    pub nearest: Vec<String>,
}

/// What is stored in a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stored {
    Weights(Quant),
    Cache(CacheFormat),
}

/// A format by its names; llama.cpp's mixtures are known beside these.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FormatEntry {
    name: String,
    aliases: Vec<String>,
    stored: Stored,
    /// What files of makers weigh, against the count, where the row says so.
    share: Option<Known<f64>>,
    origin: Origin,
}

impl Layered for FormatEntry {
    fn layer(&self) -> LayerName {
        self.origin.layer
    }

    fn key(&self) -> Cow<'_, str> {
        let what = match self.stored {
            Stored::Weights(_) => "weights",
            Stored::Cache(_) => "cache",
        };
        Cow::Owned(format!("{what}\0{}", plain(&self.name)))
    }
}

const PLAIN: [(&str, ScalarFormat); 8] = [
    ("fp32", ScalarFormat::Fp32),
    ("bf16", ScalarFormat::Bf16),
    ("fp16", ScalarFormat::Fp16),
    ("fp8-e4m3", ScalarFormat::Fp8E4m3),
    ("fp8-e5m2", ScalarFormat::Fp8E5m2),
    ("int8", ScalarFormat::Int8),
    ("fp4", ScalarFormat::Fp4),
    ("int4", ScalarFormat::Int4),
];

const SCALED: [(&str, Format); 9] = [
    ("fp8-tensor", Format::Fp8Tensor),
    ("fp8-channel", Format::Fp8Channel),
    ("fp8-block128", Format::Fp8Block128),
    ("int8-channel", Format::Int8Channel),
    ("nf4", Format::Nf4),
    ("nf4-double", Format::Nf4Double),
    ("mxfp4", Format::Mxfp4),
    ("mxfp8", Format::Mxfp8),
    ("nvfp4", Format::Nvfp4),
];

impl FormatRow<'_> {
    pub(crate) fn entry(&self, at: Place<'_>) -> Result<FormatEntry, String> {
        Ok(FormatEntry {
            name: self.name.to_owned(),
            aliases: self.aliases.split_whitespace().map(str::to_owned).collect(),
            stored: self.stored()?,
            share: self.share()?,
            origin: Origin::of(at, self.source, self.seen, self.confidence)?,
        })
    }

    fn share(&self) -> Result<Option<Known<f64>>, String> {
        match (self.low, self.high) {
            (None, None) => Ok(None),
            (Some(low), Some(high)) if 0.0 < low && low <= 1.0 && 1.0 <= high => Ok(Some(fitted(low, high))),
            _ => Err("low and high: give both, on either side of 1".to_owned()),
        }
    }

    fn stored(&self) -> Result<Stored, String> {
        let format = self.format()?;
        match (self.what, self.applies_to, format) {
            ("weights", "all", Format::Plain(scalar)) => Ok(Stored::Weights(Quant::Plain(scalar))),
            ("weights", "all", _) => Err(format!(
                "applies_to: {} is a format with scales, which no engine gives to all",
                self.format
            )),
            ("weights", "linear", linear) if self.head_bits.is_some() => {
                let head = average("head_bits", self.head_bits)?;
                Ok(Stored::Weights(Quant::Headed { linear, head }))
            }
            ("weights", "linear", format) => Ok(Stored::Weights(Quant::Linear(format))),
            ("weights", "experts", format) => Ok(Stored::Weights(Quant::Experts(format))),
            ("weights", "matrices", format) => Ok(Stored::Weights(Quant::Matrices(format))),
            ("weights", other, _) => {
                Err(format!("applies_to: {other:?} is not one of all, linear, experts, matrices"))
            }
            ("cache", "", format) => Ok(Stored::Cache(CacheFormat {
                head_scale_bytes: self.head_scale_bytes.unwrap_or(0),
                ..CacheFormat::uniform(format)
            })),
            ("cache", other, _) => Err(format!("applies_to: {other:?} is for weights; leave it empty")),
            (other, ..) => Err(format!("what: {other:?} is neither weights nor cache")),
        }
    }

    fn format(&self) -> Result<Format, String> {
        let grouped = |what: &str| match (self.bits.and_then(whole_bits), self.group) {
            (Some(bits), Some(group)) if group > 0 => Ok((bits, group)),
            _ => Err(format!("bits and group: {what} needs bits from 1 to 16 and a group of values")),
        };
        let ggml = GgmlType::ALL.iter().find(|known| known.name().eq_ignore_ascii_case(self.format));
        match self.format {
            "int-group" => {
                grouped("int-group").map(|(bits, group)| Format::IntGroup { bits, group, zeros: true })
            }
            "int-group-symmetric" => grouped("int-group-symmetric").map(|(bits, group)| Format::IntGroup {
                bits,
                group,
                zeros: false,
            }),
            "average" => average("bits", self.bits),
            "mlx" => grouped("mlx").map(|(bits, group)| Format::Mlx { bits, group }),
            name => {
                let plain = PLAIN.iter().find(|(known, _)| *known == name);
                let scaled = SCALED.iter().find(|(known, _)| *known == name).map(|(_, format)| *format);
                plain
                    .map(|(_, scalar)| Format::Plain(*scalar))
                    .or(scaled)
                    .or(ggml.map(|known| Format::Ggml(*known)))
                    .ok_or_else(|| format!("format: {name:?} is no known layout"))
            }
        }
    }
}

/// Whole bits of a value, from 1 to 16.
fn whole_bits(bits: f64) -> Option<u8> {
    (1..=16).find(|whole| f64::from(*whole).total_cmp(&bits).is_eq())
}

/// A format known by its rate alone.
fn average(column: &str, bits: Option<f64>) -> Result<Format, String> {
    let format = bits.and_then(Format::average);
    format.ok_or_else(|| format!("{column}: an average needs bits from 1 to 16"))
}

shipped!(BUILTIN: FormatRow<'static> => FormatEntry, FORMATS, |row| {
    row.entry(Place::shipped("formats.csv")).expect("the tests read every shipped row")
});

/// Compared without case, and with `-`, `_` and spaces alike.
fn plain(name: &str) -> String {
    name.trim().to_ascii_lowercase().replace([' ', '_'], "-")
}

/// Whether a name is `wanted`, which is plain already.
fn is_named(name: &str, wanted: &str) -> bool {
    let alike = |letter: u8| if matches!(letter, b' ' | b'_') { b'-' } else { letter.to_ascii_lowercase() };
    let name = name.trim();
    name.len() == wanted.len() && name.bytes().map(alike).eq(wanted.bytes())
}

/// What is stored under a name; rows of overlays go before shipped ones.
fn find<T>(overlay: &Rows<FormatEntry>, name: &str, of: impl Fn(Stored) -> Option<T>) -> Option<T> {
    let wanted = plain(name);
    let named = |entry: &FormatEntry| {
        is_named(&entry.name, &wanted) || entry.aliases.iter().any(|alias| is_named(alias, &wanted))
    };
    let mut all = overlay.merged(&BUILTIN).into_iter().rev();
    all.find_map(|entry| of(entry.stored).filter(|_| named(entry)))
}

fn weights(stored: Stored) -> Option<Quant> {
    match stored {
        Stored::Weights(quant) => Some(quant),
        Stored::Cache(_) => None,
    }
}

fn cached(stored: Stored) -> Option<CacheFormat> {
    match stored {
        Stored::Cache(format) => Some(format),
        Stored::Weights(_) => None,
    }
}

fn names<T>(overlay: &Rows<FormatEntry>, of: impl Fn(Stored) -> Option<T>) -> impl Iterator<Item = &str> {
    let all = overlay.merged(&BUILTIN).into_iter();
    all.filter(move |entry| of(entry.stored).is_some()).map(|entry| entry.name.as_str())
}

/// The weight formats' names, one each.
pub(crate) fn quant_names(overlay: &Rows<FormatEntry>) -> Vec<&str> {
    names(overlay, weights).chain(Mix::ALL.iter().map(|mix| mix.name())).collect()
}

/// The cache formats' names, one each.
pub(crate) fn cache_names(overlay: &Rows<FormatEntry>) -> Vec<&str> {
    names(overlay, cached).collect()
}

/// A weight format by name.
pub(crate) fn quant(overlay: &Rows<FormatEntry>, name: &str) -> Result<Quant, FormatError> {
    let mix = || {
        let wanted = plain(name);
        // Names of repositories put a vendor's mark before the mixture.
        let mix = wanted.strip_prefix("ud-").unwrap_or(&wanted);
        Mix::ALL.iter().find(|known| is_named(known.name(), mix)).map(|mix| Quant::Mix(*mix))
    };
    find(overlay, name, weights).or_else(mix).ok_or_else(|| FormatError {
        name: name.chars().take(40).collect(),
        what: "weight format",
        nearest: nearest(name, quant_names(overlay), 3),
    })
}

const fn fitted(low: f64, high: f64) -> Known<f64> {
    Known { value: 1.0, low, high, basis: Basis::Fitted }
}

/// What files of makers in a weight format weigh, against the count: as its row says, else as the files that were found do.
pub(crate) fn quant_share(overlay: &Rows<FormatEntry>, quant: Quant) -> Known<f64> {
    let mut all = overlay.merged(&BUILTIN).into_iter().rev();
    let stated = all.find(|entry| entry.stored == Stored::Weights(quant)).and_then(|entry| entry.share);
    let name = quant_name(overlay, quant);
    let found = || FORMAT_SIZES.iter().find(|row| row.format == name).map(|row| fitted(row.low, row.high));
    stated.or_else(found).unwrap_or(Known::exact(1.0))
}

/// A cache format by name.
pub(crate) fn cache(overlay: &Rows<FormatEntry>, name: &str) -> Result<CacheFormat, FormatError> {
    find(overlay, name, cached).ok_or_else(|| FormatError {
        name: name.chars().take(40).collect(),
        what: "cache format",
        nearest: nearest(name, cache_names(overlay), 3),
    })
}

/// The shown name of a weight format.
pub(crate) fn quant_name(overlay: &Rows<FormatEntry>, quant: Quant) -> &str {
    if let Quant::Mix(mix) = quant {
        return mix.name();
    }
    let mut all = overlay.merged(&BUILTIN).into_iter();
    all.find(|entry| entry.stored == Stored::Weights(quant)).map_or("custom", |entry| entry.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Catalog, source};

    #[test]
    fn every_name_is_read_as_itself() {
        let catalog = Catalog::builtin();
        for name in catalog.quant_names() {
            assert_eq!(catalog.quant_name(catalog.quant(name).expect(name)), name);
        }
        for name in catalog.cache_format_names() {
            assert!(catalog.cache_format(&name.replace('-', "_")).is_ok(), "{name}");
        }
        for entry in BUILTIN.iter() {
            assert!(source(&entry.origin.sources[0]).is_some(), "{}", entry.name);
            for alias in &entry.aliases {
                let known = match entry.stored {
                    Stored::Weights(quant) => catalog.quant(&alias.to_uppercase()) == Ok(quant),
                    Stored::Cache(format) => catalog.cache_format(&alias.to_uppercase()) == Ok(format),
                };
                assert!(known, "{alias}");
            }
        }
    }

    #[test]
    fn a_users_format_is_a_row() {
        let table = "what,name,aliases,applies_to,format,bits,group,head_scale_bytes,source,seen,confidence\n\
                     weights,hqq-int5-g32,,linear,int-group,5,32,,our lab,2026-11,high\n";
        let add = |text: &str| Catalog::builtin().with_overlay(LayerName::User, "f.csv", text);
        let catalog = add(table).expect("a table");
        let quant = catalog.quant("HQQ_int5_g32").expect("the user's");
        assert_eq!(quant, Quant::Linear(Format::IntGroup { bits: 5, group: 32, zeros: true }));
        assert_eq!(catalog.quant_name(quant), "hqq-int5-g32");
        let error = add(&table.replace(",32,", ",,")).expect_err("it has no group").to_string();
        assert!(error.starts_with("f.csv, line 2: bits and group"), "{error}");
    }
}
