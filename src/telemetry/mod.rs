//! What meterbox says about itself: metrics on `/metrics`, and logs.
//!
//! Counters that something increments live in [`Metrics`]. Figures that another part already keeps (the store's
//! sizes, the process's memory) are not kept twice: that part hands in a closure of [`Reading`]s, asked at the
//! moment of a scrape. Both come out of one registry as one page.

mod logs;
mod metrics;
mod process;
mod readings;

pub use logs::{LogFormat, LogLevel, LogsError, start_logs};
pub use metrics::{HttpLabels, Metrics, negotiate};
pub use process::process_readings;
pub use readings::{Kind, Reading};
