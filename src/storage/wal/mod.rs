//! The log: what was accepted and is in no day file yet, in the order in which it came.
//!
//! Records go in (`record`: series and points become bytes; `segment`: bytes become durable), and come out once, at
//! the next start (`replay`). A segment can be decoded without any other, and a page that was synced is never
//! written again. docs/storage-format.md has the byte tables.

mod record;
mod replay;
mod segment;

pub(super) use record::{RowEncoder, Samples};
pub(super) use replay::{SAMPLES, replay};
pub(super) use segment::{FoundSegment, Log, LogError};
