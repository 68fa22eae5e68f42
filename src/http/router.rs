//! All routes, and what their handlers share.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::get;
use parking_lot::RwLock;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::timeout::TimeoutLayer;

use super::pages::{self, Pages};
use super::prometheus::Reloader;
use super::{grafana, prometheus, security};
use crate::dashboards::Library;
use crate::promql::Engine;
use crate::remote::receive::Receiver;
use crate::scrape::Manager;
use crate::storage::Store;
use crate::telemetry::Metrics;

/// What is switched on by flags.
#[derive(Clone, Copy, Debug, Default)]
pub struct Switches {
    /// `POST /-/reload`.
    pub lifecycle: bool,
    /// `POST /api/v1/write`.
    pub remote_write: bool,
    /// `/api/v1/admin/tsdb/*`.
    pub admin: bool,
}

/// The parts that the handlers call; `app` hands them in.
pub struct Parts {
    /// The store.
    pub store: Store,
    /// The query engine.
    pub engine: Engine,
    /// Who scrapes.
    pub scrape: Manager,
    /// The dashboards.
    pub library: Library,
    /// Remote write.
    pub receiver: Receiver,
    /// Own metrics.
    pub metrics: Metrics,
    /// Reads the configuration again.
    pub reloader: Reloader,
    /// What flags switched on.
    pub switches: Switches,
    /// Flags and their values, as `/api/v1/status/flags` lists them.
    pub flags: Vec<(String, String)>,
    /// How long samples are kept, in words.
    pub retention: String,
    /// The configuration in force as YAML, secrets masked.
    pub config: Arc<RwLock<String>>,
    /// When the process started, in ms since the epoch.
    pub started: i64,
}

/// What handlers share. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    parts: Arc<Parts>,
    pages: Arc<Pages>,
}

impl Context {
    /// Puts the parts together with the embedded pages.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self { parts: Arc::new(parts), pages: Arc::new(Pages::load()) }
    }

    pub(super) fn parts(&self) -> &Parts {
        &self.parts
    }

    pub(super) fn pages(&self) -> &Pages {
        &self.pages
    }

    pub(super) fn metrics(&self) -> &Metrics {
        &self.parts.metrics
    }
}

/// Everything that is served.
pub fn router(context: Context) -> Router {
    let api = prometheus::routes(&context)
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, REQUEST_TIMEOUT));
    let mut compressed = Router::new()
        .merge(api.clone())
        .nest("/prometheus", api)
        .nest("/grafana/api", grafana::routes())
        .route("/grafana/d/{*dashboard}", get(pages::page))
        .route("/grafana/d-solo/{*dashboard}", get(pages::page));
    for address in pages::ADDRESSES {
        compressed = compressed.route(address, get(pages::page));
    }
    // Bookmarks and links made for a Prometheus at the root go on working.
    for name in ["/graph", "/query", "/targets", "/status", "/flags", "/config", "/tsdb-status"] {
        compressed = compressed.route(name, get(pages::moved));
    }
    let compressed = compressed.layer(CompressionLayer::new().gzip(true));
    compressed
        .route("/assets/{name}", get(pages::asset))
        .fallback(pages::nothing)
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn_with_state(context.clone(), security::observe))
        .with_state(context)
}

/// Nothing that is asked here takes longer, queries end by their own limit before: a request that hangs for another
/// reason must not hold its connection for good.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(300);
