//! Dashboards as files: those that ship inside the binary, and those of the folders that the user names.
//!
//! The JSON is kept as it was read; only what a list needs (uid, title, tags, folder) is taken out of it. Drawing,
//! migrating and checking a dashboard is the page's work.

mod embedded;
mod entry;
mod library;

pub use entry::{Entry, Origin, slug};
pub use library::{Library, Problem};
