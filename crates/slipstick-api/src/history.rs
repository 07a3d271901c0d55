//! Past answers: one line each in a file of the user's, and what is shown of them.
//!
//! A line holds the question, the headline numbers and a hash of the answer; all other numbers are had by asking again,
//! and the hash says whether they still are what they were. Nothing here touches the file: the world hands in its lines
//! and writes those that it gets, and a face asks again.

mod again;
mod compare;
mod entry;
mod headline;
mod list;
mod show;
mod wanted;

pub use again::Again;
pub use compare::{ComparedAnswer, DifferingNumber, HistoryCompareReport, compare};
pub use entry::{HistoryEntry, Kept};
pub use list::{HistoryReport, HistoryRow, Newest, PastAnswer, list};
pub use show::{HistoryShowReport, show};
pub use wanted::{Wanted, plotted};
