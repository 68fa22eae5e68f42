//! Prometheus's HTTP API: the same paths, parameters, envelopes and texts.

mod health;
mod query;
mod series;
mod status;
mod targets;
mod write;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};

use super::router::Context;

pub use health::{ReloadError, ReloadRequest, Reloader};

/// The routes, relative to where they are mounted.
pub(super) fn routes(context: &Context) -> Router<Context> {
    let switches = context.parts().switches;
    let mut router = Router::new()
        .route("/api/v1/query", get(query::instant).post(query::instant))
        .route("/api/v1/query_range", get(query::range).post(query::range))
        .route("/api/v1/format_query", get(query::format).post(query::format))
        .route("/api/v1/parse_query", get(query::parse).post(query::parse))
        .route("/api/v1/series", get(series::series).post(series::series))
        .route("/api/v1/labels", get(series::label_names).post(series::label_names))
        .route("/api/v1/label/{name}/values", get(series::label_values))
        .route("/api/v1/metadata", get(series::metadata))
        .route("/api/v1/targets", get(targets::targets))
        .route("/api/v1/scrape_pools", get(targets::scrape_pools))
        .route("/api/v1/status/buildinfo", get(status::build))
        .route("/api/v1/status/runtimeinfo", get(status::runtime))
        .route("/api/v1/status/config", get(status::config))
        .route("/api/v1/status/flags", get(status::flags))
        .route("/api/v1/status/tsdb", get(status::tsdb))
        .route("/api/v1/admin/tsdb/{action}", post(status::admin).put(status::admin))
        .route("/metrics", get(health::metrics))
        .route("/version", get(status::version))
        .route("/-/healthy", get(health::healthy))
        .route("/-/ready", get(health::ready));
    router = if switches.lifecycle {
        router.route("/-/reload", post(health::reload).put(health::reload))
    } else {
        router.route("/-/reload", post(health::lifecycle_off).put(health::lifecycle_off))
    };
    router = if switches.remote_write {
        router.route("/api/v1/write", post(write::write))
    } else {
        router.route("/api/v1/write", post(write::off))
    };
    router.method_not_allowed_fallback(wrong_method)
}

/// A known path, asked in a way that it does not answer; the `Allow` header says how to ask.
async fn wrong_method() -> (StatusCode, &'static str) {
    (StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed\n")
}
