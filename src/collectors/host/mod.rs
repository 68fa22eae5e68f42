//! This host, under the names of node_exporter, so that its dashboards and rules find what they look for.
//!
//! Everything is read from /proc, /sys and statvfs when a page is asked for. Each group of files is a collector of its
//! own: what one cannot read is missing from the page and noted under `node_scrape_collector_success`, the others go on.
//! A mount that hangs costs its own samples only.

mod cpu;
mod disk;
mod error;
mod files;
mod filesystem;
mod memory;
mod netstat;
mod network;
mod page;
mod render;
mod sensors;
mod system;

pub use files::HostPaths;
pub use render::{HOST_JOB, HOST_URL, Host, host_labels, host_name};
