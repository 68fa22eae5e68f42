//! The receiving end of remote write 1.0: a snappy block of protobuf in, samples through the door out.
//!
//! A request is answered when a power cut could not take its samples any more. What a request gets wrong in part
//! (samples out of order, labels that are none) is refused in part: the rest is stored, and the answer is a 400, which
//! tells the sender not to try again. The protobuf is walked in place; labels are decoded only for series whose bytes
//! have not been met before.

mod error;
mod message;
mod receiver;
mod series_cache;
mod wire;

pub use error::{Refused, WriteError};
pub use receiver::{ReceiveLimits, Receiver, WriteOutcome};
