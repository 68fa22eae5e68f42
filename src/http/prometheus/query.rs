//! Evaluating, formatting and parsing queries.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;

use crate::http::envelope::{ApiError, success, success_value, success_with};
use crate::http::json::{push_labels, push_point, push_points, push_string};
use crate::http::params::Params;
use crate::http::router::Context;
use crate::promql::{self, Answer, ErrorKind, QueryError, QueryOptions, Stats, Value};

pub(super) async fn instant(State(context): State<Context>, params: Params) -> Result<Response, ApiError> {
    let limit = params.limit("limit")?;
    let at = params.time_or("time", Params::now())?;
    let options = options(&params)?;
    let parts = context.parts();
    let source = Arc::new(parts.store.clone());
    let answer = parts.engine.instant(source, params.text("query"), at, options).await.map_err(api_error)?;
    Ok(respond(answer, limit, &params))
}

pub(super) async fn range(State(context): State<Context>, params: Params) -> Result<Response, ApiError> {
    let limit = params.limit("limit")?;
    let start = params.time("start")?;
    let end = params.time("end")?;
    if end < start {
        return Err(ApiError::parameter("end", "end timestamp must not be before start time"));
    }
    let step = params.step("step")?;
    if step <= 0 {
        return Err(ApiError::parameter(
            "step",
            "zero or negative query resolution step widths are not accepted. Try a positive integer",
        ));
    }
    // Enough for a point a minute over a week or an hour over a year; more is a mistake in the step.
    if (end - start) / step > MOST_STEPS {
        return Err(ApiError::bad_data(
            "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
        ));
    }
    let options = options(&params)?;
    let parts = context.parts();
    let source = Arc::new(parts.store.clone());
    let answer =
        parts.engine.range(source, params.text("query"), start, end, step, options).await.map_err(api_error)?;
    Ok(respond(answer, limit, &params))
}

pub(super) async fn format(State(context): State<Context>, params: Params) -> Result<Response, ApiError> {
    let expression = promql::parse(params.text("query"), &context.parts().engine.parse_options())
        .map_err(|error| ApiError::parameter("query", error))?;
    Ok(success(|out| push_string(out, &promql::pretty(&expression))))
}

pub(super) async fn parse(State(context): State<Context>, params: Params) -> Result<Response, ApiError> {
    let expression = promql::parse(params.text("query"), &context.parts().engine.parse_options())
        .map_err(|error| ApiError::parameter("query", error))?;
    Ok(success_value(&promql::tree(&expression)))
}

fn options(params: &Params) -> Result<QueryOptions, ApiError> {
    let positive = |name: &'static str| -> Result<Option<Duration>, ApiError> {
        Ok(params.duration(name)?.filter(|duration| !duration.is_zero()))
    };
    Ok(QueryOptions {
        timeout: positive("timeout")?,
        lookback: positive("lookback_delta")?,
        per_step_stats: params.text("stats") == "all",
        ..QueryOptions::default()
    })
}

fn api_error(error: QueryError) -> ApiError {
    let text = error.to_string();
    match error.kind() {
        ErrorKind::Parse => ApiError::parameter("query", text),
        ErrorKind::Execution => ApiError::execution(text),
        ErrorKind::Timeout => ApiError::timeout(text),
        ErrorKind::Canceled => ApiError::canceled(text),
        ErrorKind::Storage => ApiError::internal(text),
    }
}

fn respond(mut answer: Answer, limit: usize, params: &Params) -> Response {
    let mut warnings = std::mem::take(&mut answer.warnings);
    let cut = limit > 0 && answer.value.truncate(limit);
    if cut {
        warnings.push("results truncated due to limit".to_owned());
    }
    let with_stats = !params.text("stats").is_empty();
    success_with(&warnings, &answer.infos, |out| {
        out.push_str("{\"resultType\":\"");
        out.push_str(answer.value.kind());
        out.push_str("\",\"result\":");
        push_value(out, &answer.value);
        if with_stats {
            out.push_str(",\"stats\":");
            push_stats(out, &answer.stats);
        }
        out.push('}');
    })
}

fn push_value(out: &mut String, value: &Value) {
    match value {
        Value::Scalar(time, value) => push_point(out, *time, *value),
        Value::String(time, text) => {
            out.push('[');
            crate::http::json::push_time(out, *time);
            out.push(',');
            push_string(out, text);
            out.push(']');
        }
        Value::Vector(samples) => {
            out.push('[');
            for (index, sample) in samples.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str("{\"metric\":");
                push_labels(out, &sample.labels);
                out.push_str(",\"value\":");
                push_point(out, sample.t, sample.v);
                out.push('}');
            }
            out.push(']');
        }
        Value::Matrix(series) => {
            // About 28 bytes a point: the buffer grows a few times at most.
            out.reserve(series.iter().map(|series| 64 + series.points.len() * 28).sum());
            out.push('[');
            for (index, series) in series.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str("{\"metric\":");
                push_labels(out, &series.labels);
                out.push_str(",\"values\":");
                push_points(out, &series.points);
                out.push('}');
            }
            out.push(']');
        }
    }
}

fn push_stats(out: &mut String, stats: &Stats) {
    out.push_str(&stats.to_json().to_string());
}

/// Prometheus's bound on the points of one series.
const MOST_STEPS: i64 = 11_000;
