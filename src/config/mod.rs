//! The configuration file: YAML text in, a checked [`Config`] out.
//!
//! An unchanged prometheus.yml is welcome. Every key that Prometheus knows is declared once, in [`keys`], with its
//! type, its default, a line of explanation and whether meterbox does what it says; the reader, the search for the
//! nearest key of a typo and the tables of docs/configuration.md all come from there. Nothing is skipped in silence:
//! what cannot be done is refused with file, line and column. A [`Config`] in hand has been checked altogether:
//! patterns are compiled, timeouts fit their intervals, job names are unique.

mod client;
mod docs;
mod error;
mod expand;
mod job;
pub mod keys;
mod load;
mod print;
mod read;
mod read_client;
mod relabel;
mod size;
mod suggest;
mod yaml;

pub use client::{Credential, HttpAuth, HttpClientOptions, HttpHeader, Pem, Secret, TlsOptions, TlsVersion, redacted};
pub use docs::keys_tables;
pub use error::{ConfigError, Problem};
pub use job::{Config, FileSd, Global, HttpSd, Limits, Scheme, ScrapeJob, ScrapeProtocol, StaticGroup};
pub(crate) use load::groups;
pub use relabel::{RelabelAction, RelabelRule, RelabelRuleError, WrittenRule};
pub use size::{SizeError, format_size, parse_size};
pub use suggest::nearest;
pub use yaml::{Node, Place, Value, YamlError, YamlFault};
