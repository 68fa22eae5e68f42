//! meterbox: one process that collects metrics, stores them, answers PromQL and shows dashboards.
//!
//! The modules are floors of a house, and imports run downwards only:
//! `cli` → `app` → `http` → (`scrape`, `collectors`, `remote`, `dashboards`) → (`promql`; `discovery`, `relabel`,
//! `ingest`) → `storage` → (`model`, `exposition`, `config`, `telemetry`, `auth`). See docs/architecture.md.

pub mod app;
pub mod cli;
pub mod collectors;
pub mod config;
pub mod dashboards;
pub mod discovery;
pub mod exposition;
pub mod http;
pub mod ingest;
pub mod model;
pub mod net;
pub mod promql;
pub mod relabel;
pub mod remote;
pub mod scrape;
pub mod storage;
pub mod telemetry;
