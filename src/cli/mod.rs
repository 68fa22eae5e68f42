//! The command line: words and environment in, one checked [`Command`] out.
//!
//! Every flag is declared once, in [`flags`]; parsing, the environment variables, `--help`, the table in
//! docs/configuration.md and the answer of `/api/v1/status/flags` all come from there. Prometheus's own flags are either names for one
//! of ours, accepted because they ask for nothing that matters here, or refused by name ([`prometheus`]), so that the
//! `command:` of a compose file runs unchanged or says why not.
//!
//! A flag wins over METERBOX_*, that over GPUSTACK_*, that over the default.

pub mod check;
mod error;
pub mod features;
pub mod flags;
mod help;
mod parse;
pub mod prometheus;

pub use error::{CliError, Fault, Origin};
pub use help::{flags_table, help, version};
pub use parse::{Command, Serve, from_process, parse};
