//! The envelope of Prometheus's API: `{"status":"success","data":...}` and `{"status":"error",...}`.

use std::fmt;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::json::{push_string, push_strings};
use crate::storage::ReadError;

/// An error of the API: its type decides the status code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    kind: Kind,
    message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Timeout,
    Canceled,
    Execution,
    BadData,
    Internal,
    Unavailable,
    NotFound,
}

impl ApiError {
    /// A parameter that cannot be used.
    #[must_use]
    pub fn parameter(name: &str, reason: impl fmt::Display) -> Self {
        Self::bad_data(format!("invalid parameter \"{name}\": {reason}"))
    }

    /// A request that cannot be understood.
    #[must_use]
    pub fn bad_data(message: impl Into<String>) -> Self {
        Self { kind: Kind::BadData, message: message.into() }
    }

    /// A query that failed while it was evaluated.
    #[must_use]
    pub fn execution(message: impl Into<String>) -> Self {
        Self { kind: Kind::Execution, message: message.into() }
    }

    /// A query that took too long.
    #[must_use]
    pub fn timeout(message: impl Into<String>) -> Self {
        Self { kind: Kind::Timeout, message: message.into() }
    }

    /// A query that was given up.
    #[must_use]
    pub fn canceled(message: impl Into<String>) -> Self {
        Self { kind: Kind::Canceled, message: message.into() }
    }

    /// Something is broken on our side.
    #[must_use]
    pub fn internal(message: impl Into<String>) -> Self {
        Self { kind: Kind::Internal, message: message.into() }
    }

    /// Something is switched off or not ready.
    #[must_use]
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self { kind: Kind::Unavailable, message: message.into() }
    }

    /// There is no such thing.
    #[must_use]
    pub fn not_found(message: impl Into<String>) -> Self {
        Self { kind: Kind::NotFound, message: message.into() }
    }

    fn status(&self) -> StatusCode {
        match self.kind {
            Kind::BadData => StatusCode::BAD_REQUEST,
            Kind::Execution => StatusCode::UNPROCESSABLE_ENTITY,
            // 499: the client closed the request. The number is nginx's; http has no name for it.
            Kind::Canceled => StatusCode::from_u16(499).unwrap_or(StatusCode::SERVICE_UNAVAILABLE),
            Kind::Timeout => StatusCode::SERVICE_UNAVAILABLE,
            // Prometheus has no code of its own for what is switched off: 503 would be a mistake for its clients, which
            // try again then.
            Kind::Internal | Kind::Unavailable => StatusCode::INTERNAL_SERVER_ERROR,
            Kind::NotFound => StatusCode::NOT_FOUND,
        }
    }

    fn name(&self) -> &'static str {
        match self.kind {
            Kind::Timeout => "timeout",
            Kind::Canceled => "canceled",
            Kind::Execution => "execution",
            Kind::BadData => "bad_data",
            Kind::Internal => "internal",
            Kind::Unavailable => "unavailable",
            Kind::NotFound => "not_found",
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.name(), self.message)
    }
}

impl std::error::Error for ApiError {}

impl From<ReadError> for ApiError {
    fn from(error: ReadError) -> Self {
        Self::internal(error.to_string())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut out = String::with_capacity(128 + self.message.len());
        out.push_str("{\"status\":\"error\",\"errorType\":");
        push_string(&mut out, self.name());
        out.push_str(",\"error\":");
        push_string(&mut out, &self.message);
        out.push('}');
        json_response(self.status(), out)
    }
}

/// A successful answer whose `data` is written by `write`.
pub(super) fn success(write: impl FnOnce(&mut String)) -> Response {
    success_with(&[], &[], write)
}

/// A successful answer with what the engine remarked.
pub(super) fn success_with(warnings: &[String], infos: &[String], write: impl FnOnce(&mut String)) -> Response {
    let mut out = String::with_capacity(1024);
    out.push_str("{\"status\":\"success\",\"data\":");
    write(&mut out);
    for (name, remarks) in [("warnings", warnings), ("infos", infos)] {
        if !remarks.is_empty() {
            out.push_str(",\"");
            out.push_str(name);
            out.push_str("\":");
            push_strings(&mut out, remarks);
        }
    }
    out.push('}');
    json_response(StatusCode::OK, out)
}

/// A successful answer whose `data` is a tree.
pub(super) fn success_value(value: &serde_json::Value) -> Response {
    success(|out| out.push_str(&value.to_string()))
}

/// A body that is JSON already.
pub(super) fn json_response(status: StatusCode, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
