//! The part of Grafana's HTTP API that finding and reading dashboards needs.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::params::Params;
use super::router::Context;
use crate::dashboards::{Entry, Origin, slug};

/// The routes below `/grafana/api`.
pub(super) fn routes() -> Router<Context> {
    Router::new()
        .route("/health", get(health))
        .route("/search", get(search))
        .route("/dashboards/uid/{uid}", get(dashboard))
        .route("/folders", get(folders))
        .route("/datasources", get(datasources))
        .route("/frontend/settings", get(settings))
        .fallback(unknown)
}

async fn health() -> Json<Value> {
    Json(json!({ "database": "ok", "version": env!("CARGO_PKG_VERSION"), "commit": env!("METERBOX_REVISION") }))
}

async fn search(State(context): State<Context>, params: Params) -> Json<Value> {
    let query = params.text("query").to_lowercase();
    let tags: Vec<&str> = params.all("tag").collect();
    let kind = params.text("type");
    let limit = params.text("limit").parse::<usize>().unwrap_or(DEFAULT_LIMIT);
    let found: Vec<Value> = context
        .parts()
        .library
        .entries()
        .iter()
        .filter(|_| kind.is_empty() || kind == "dash-db")
        .filter(|entry| entry.title.to_lowercase().contains(&query))
        .filter(|entry| tags.iter().all(|tag| entry.tags.iter().any(|own| own == tag)))
        .take(limit)
        .map(|entry| {
            json!({
                "uid": entry.uid,
                "title": entry.title,
                "uri": format!("db/{}", entry.slug),
                "url": url(entry),
                "slug": entry.slug,
                "type": "dash-db",
                "tags": entry.tags,
                "isStarred": false,
                "folderUid": if entry.folder.is_empty() { String::new() } else { slug(&entry.folder) },
                "folderTitle": entry.folder,
            })
        })
        .collect();
    Json(Value::Array(found))
}

async fn dashboard(State(context): State<Context>, Path(uid): Path<String>) -> Response {
    let Some(entry) = context.parts().library.entry(&uid) else {
        return (StatusCode::NOT_FOUND, Json(json!({ "message": "Dashboard not found" }))).into_response();
    };
    let file = match &entry.origin {
        Origin::Shipped => String::new(),
        Origin::File(path) => path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
    };
    let mut dashboard = (*entry.json).clone();
    // A file without a uid is known by the one that its name gave it.
    if let Some(object) = dashboard.as_object_mut().filter(|object| !object.contains_key("spec")) {
        object.insert("uid".to_owned(), Value::String(entry.uid.clone()));
    }
    Json(json!({
        "dashboard": dashboard,
        "meta": {
            "type": "db",
            "slug": entry.slug,
            "url": url(&entry),
            "folderTitle": entry.folder,
            "folderUid": if entry.folder.is_empty() { String::new() } else { slug(&entry.folder) },
            "provisioned": true,
            "provisionedExternalId": file,
            "canSave": false,
            "canEdit": false,
            "canAdmin": false,
            "canStar": false,
        },
    }))
    .into_response()
}

async fn folders(State(context): State<Context>) -> Json<Value> {
    let mut titles: Vec<String> = context.parts().library.entries().iter().map(|entry| entry.folder.clone()).collect();
    titles.dedup();
    titles.retain(|title| !title.is_empty());
    Json(titles.iter().map(|title| json!({ "uid": slug(title), "title": title })).collect())
}

async fn datasources() -> Json<Value> {
    Json(json!([datasource()]))
}

async fn settings() -> Json<Value> {
    Json(json!({
        "buildInfo": { "version": env!("CARGO_PKG_VERSION"), "commit": env!("METERBOX_REVISION"), "edition": "meterbox" },
        "defaultDatasource": DATASOURCE,
        "datasources": { DATASOURCE: datasource() },
        "anonymousEnabled": true,
    }))
}

async fn unknown() -> Response {
    (StatusCode::NOT_FOUND, Json(json!({ "message": "Not found" }))).into_response()
}

fn datasource() -> Value {
    json!({
        "id": 1,
        "uid": DATASOURCE,
        "name": DATASOURCE,
        "type": "prometheus",
        "access": "proxy",
        "url": "/prometheus",
        "isDefault": true,
        "readOnly": true,
        "jsonData": { "httpMethod": "POST" },
    })
}

fn url(entry: &Entry) -> String {
    format!("/grafana/d/{}/{}", entry.uid, entry.slug)
}

/// The one data source: this process.
const DATASOURCE: &str = "meterbox";

/// Grafana's own.
const DEFAULT_LIMIT: usize = 1000;
