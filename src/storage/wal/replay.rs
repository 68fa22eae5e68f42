//! Reading the log back at start.

use std::io;

use super::record::{Samples, decode_samples};
use super::segment::{FoundSegment, Log};

/// What replaying found.
#[derive(Clone, Copy, Debug, Default)]
pub(in super::super) struct Replayed {
    pub(in super::super) records: u64,
    /// Segments that end in a record that is not whole.
    pub(in super::super) torn: u64,
}

/// Feeds every whole record to `samples`, after telling it the record's number, and leaves the segments to the log.
pub(in super::super) fn replay<S: Samples>(
    log: &mut Log,
    segments: Vec<FoundSegment>,
    samples: &mut S,
    mut begin: impl FnMut(&mut S, u64),
) -> io::Result<Replayed> {
    let mut replayed = Replayed::default();
    let mut previous = Vec::new();
    for segment in segments {
        previous.clear();
        let mut last_seq = 0;
        let mut unread = 0;
        let end = segment.scan(|seq, kind, payload| {
            last_seq = seq;
            begin(samples, seq);
            if kind != SAMPLES || unread > 0 || decode_samples(payload, &mut previous, samples).is_none() {
                // Later values build on what this record would have said.
                unread += 1;
            } else {
                replayed.records += 1;
            }
        })?;
        if end.torn || unread > 0 {
            replayed.torn += 1;
            tracing::warn!(
                file = %segment.path().display(),
                offset = end.offset,
                unread,
                "the log ends in a record that is not whole, as after a power cut; what came before it is kept"
            );
        }
        log.adopt(segment, last_seq, end.offset);
    }
    Ok(replayed)
}

/// The kind of a record of series and points.
pub(in super::super) const SAMPLES: u8 = 1;
