//! Wires the parts together: start, reload, shutdown.
//!
//! The only place that knows everybody. Start goes from what can fail for reasons the user can mend (configuration, port,
//! data directory) to what cannot; shutdown goes the way of a sample: first nobody asks any more, then nothing
//! comes in any more, then the store is flushed and closed.

mod banner;
mod error;
mod figures;
mod options;
mod reload;
mod serve;

pub use error::StartError;
pub use options::ServeOptions;
pub use serve::serve;
