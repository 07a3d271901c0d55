//! Damaged and lying tables: none panics, and none allocates beyond a multiple of what was read.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod targets;
#[path = "../../../slipstick-import/tests/hostile/walk.rs"]
mod walk;

use std::io::{self, Read};

use slipstick_catalog::{
    AsOf, Catalog, LayerName,
    price_files::{PriceFile, PriceSource},
};
use walk::{Allowance, alone, peak, survive};

#[test]
fn catalogue_rows() {
    survive("catalogue", targets::catalogue, &Allowance { runs: 250, per_byte: 400, at_all: 2_000_000 });
}

/// Rows of a list that is never whole in memory: instances and regions as a cloud has them, on demand and spot.
struct Rows {
    accelerator: fn(u64) -> String,
    next: u64,
    count: u64,
    line: io::Cursor<String>,
}

impl Rows {
    fn new(count: u64) -> Self {
        Self::of(count, |_| "H100".to_owned())
    }

    /// Rows of accelerators by their numbers.
    fn of(count: u64, accelerator: fn(u64) -> String) -> Self {
        let header = "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,Price,Region,SpotPrice\n";
        Self { accelerator, next: 0, count, line: io::Cursor::new(header.to_owned()) }
    }
}

impl Read for Rows {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.line.position() == self.line.get_ref().len() as u64 && self.next < self.count {
            let (instance, region) = (self.next % 3000, self.next / 3000);
            let accelerator = (self.accelerator)(self.next);
            let line = format!("i{instance},{accelerator},8,192,2048,80,region-{region},40\n");
            self.line = io::Cursor::new(line);
            self.next += 1;
        }
        self.line.read(buffer)
    }
}

/// The most bytes that are held while a list is read, and what comes of it is used.
fn peak_of(rows: Rows, used: impl FnOnce(&PriceFile)) -> usize {
    let as_of = AsOf::parse("2026-11-20").unwrap();
    let source = PriceSource { file: "aws.csv", cloud: None, as_of: Some(&as_of), layer: LayerName::User };
    let catalog = Catalog::builtin();
    let _alone = alone();
    // What the catalogue makes of itself once is no part of it.
    catalog.read_prices(&source, Rows::new(1)).unwrap();
    peak(|| used(&catalog.read_prices(&source, rows).unwrap()))
}

/// The largest lists have 300,000 rows of 100 bytes. Neither their text nor the rows that are read from it are held, and
/// an offer takes 200 bytes; a list that grows has room to spare, and is counted twice while it moves.
#[test]
fn a_long_price_list_is_read_and_written_row_by_row() {
    const ROWS: u64 = 20_000;
    let bytes = peak_of(Rows::new(ROWS), |prices| {
        assert_eq!(prices.offers.len() as u64, ROWS);
        prices.write_csv(io::sink()).unwrap();
    });
    assert!(bytes as u64 <= 700 * ROWS, "{bytes} bytes for {ROWS} rows");
}

/// Each for a reason of its own: they are counted, and as many as anybody reads are kept.
#[test]
fn a_price_list_that_is_refused_whole_keeps_few_of_its_rows() {
    const ROWS: u64 = 60_000;
    let bytes = peak_of(Rows::of(ROWS, |row| format!("nothing-{row}")), |prices| {
        assert_eq!((prices.rejects.count() as u64, prices.rejects.listed().len()), (ROWS, 10_000));
    });
    assert!(bytes <= 12_000_000, "{bytes} bytes");
}
