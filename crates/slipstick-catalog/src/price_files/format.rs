//! The kinds of price files, told apart by their first line.

use std::io::{self, BufRead, Read};

/// A known kind of price file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PriceFormat {
    /// gpuhunt's catalogue, a file for each provider.
    Gpuhunt,
    /// skypilot-catalog's `vms.csv`, a file for each cloud.
    Skypilot,
    /// litellm's model prices in JSON.
    Litellm,
    /// Our own table of offers.
    Offers,
    /// Our own table of token prices.
    TokenPrices,
}

impl PriceFormat {
    /// Its name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gpuhunt => "gpuhunt CSV",
            Self::Skypilot => "skypilot vms.csv",
            Self::Litellm => "litellm JSON",
            Self::Offers => "slipstick offers CSV",
            Self::TokenPrices => "slipstick token prices CSV",
        }
    }
}

/// The first line of a table is no longer than this; the longest known has 150 letters.
const LONGEST_HEADER: u64 = 1 << 16;

/// The start of a text up to its first line that is not blank, without the mark that editors on Windows begin a file with.
pub(super) fn head(text: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let (mut head, mut text) = (Vec::new(), text.take(LONGEST_HEADER));
    let mark = "\u{feff}".as_bytes();
    while text.read_until(b'\n', &mut head)? > 0 {
        if head.starts_with(mark) {
            head.drain(..mark.len());
        }
        if !head.trim_ascii_start().is_empty() {
            break;
        }
    }
    Ok(head)
}

/// The format, by the columns of the first line or by being a JSON object.
pub(super) fn detect(head: &[u8]) -> Option<PriceFormat> {
    let header = core::str::from_utf8(head).ok()?.trim();
    if header.starts_with('{') {
        return Some(PriceFormat::Litellm);
    }
    let columns: Vec<&str> = header.split(',').map(|column| column.trim().trim_matches('"')).collect();
    let has = |names: &[&str]| names.iter().all(|name| columns.contains(name));
    if has(&["instance_name", "location", "price", "gpu_count", "gpu_name", "spot"]) {
        Some(PriceFormat::Gpuhunt)
    } else if has(&["InstanceType", "AcceleratorName", "AcceleratorCount", "Price", "SpotPrice", "Region"]) {
        Some(PriceFormat::Skypilot)
    } else if has(&["cloud", "instance", "accelerator", "usd_per_hour"]) {
        Some(PriceFormat::Offers)
    } else if has(&["provider", "model", "usd_per_million_input"]) {
        Some(PriceFormat::TokenPrices)
    } else {
        None
    }
}
