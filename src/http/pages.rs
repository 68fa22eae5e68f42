//! The web application: one page for every address below which it draws, and its files.
//!
//! Files lie in the binary compressed (`.gz`, `.br`); the build's `manifest.json` names them with type and hash. The page
//! is served with a relative base address, so that it works below any path of a reverse proxy without being told.

use std::collections::HashMap;
use std::io::Read;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use bytes::Bytes;
use rust_embed::RustEmbed;
use serde::Deserialize;

use super::router::Context;

/// The addresses that the application draws, besides those of single dashboards.
pub(super) const ADDRESSES: [&str; 14] = [
    "/",
    "/prometheus",
    "/prometheus/",
    "/prometheus/query",
    "/prometheus/graph",
    "/prometheus/targets",
    "/prometheus/status",
    "/prometheus/flags",
    "/prometheus/config",
    "/prometheus/tsdb",
    "/prometheus/tsdb-status",
    "/grafana",
    "/grafana/",
    "/grafana/dashboards",
];

/// The bundle that `web/` builds.
#[derive(RustEmbed)]
#[folder = "assets/"]
struct Assets;

/// The files of the web application, ready to be sent.
#[derive(Debug)]
pub(super) struct Pages {
    page: String,
    files: HashMap<String, File>,
}

#[derive(Debug)]
struct File {
    content_type: HeaderValue,
    etag: HeaderValue,
    immutable: bool,
    gzip: Bytes,
    brotli: Option<Bytes>,
}

#[derive(Deserialize)]
struct Listed {
    #[serde(rename = "type")]
    content_type: String,
    etag: String,
    immutable: bool,
}

impl Pages {
    /// Reads the embedded bundle. A binary built without one serves a page that says so.
    pub(super) fn load() -> Self {
        let listed: HashMap<String, Listed> =
            Assets::get("manifest.json").and_then(|file| serde_json::from_slice(&file.data).ok()).unwrap_or_default();
        let mut files = HashMap::with_capacity(listed.len());
        for (path, listed) in listed {
            let variant = |ending: &str| Assets::get(&format!("{path}{ending}")).map(|file| bytes_of(file.data));
            let (Some(gzip), Ok(content_type), Ok(etag)) = (
                variant(".gz"),
                HeaderValue::from_str(&listed.content_type),
                HeaderValue::from_str(&format!("\"{}\"", listed.etag.trim_matches('"'))),
            ) else {
                continue;
            };
            let brotli = variant(".br");
            files.insert(path, File { content_type, etag, immutable: listed.immutable, gzip, brotli });
        }
        let page = files
            .remove("index.html")
            .and_then(|file| String::from_utf8(unzip(&file.gzip)).ok())
            .unwrap_or_else(|| NO_BUNDLE.to_owned());
        Self { page, files }
    }
}

/// The page, for any address that the application draws.
pub(super) async fn page(State(context): State<Context>, uri: Uri) -> Response {
    let depth = uri.path().matches('/').count().saturating_sub(1);
    let base = if depth == 0 { "./".to_owned() } else { "../".repeat(depth) };
    let text = context.pages().page.replacen("<base href=\"./\"", &format!("<base href=\"{base}\""), 1);
    let mut response = Response::new(Body::from(text));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// One file of the bundle.
pub(super) async fn asset(State(context): State<Context>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    file(context.pages(), &format!("assets/{name}"), &headers)
}

/// Sends an address of Prometheus's own pages to where they are here, with its parameters.
pub(super) async fn moved(uri: Uri) -> Redirect {
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    Redirect::temporary(&format!("prometheus{}{query}", uri.path()))
}

/// What no route knows.
pub(super) async fn nothing() -> Response {
    (StatusCode::NOT_FOUND, "404 page not found\n").into_response()
}

fn file(pages: &Pages, path: &str, request: &HeaderMap) -> Response {
    let Some(file) = pages.files.get(path) else {
        return (StatusCode::NOT_FOUND, "404 page not found\n").into_response();
    };
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(header::ETAG, file.etag.clone());
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    let caching = if file.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    if request.get(header::IF_NONE_MATCH).is_some_and(|known| known == file.etag) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    headers.insert(header::CONTENT_TYPE, file.content_type.clone());
    let accepted = request.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or("");
    let body = if let Some(brotli) = file.brotli.as_ref().filter(|_| accepts(accepted, "br")) {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
        brotli.clone()
    } else if accepts(accepted, "gzip") {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        file.gzip.clone()
    } else {
        Bytes::from(unzip(&file.gzip))
    };
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    *response.body_mut() = Body::from(body);
    response
}

fn accepts(accepted: &str, coding: &str) -> bool {
    accepted.split(',').any(|item| {
        let mut parts = item.split(';').map(str::trim);
        parts.next() == Some(coding) && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

fn unzip(zipped: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(zipped.len() * 4);
    // The bundle is part of the binary: a damaged one shows in the tests that open every file.
    let _ = flate2::read::GzDecoder::new(zipped).read_to_end(&mut out);
    out
}

fn bytes_of(data: std::borrow::Cow<'static, [u8]>) -> Bytes {
    match data {
        std::borrow::Cow::Borrowed(data) => Bytes::from_static(data),
        std::borrow::Cow::Owned(data) => Bytes::from(data),
    }
}

const NO_BUNDLE: &str = "<!doctype html><base href=\"./\"><title>meterbox</title>\
    <p>This binary was built without its web pages; the HTTP API under <code>/prometheus/api/v1</code> works.";
