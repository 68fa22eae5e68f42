//! The parameters of a request, from the query string and from a form in the body.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{Method, header};
use http_body_util::{BodyExt, Limited};

use super::envelope::ApiError;
use crate::model::{Matcher, now_ms, parse_duration, parse_time};
use crate::promql;

/// Names and values in the order they were sent; those of the body come first, as Go's forms have it.
#[derive(Clone, Debug, Default)]
pub struct Params {
    pairs: Vec<(String, String)>,
}

impl Params {
    /// Reads a query string.
    #[must_use]
    pub fn from_query(query: &str) -> Self {
        Self { pairs: form_urlencoded::parse(query.as_bytes()).into_owned().collect() }
    }

    /// The first value of a name; empty where it is absent.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.pairs.iter().find(|(candidate, _)| candidate == name).map_or("", |(_, value)| value)
    }

    /// All values of a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(candidate, _)| candidate == name).map(|(_, value)| value.as_str())
    }

    /// A time in ms, or `default` where it is absent.
    ///
    /// # Errors
    /// The text is no time.
    pub fn time_or(&self, name: &'static str, default: i64) -> Result<i64, ApiError> {
        match self.text(name) {
            "" => Ok(default),
            text => parse_time(text)
                .map_err(|error| ApiError::parameter(name, format!("invalid time value for '{name}': {error}"))),
        }
    }

    /// A time that has to be given.
    ///
    /// # Errors
    /// The text is no time, or there is none.
    pub fn time(&self, name: &'static str) -> Result<i64, ApiError> {
        parse_time(self.text(name)).map_err(|error| ApiError::parameter(name, error))
    }

    /// Now, for a default.
    #[must_use]
    pub fn now() -> i64 {
        now_ms()
    }

    /// A duration: a number of seconds or Prometheus's form (`1m30s`); `None` where it is absent.
    ///
    /// # Errors
    /// The text is no duration, or does not fit.
    pub fn duration(&self, name: &'static str) -> Result<Option<Duration>, ApiError> {
        let text = self.text(name);
        if text.is_empty() {
            return Ok(None);
        }
        signed_duration(text)
            .map_err(|reason| ApiError::parameter(name, reason))
            .map(|ms| Some(Duration::from_millis(u64::try_from(ms).unwrap_or(0))))
    }

    /// A step in ms; may come out zero or negative, which its user refuses.
    ///
    /// # Errors
    /// The text is no duration, or there is none.
    pub fn step(&self, name: &'static str) -> Result<i64, ApiError> {
        signed_duration(self.text(name)).map_err(|reason| ApiError::parameter(name, reason))
    }

    /// A count; 0 where it is absent, which means no limit.
    ///
    /// # Errors
    /// The text is not a whole number, or negative.
    pub fn limit(&self, name: &'static str) -> Result<usize, ApiError> {
        match self.text(name) {
            "" => Ok(0),
            text => match text.parse::<i64>() {
                Ok(count) if count >= 0 => Ok(usize::try_from(count).unwrap_or(usize::MAX)),
                Ok(_) => Err(ApiError::parameter(name, "limit must be non-negative")),
                Err(_) => Err(ApiError::parameter(name, format!("strconv.Atoi: parsing {text:?}: invalid syntax"))),
            },
        }
    }

    /// The selectors given as `match[]`, each as its matchers. Not every endpoint of Prometheus names the parameter in the
    /// error, so the reason comes bare.
    ///
    /// # Errors
    /// One is not a selector, or would select everything.
    pub fn matchers(&self) -> Result<Vec<Vec<Matcher>>, String> {
        self.all("match[]")
            .map(|text| {
                let matchers = promql::parse_selector(text).map_err(|error| error.to_string())?;
                if matchers.iter().all(Matcher::matches_empty) {
                    return Err("match[] must contain at least one non-empty matcher".to_owned());
                }
                Ok(matchers)
            })
            .collect()
    }
}

impl<S: Send + Sync> FromRequest<S> for Params {
    type Rejection = ApiError;

    async fn from_request(request: Request, _state: &S) -> Result<Self, ApiError> {
        let query = request.uri().query().unwrap_or("").to_owned();
        let mut pairs = Vec::new();
        if request.method() == Method::POST && is_form(&request) {
            let body = collect(request.into_body()).await?;
            pairs.extend(form_urlencoded::parse(&body).into_owned());
        }
        pairs.extend(form_urlencoded::parse(query.as_bytes()).into_owned());
        Ok(Self { pairs })
    }
}

async fn collect(body: Body) -> Result<Vec<u8>, ApiError> {
    Limited::new(body, LARGEST_FORM)
        .collect()
        .await
        .map(|body| body.to_bytes().to_vec())
        .map_err(|error| ApiError::bad_data(format!("error parsing form values: {error}")))
}

fn is_form(request: &Request) -> bool {
    request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.trim_start().to_ascii_lowercase().starts_with("application/x-www-form-urlencoded"))
}

/// A duration in ms that may be negative, as query parameters allow.
fn signed_duration(text: &str) -> Result<i64, String> {
    if let Ok(seconds) = text.parse::<f64>() {
        let nanoseconds = seconds * 1e9;
        if !nanoseconds.is_finite() || nanoseconds.abs() > LARGEST_NANOSECONDS {
            return Err(format!("cannot parse {text:?} to a valid duration. It overflows int64"));
        }
        #[expect(clippy::cast_possible_truncation, reason = "the range is checked above")]
        return Ok((seconds * 1000.0) as i64);
    }
    match parse_duration(text) {
        Ok(duration) => Ok(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)),
        Err(_) => Err(format!("cannot parse {text:?} to a valid duration")),
    }
}

/// A form holds a query; Go's default bound for forms is the same.
const LARGEST_FORM: usize = 10 << 20;

/// The range of 64-bit nanoseconds, which bounds durations in Prometheus.
const LARGEST_NANOSECONDS: f64 = 9.223_372_036_854_775e18;
