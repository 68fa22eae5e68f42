//! The one door into storage: what a target exposed at one time becomes a batch of samples.
//!
//! A [`TargetIngest`] belongs to one target. It remembers each line that it has seen as raw bytes with the series
//! they stand for, in the order of the page, and compares the next page line by line with that prediction; labels are
//! parsed, relabelled, limited and looked up only for lines it has not met. It also knows which series the last
//! scrape had, and marks those that vanished as stale. Nothing is handed on from a page that is refused: a scrape
//! counts as a whole.
//!
//! [`Ingest`] is what all targets and senders share: the store and the counters.

mod cache;
mod counters;
mod door;
mod error;
mod labels;
mod reading;
mod target;

pub use counters::{Counters, CountersSnapshot};
pub use door::Ingest;
pub use error::PageError;
pub use labels::{LabelLimits, attach_target_labels};
pub use target::{Counts, Report, TargetIngest, TargetRules};
