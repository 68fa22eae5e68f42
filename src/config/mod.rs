//! The configuration file: YAML text in, a checked [`Config`] out.
//!
//! An unchanged prometheus.yml is welcome. Every key that Prometheus knows is declared once, in a table, with its
//! type, its default, a line of explanation and whether meterbox does what it says; the reader, the search for the
//! nearest key of a typo and the tables of docs/configuration.md all come from there. Nothing is skipped in silence:
//! what cannot be done is refused with file, line and column. A [`Config`] in hand has been checked altogether:
//! patterns are compiled, timeouts fit their intervals, job names are unique.

mod client;
mod job;
mod relabel;

pub use client::{
    Credential, HttpAuth, HttpClientOptions, HttpHeader, Pem, Secret, TlsOptions, TlsVersion,
};
pub use job::{Config, FileSd, Global, HttpSd, Limits, Scheme, ScrapeJob, ScrapeProtocol, StaticGroup};
pub use relabel::{RelabelAction, RelabelRule, RelabelRuleError, WrittenRule};
