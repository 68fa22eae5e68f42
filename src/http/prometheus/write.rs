//! Remote write.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::http::router::Context;

pub(super) async fn write(State(context): State<Context>, headers: HeaderMap, body: Bytes) -> Response {
    match context.parts().receiver.write(&headers, body).await {
        Ok(_) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => {
            let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, format!("{error}\n")).into_response()
        }
    }
}

pub(super) async fn off() -> Response {
    (StatusCode::NOT_FOUND, "remote write receiver needs to be enabled with --web.enable-remote-write-receiver\n")
        .into_response()
}
