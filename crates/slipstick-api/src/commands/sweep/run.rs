//! All rows, worked out by several threads and handed on in the order of their numbers.

use core::ops::Range;
use std::{
    sync::mpsc::{Receiver, sync_channel},
    thread,
};

use super::{
    columns::Columns,
    reduce::{Reduced, Wanted},
    rows::Evaluator,
    space::Space,
    spec::Filter,
};
use crate::{ApiError, table::Chunk};

/// Rows that one thread works out at a time.
const BLOCK: u64 = 1 << 14;

/// What becomes of every row.
pub(super) struct Plan<'a> {
    pub(super) space: &'a Space,
    pub(super) evaluator: &'a Evaluator<'a>,
    pub(super) filter: &'a Filter,
    pub(super) wanted: &'a Wanted,
    /// The columns to write; none where no table is.
    pub(super) columns: Option<&'a Columns>,
}

/// Some rows, worked out.
pub(super) struct Block {
    /// The rows of the space that it stands for.
    pub(super) range: Range<u64>,
    pub(super) chunk: Option<Chunk>,
    pub(super) reduced: Reduced,
}

impl Plan<'_> {
    /// Works out a range by so many threads; each block goes to `take` in order.
    pub(super) fn run(
        &self,
        range: Range<u64>,
        threads: usize,
        mut take: impl FnMut(Block) -> Result<(), ApiError>,
    ) -> Result<(), ApiError> {
        let blocks = (range.end - range.start).div_ceil(BLOCK);
        let threads = threads.max(1) as u64;
        let of = |block: u64| {
            let start = range.start + block * BLOCK;
            start..range.end.min(start + BLOCK)
        };
        thread::scope(|scope| {
            let worker = |first: u64| -> Receiver<Block> {
                // One block waits while the next is worked out: what is in memory is bounded.
                let (give, got) = sync_channel(1);
                scope.spawn(move || {
                    let mut block = first;
                    while block < blocks && give.send(self.block(of(block))).is_ok() {
                        block += threads;
                    }
                });
                got
            };
            let workers: Vec<Receiver<Block>> = (0..threads.min(blocks)).map(worker).collect();
            for block in 0..blocks {
                let at = usize::try_from(block % threads).unwrap_or_default();
                // A thread that stopped early has panicked, which the scope tells on.
                let Ok(block) = workers[at].recv() else { break };
                take(block)?;
            }
            Ok(())
        })
    }

    fn block(&self, range: Range<u64>) -> Block {
        let mut reduced = Reduced::default();
        let mut filling = self.columns.map(|columns| columns.filling(self.space));
        self.evaluator.rows(range.clone(), &mut |row| {
            *reduced.verdicts.entry(row.verdict).or_default() += 1;
            if let (None, Some(reason)) = (&reduced.refusal, row.reason) {
                reduced.refusal = Some(reason.to_owned());
            }
            if !self.filter.keeps(row.verdict, &row.figures) {
                return;
            }
            reduced.see(row, self.wanted, self.space);
            if let Some(filling) = &mut filling {
                filling.push(row);
            }
        });
        Block { range, chunk: filling.map(super::columns::Filling::finish), reduced }
    }
}
