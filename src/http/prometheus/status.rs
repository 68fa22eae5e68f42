//! What runs here, and how it is set up.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::http::envelope::{ApiError, success_value};
use crate::http::params::Params;
use crate::http::router::Context;
use crate::model::{format_rfc3339, now_ms};

/// The level of Prometheus's API that is answered here. Clients switch features by it: Grafana, for one, only sends
/// matchers to the labels endpoints from 2.24 on.
const API_LEVEL: &str = "3.5.0";

pub(super) async fn build() -> Response {
    success_value(&build_info())
}

pub(super) async fn version() -> axum::Json<Value> {
    axum::Json(build_info())
}

pub(super) async fn runtime(State(context): State<Context>) -> Response {
    let parts = context.parts();
    let metrics = context.metrics();
    let loaded = metrics.config_last_reload_success_timestamp.get().saturating_mul(1000);
    let stats = parts.store.stats();
    success_value(&json!({
        "startTime": format_rfc3339(parts.started),
        "CWD": std::env::current_dir().map(|path| path.display().to_string()).unwrap_or_default(),
        "hostname": sysinfo::System::host_name().unwrap_or_default(),
        "serverTime": format_rfc3339(now_ms()),
        "reloadConfigSuccess": metrics.config_last_reload_successful.get() == 1,
        "lastConfigTime": format_rfc3339(loaded),
        "corruptionCount": stats.wal_torn + stats.damaged_days,
        "goroutineCount": 0,
        "GOMAXPROCS": std::thread::available_parallelism().map_or(1, usize::from),
        "GOMEMLIMIT": 0,
        "GOGC": "",
        "GODEBUG": "",
        "storageRetention": parts.retention,
    }))
}

pub(super) async fn config(State(context): State<Context>) -> Response {
    success_value(&json!({ "yaml": *context.parts().config.read() }))
}

pub(super) async fn flags(State(context): State<Context>) -> Response {
    let flags: serde_json::Map<String, Value> =
        context.parts().flags.iter().map(|(name, value)| (name.clone(), Value::String(value.clone()))).collect();
    success_value(&Value::Object(flags))
}

pub(super) async fn tsdb(State(context): State<Context>, params: Params) -> Result<Response, ApiError> {
    let limit = match params.text("limit") {
        "" => DEFAULT_TOP,
        text => text
            .parse::<usize>()
            .ok()
            .filter(|limit| (1..=LARGEST_TOP).contains(limit))
            .ok_or_else(|| ApiError::bad_data("limit must be a positive number"))?,
    };
    let store = context.parts().store.clone();
    let (stats, lists) = tokio::task::spawn_blocking(move || (store.stats(), store.top_lists(limit)))
        .await
        .map_err(|error| ApiError::internal(error.to_string()))?;
    let top = |list: &[(String, u64)]| -> Value {
        list.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect()
    };
    Ok(success_value(&json!({
        "headStats": {
            "numSeries": stats.head_series,
            "numLabelPairs": stats.label_pairs,
            "chunkCount": stats.head_chunks,
            "minTime": stats.head_min_time,
            "maxTime": stats.head_max_time,
        },
        "seriesCountByMetricName": top(&lists.series_by_metric),
        "labelValueCountByLabelName": top(&lists.values_by_label),
        "memoryInBytesByLabelName": top(&lists.memory_by_label),
        "seriesCountByLabelValuePair": top(&lists.series_by_pair),
    })))
}

/// Deleting and snapshots: switched off by default, as in Prometheus, and not there yet when switched on.
pub(super) async fn admin(State(context): State<Context>) -> Response {
    if context.parts().switches.admin {
        let message = "deleting series and taking snapshots are not supported yet";
        (StatusCode::NOT_IMPLEMENTED, format!("{message}\n")).into_response()
    } else {
        ApiError::unavailable("admin APIs disabled").into_response()
    }
}

fn build_info() -> Value {
    json!({
        "version": API_LEVEL,
        "revision": env!("METERBOX_REVISION"),
        "branch": "",
        "buildUser": "",
        "buildDate": "",
        "goVersion": env!("METERBOX_RUSTC"),
        "application": "meterbox",
        "applicationVersion": env!("CARGO_PKG_VERSION"),
    })
}

const DEFAULT_TOP: usize = 10;
const LARGEST_TOP: usize = 10_000;
