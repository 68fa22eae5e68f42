//! The HTTP surface: a router per audience, put together in one place.
//!
//! - `prometheus`: the HTTP API of Prometheus 3, under `/prometheus` and at the root
//! - `grafana`: the part of Grafana's API that reading dashboards needs, under `/grafana/api`
//! - `pages`: the web application and its files
//! - `server`: connections, limits, graceful end
//!
//! Handlers turn text into typed values at once ([`Params`]) and hand blocking work to where it belongs; nothing in
//! here touches a file or evaluates anything.

mod envelope;
mod grafana;
mod json;
mod pages;
mod params;
mod prometheus;
mod router;
mod security;
mod server;

pub use envelope::ApiError;
pub use params::Params;
pub use prometheus::{ReloadError, ReloadRequest, Reloader};
pub use router::{Context, Parts, Switches, router};
pub use server::{Server, ServerError};
