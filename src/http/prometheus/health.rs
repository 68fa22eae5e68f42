//! Liveness, readiness, reload, own metrics.

use std::fmt;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::{mpsc, oneshot};

use crate::http::router::Context;
use crate::telemetry::negotiate;

/// Asks `app` to read the configuration again. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Reloader {
    requests: mpsc::Sender<oneshot::Sender<Result<(), ReloadError>>>,
}

/// What [`Reloader`] gets back when the configuration was refused; the one in force stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReloadError {
    /// The reason with file, line and mend.
    pub reason: String,
}

impl fmt::Display for ReloadError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.reason)
    }
}

impl std::error::Error for ReloadError {}

/// One request to reload; whoever takes it answers on it.
pub type ReloadRequest = oneshot::Sender<Result<(), ReloadError>>;

impl Reloader {
    /// The asking end and the end that `app` listens on.
    #[must_use]
    pub fn channel() -> (Self, mpsc::Receiver<ReloadRequest>) {
        let (requests, taken) = mpsc::channel(1);
        (Self { requests }, taken)
    }

    /// Returns once the new configuration is in force or was refused.
    ///
    /// # Errors
    /// It was refused, or the process is ending.
    pub async fn reload(&self) -> Result<(), ReloadError> {
        let ending = || ReloadError { reason: "the process is shutting down".to_owned() };
        let (answer, answered) = oneshot::channel();
        self.requests.send(answer).await.map_err(|_| ending())?;
        answered.await.map_err(|_| ending())?
    }
}

pub(super) async fn healthy() -> &'static str {
    "meterbox is Healthy.\n"
}

pub(super) async fn ready() -> &'static str {
    "meterbox is Ready.\n"
}

pub(super) async fn reload(State(context): State<Context>) -> Response {
    match context.parts().reloader.reload().await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(error) => {
            (StatusCode::INTERNAL_SERVER_ERROR, format!("failed to reload config: {error}\n")).into_response()
        }
    }
}

pub(super) async fn lifecycle_off() -> Response {
    (StatusCode::FORBIDDEN, "Lifecycle API is not enabled.\n").into_response()
}

pub(super) async fn metrics(State(context): State<Context>, headers: HeaderMap) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("");
    let (page, content_type) = if negotiate(accept) {
        (context.metrics().openmetrics(), "application/openmetrics-text; version=1.0.0; charset=utf-8")
    } else {
        (context.metrics().text(), "text/plain; version=0.0.4; charset=utf-8")
    };
    match page {
        Ok(page) => ([(header::CONTENT_TYPE, content_type)], page).into_response(),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, "a metric could not be written\n").into_response(),
    }
}
