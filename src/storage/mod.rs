//! The time-series store: what comes in is appended, what is asked for comes out sorted.
//!
//! A sample goes from a [`Batch`] through a bounded queue to the one writer thread, which puts it into the log (`wal`)
//! and the head, where readers see it. About once in half an hour the flusher thread moves the head's samples to the
//! file of their UTC day (`days`, pages of `page` with the codecs of `column`), and rewrites days that are over. The
//! index in memory knows which series exist. Readers never wait for the writer: they take short locks on 64
//! neighbours of the head, and snapshots of the days.
//!
//! What never happens: a sample that was answered is lost by a kill; a sample older than the newest of its series is
//! taken; redb, the log or a folder is touched from outside this module. docs/storage-format.md has the formats and the
//! recovery argument.

mod batch;
mod bits;
mod column;
mod days;
mod disk;
mod error;
mod flusher;
mod head;
mod idset;
mod index;
mod meta;
mod options;
mod page;
mod query;
mod queue;
mod read;
mod rows;
mod shared;
mod stats;
mod store;
mod stream;
mod wal;
mod writer;

pub use batch::{AppendError, Appended, Batch, Durability, Pending, Point, Reason, Rejected, SeriesRef};
pub use disk::{Disk, DiskFile, Mode, RealDisk};
pub use error::{OpenError, StoreError};
pub use options::Options;
pub use query::{Columns, Hints, ReadError, Select, Series, SeriesColumns, Source};
pub use stats::{Stats, TopLists};
pub use store::Store;
