//! Who is to be scraped: from a job's configuration, files and HTTP services to targets.
//!
//! [`Discovery`] watches the sources of one job and keeps their [`TargetGroup`]s current; a source that fails keeps
//! its last good groups. [`build`] then turns groups into [`Target`]s: it sets the labels that every target has,
//! applies the job's `relabel_configs`, and says of each target whether it is scraped, dropped by a rule, or wrong.

mod file;
mod group;
mod http;
mod target;
mod watch;

pub use file::{FileError, FileFault, read_file};
pub use group::{GroupError, TargetGroup};
pub use http::HttpSdError;
pub use target::{BuildError, Dropped, Rejected, Target, Targets, build};
pub use watch::{Discovery, Groups, SourceKind, SourceStatus};
