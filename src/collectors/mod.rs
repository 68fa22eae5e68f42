//! Samples that this process makes itself.
//!
//! A collector renders a page in Prometheus text, as if it were asked over HTTP, and takes the same way through
//! the door as every other page: relabelling, staleness, `up` and the targets page all hold for it.

pub mod host;
