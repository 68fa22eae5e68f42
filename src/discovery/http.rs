//! Targets listed by an HTTP service.

use std::fmt;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{ACCEPT, CONTENT_TYPE};

use crate::config::HttpSd;
use crate::net::{HttpClient, NetError, describe};

use super::group::{GroupError, TargetGroup, from_json};

/// Asks a service once.
///
/// # Errors
/// It does not answer in time, or not with a JSON list of groups.
pub(super) async fn ask(client: &HttpClient, config: &HttpSd) -> Result<Vec<TargetGroup>, HttpSdError> {
    let seconds = config.refresh_interval.as_secs_f64();
    let mut response = client
        .get(&config.url)
        .map_err(HttpSdError::Net)?
        .header(ACCEPT, "application/json")
        .header("X-Prometheus-Refresh-Interval-Seconds", seconds.to_string())
        .timeout(config.refresh_interval.max(SHORTEST_TIMEOUT))
        .send()
        .await
        .map_err(HttpSdError::Request)?;
    if response.status() != StatusCode::OK {
        return Err(HttpSdError::Status(response.status()));
    }
    let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    if !is_json(kind) {
        return Err(HttpSdError::ContentType(kind.to_owned()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(HttpSdError::Request)? {
        if body.len() + chunk.len() > LARGEST_BODY {
            return Err(HttpSdError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    let groups = from_json(&body).map_err(HttpSdError::Content)?;
    let meta = Some((URL, config.url.as_str()));
    Ok(groups
        .iter()
        .enumerate()
        .map(|(index, group)| TargetGroup::new(format!("{}:{index}", config.url), group, meta))
        .collect())
}

/// Why a service's answer is of no use.
#[derive(Debug)]
#[non_exhaustive]
pub enum HttpSdError {
    /// The request cannot be made.
    Net(NetError),
    /// There was no answer, or not to its end.
    Request(reqwest::Error),
    /// An answer other than 200.
    Status(StatusCode),
    /// Something other than JSON.
    ContentType(String),
    /// More than anybody would list.
    TooLarge,
    /// JSON of another shape.
    Content(GroupError),
}

impl fmt::Display for HttpSdError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Net(error) => error.fmt(formatter),
            Self::Request(error) => formatter.write_str(&describe(error)),
            Self::Status(status) => write!(formatter, "the service answered {status} instead of 200 OK"),
            Self::ContentType(kind) => {
                write!(formatter, "the service answered with Content-Type {kind:?} instead of application/json")
            }
            Self::TooLarge => write!(formatter, "the answer is larger than {} MiB", LARGEST_BODY >> 20),
            Self::Content(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for HttpSdError {}

/// `application/json`, alone or with a UTF-8 charset.
fn is_json(kind: &str) -> bool {
    let (essence, parameters) = kind.split_once(';').unwrap_or((kind, ""));
    let parameter = parameters.trim();
    let charset_is_utf8 = parameter.split_once('=').is_some_and(|(name, value)| {
        name.eq_ignore_ascii_case("charset") && value.trim_matches('"').eq_ignore_ascii_case("utf-8")
    });
    essence.trim().eq_ignore_ascii_case("application/json") && (parameter.is_empty() || charset_is_utf8)
}

/// The label that names the service a target came from.
const URL: &str = "__meta_url";

/// A service asked more often than it can answer still gets this long.
const SHORTEST_TIMEOUT: Duration = Duration::from_secs(1);

/// Some hundred thousand targets; a service that sends more is broken and must not take the memory.
const LARGEST_BODY: usize = 64 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_json_in_utf8_counts() {
        for kind in ["application/json", "Application/JSON; charset=utf-8", "application/json;charset=\"UTF-8\""] {
            assert!(is_json(kind), "{kind}");
        }
        for kind in ["", "text/plain", "application/json; charset=latin1", "application/jsonp"] {
            assert!(!is_json(kind), "{kind}");
        }
    }
}
