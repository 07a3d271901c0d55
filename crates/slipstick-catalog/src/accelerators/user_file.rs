//! Accelerators that a user describes in TOML, with units in every value.
//!
//! ```toml
//! [my-card]
//! like = "h100-sxm-80gb"          # start from a known one; optional
//! memory = "96GiB"
//! memory_bandwidth = "4TB/s"
//! peak = { bf16 = "989TFLOP/s" }  # dense
//! source = "maker's data sheet"
//! seen = "2026-11-01"
//! ```

use slipstick_core::{
    hardware::{Accelerator, AcceleratorClass, Link, LinkKind, Peaks},
    names::{did_you_mean, nearest},
    units::{Bandwidth, Bytes, parse_bandwidth, parse_bytes, parse_flop_rate, parse_power},
};
use toml::{Table, Value};

use super::{AcceleratorEntry, MemoryBasis, table};
use crate::{AsOf, Confidence, LayerName, Origin};

/// What is wrong with a user's accelerator file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {at}: {what}")]
pub struct UserFileError {
    /// The file.
    pub file: String,
    /// The key, with its table.
    pub at: String,
    /// What is wrong, and what would be right.
    pub what: String,
}

const KEYS: [&str; 22] = [
    "name",
    "like",
    "vendor",
    "architecture",
    "family",
    "class",
    "year",
    "form_factor",
    "memory",
    "memory_type",
    "memory_bandwidth",
    "peak",
    "link",
    "link_bandwidth",
    "host_link_bandwidth",
    "domain_size",
    "node_size",
    "power",
    "compute",
    "aliases",
    "source",
    "seen",
];
const PEAKS: [&str; 9] = ["fp64", "fp32", "tf32", "fp16", "bf16", "fp8", "int8", "fp4", "int4"];

/// One table of the file, with what its errors need.
struct Reader<'a> {
    file: &'a str,
    id: &'a str,
    table: &'a Table,
}

/// Reads every accelerator of a file; `find` looks up the one named by `like`.
pub(crate) fn parse(
    layer: LayerName,
    file: &str,
    text: &str,
    find: impl Fn(&str) -> Result<AcceleratorEntry, String>,
) -> Result<Vec<AcceleratorEntry>, UserFileError> {
    let error = |at: &str, what: String| UserFileError { file: file.to_owned(), at: at.to_owned(), what };
    let root: Table = text.parse().map_err(|e: toml::de::Error| {
        let line = crate::table::line_of(text, e.span());
        error(&format!("line {line}"), e.message().to_owned())
    })?;
    let mut out = Vec::new();
    for (id, value) in &root {
        let Value::Table(table) = value else {
            return Err(error(id, "each accelerator is a table of its own, like [my-card]".to_owned()));
        };
        let reader = Reader { file, id, table };
        out.push(reader.entry(layer, &find)?);
    }
    if out.is_empty() {
        return Err(error(
            "the file",
            "it describes no accelerator; begin with a table like [my-card]".to_owned(),
        ));
    }
    Ok(out)
}

impl Reader<'_> {
    fn error(&self, key: &str, what: impl Into<String>) -> UserFileError {
        UserFileError { file: self.file.to_owned(), at: format!("{}.{key}", self.id), what: what.into() }
    }

    fn entry(
        &self,
        layer: LayerName,
        find: &impl Fn(&str) -> Result<AcceleratorEntry, String>,
    ) -> Result<AcceleratorEntry, UserFileError> {
        self.known_keys(self.table, &KEYS, "")?;
        let base = match self.text("like")? {
            Some(name) => find(name).map_err(|what| self.error("like", what))?,
            None => self.blank()?,
        };
        let mut entry = base;
        self.names(&mut entry)?;
        self.physics(&mut entry.accelerator)?;
        if let Some(memory) = self.quantity("memory", parse_bytes)? {
            entry.accelerator.memory = memory;
            entry.label_gb = memory.as_gb();
            entry.memory_basis = MemoryBasis::Driver;
        }
        self.links(&mut entry)?;
        entry.note.clear();
        entry.origin = self.origin(layer)?;
        Ok(entry)
    }

    /// What a file without `like` starts from: it must say the rest itself.
    fn blank(&self) -> Result<AcceleratorEntry, UserFileError> {
        for key in ["memory", "memory_bandwidth", "peak"] {
            if !self.table.contains_key(key) {
                return Err(
                    self.error(key, "it is missing; give it, or start from a known accelerator with `like`")
                );
            }
        }
        // Without a stated link the slowest common one is taken: PCI Express 4.0 x16, 32 GB/s each way.
        let link = Link { kind: LinkKind::Pcie, bandwidth: Bandwidth::gb_per_s(32.0) };
        let accelerator = Accelerator {
            id: self.id.to_owned(),
            name: self.id.to_owned(),
            vendor: "user".to_owned(),
            architecture: "unknown".to_owned(),
            family: "unknown".to_owned(),
            class: AcceleratorClass::DatacenterGpu,
            year: 0,
            memory: Bytes::ZERO,
            memory_bandwidth: Bandwidth::ZERO,
            peaks: Peaks::default(),
            link,
            domain_size: 8,
            host_link: link,
            node_size: 8,
            power: None,
            compute_capability: None,
        };
        Ok(AcceleratorEntry {
            accelerator,
            form_factor: String::new(),
            memory_type: String::new(),
            label_gb: 0.0,
            memory_basis: MemoryBasis::Driver,
            cache_mb: None,
            link_name: "PCIe".to_owned(),
            compute: String::new(),
            aliases: Vec::new(),
            note: String::new(),
            origin: self.origin(LayerName::Request)?,
        })
    }

    fn names(&self, entry: &mut AcceleratorEntry) -> Result<(), UserFileError> {
        self.id.clone_into(&mut entry.accelerator.id);
        self.text("name")?.unwrap_or(self.id).clone_into(&mut entry.accelerator.name);
        let words: [(&str, &mut String); 6] = [
            ("vendor", &mut entry.accelerator.vendor),
            ("architecture", &mut entry.accelerator.architecture),
            ("family", &mut entry.accelerator.family),
            ("form_factor", &mut entry.form_factor),
            ("memory_type", &mut entry.memory_type),
            ("compute", &mut entry.compute),
        ];
        for (key, slot) in words {
            if let Some(text) = self.text(key)? {
                text.clone_into(slot);
            }
        }
        entry.accelerator.compute_capability = table::compute_capability(&entry.compute);
        if let Some(class) = self.text("class")? {
            entry.accelerator.class = table::class(class)
                .ok_or_else(|| self.error("class", one_of(class, table::CLASSES.map(|(name, _)| name))))?;
        }
        if let Some(year) = self.integer("year", 1990, 2100)? {
            entry.accelerator.year = u16::try_from(year).expect("within the range just checked");
        }
        entry.aliases = self.words("aliases")?;
        Ok(())
    }

    fn physics(&self, accelerator: &mut Accelerator) -> Result<(), UserFileError> {
        if let Some(bandwidth) = self.quantity("memory_bandwidth", parse_bandwidth)? {
            accelerator.memory_bandwidth = bandwidth;
        }
        if let Some(power) = self.quantity("power", parse_power)? {
            accelerator.power = Some(power);
        }
        let Some(value) = self.table.get("peak") else { return Ok(()) };
        let Value::Table(peaks) = value else {
            return Err(self.error("peak", r#"it must be a table like { bf16 = "989TFLOP/s" }"#));
        };
        self.known_keys(peaks, &PEAKS, "peak.")?;
        for (key, value) in peaks {
            let Some(rate) = self.read(&format!("peak.{key}"), value, parse_flop_rate)? else { continue };
            let slot = match key.as_str() {
                "fp64" => &mut accelerator.peaks.fp64,
                "fp32" => &mut accelerator.peaks.fp32,
                "tf32" => &mut accelerator.peaks.tf32,
                "fp16" => &mut accelerator.peaks.fp16,
                "bf16" => &mut accelerator.peaks.bf16,
                "fp8" => &mut accelerator.peaks.fp8,
                "int8" => &mut accelerator.peaks.int8,
                "fp4" => &mut accelerator.peaks.fp4,
                _ => &mut accelerator.peaks.int4, // the keys were checked above
            };
            *slot = Some(rate);
        }
        Ok(())
    }

    fn links(&self, entry: &mut AcceleratorEntry) -> Result<(), UserFileError> {
        if let Some(kind) = self.text("link")? {
            entry.accelerator.link.kind = table::link_kind(kind)
                .ok_or_else(|| self.error("link", one_of(kind, table::LINK_KINDS.map(|(name, _)| name))))?;
            kind.clone_into(&mut entry.link_name);
        }
        if let Some(bandwidth) = self.quantity("link_bandwidth", parse_bandwidth)? {
            entry.accelerator.link.bandwidth = bandwidth;
        }
        if let Some(bandwidth) = self.quantity("host_link_bandwidth", parse_bandwidth)? {
            entry.accelerator.host_link = Link { kind: LinkKind::Pcie, bandwidth };
        }
        for (key, slot) in [
            ("domain_size", &mut entry.accelerator.domain_size),
            ("node_size", &mut entry.accelerator.node_size),
        ] {
            if let Some(size) = self.integer(key, 1, 1_000_000)? {
                *slot = u32::try_from(size).expect("within the range just checked");
            }
        }
        Ok(())
    }

    fn origin(&self, layer: LayerName) -> Result<Origin, UserFileError> {
        let source = self.text("source")?.unwrap_or("the user's file").to_owned();
        let seen = match self.text("seen")? {
            Some(text) => AsOf::parse(text).map_err(|e| self.error("seen", e.to_string()))?,
            None => {
                return Err(
                    self.error("seen", r#"it is missing; give the date of the figures, like "2026-11-01""#)
                );
            }
        };
        let file = self.file.to_owned();
        Ok(Origin { layer, file, sources: vec![source], seen, confidence: Confidence::Medium })
    }

    fn known_keys(&self, table: &Table, known: &[&str], prefix: &str) -> Result<(), UserFileError> {
        for key in table.keys() {
            if !known.contains(&key.as_str()) {
                let hint = did_you_mean(&nearest(key, known.iter().copied(), 2));
                return Err(self.error(&format!("{prefix}{key}"), format!("the key is unknown{hint}")));
            }
        }
        Ok(())
    }

    fn text(&self, key: &str) -> Result<Option<&str>, UserFileError> {
        match self.table.get(key) {
            None => Ok(None),
            Some(Value::String(text)) if !text.trim().is_empty() => Ok(Some(text.as_str())),
            Some(_) => Err(self.error(key, "it must be a text in quotes")),
        }
    }

    fn words(&self, key: &str) -> Result<Vec<String>, UserFileError> {
        let error = || self.error(key, r#"it must be a list of texts, like ["mine"]"#);
        match self.table.get(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => {
                items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(error)).collect()
            }
            Some(_) => Err(error()),
        }
    }

    fn integer(&self, key: &str, least: i64, most: i64) -> Result<Option<i64>, UserFileError> {
        match self.table.get(key) {
            None => Ok(None),
            Some(Value::Integer(value)) if (least..=most).contains(value) => Ok(Some(*value)),
            Some(_) => Err(self.error(key, format!("it must be a whole number from {least} to {most}"))),
        }
    }

    fn quantity<T, E: core::fmt::Display>(
        &self,
        key: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Option<T>, UserFileError> {
        self.table.get(key).map_or(Ok(None), |value| self.read(key, value, parse))
    }

    /// A quantity with its unit. Zero is refused: hardware without memory or bandwidth computes nothing.
    fn read<T, E: core::fmt::Display>(
        &self,
        key: &str,
        value: &Value,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Option<T>, UserFileError> {
        match value {
            Value::String(text) if text.chars().any(|c| ('1'..='9').contains(&c)) => {
                parse(text).map(Some).map_err(|e| self.error(key, e.to_string()))
            }
            Value::String(_) => Err(self.error(key, "it must be above zero")),
            Value::Integer(_) | Value::Float(_) => {
                Err(self
                    .error(key, format!(r#"{value} has no unit; write it in quotes with one, like "80GiB""#)))
            }
            _ => Err(self.error(key, "it must be a text in quotes with a unit")),
        }
    }
}

fn one_of<const N: usize>(given: &str, known: [&str; N]) -> String {
    format!("{given:?} is not one of {}", known.join(", "))
}
