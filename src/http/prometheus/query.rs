//! Evaluating, formatting and parsing queries.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use serde_json::json;

use crate::http::envelope::{ApiError, success, success_value, success_with};
use crate::http::json::{push_labels, push_point, push_points, push_string};
use crate::http::params::Params;
use crate::http::router::Context;
use crate::promql::{self, Answer, ErrorKind, QueryError, QueryOptions, QueryStats, Value};

pub(super) async fn instant(State(context): State<Context>, params: Params) -> Result<Response, ApiError> {
    let at = params.time_or("time", Params::now())?;
    let options = options(&params)?;
    let parts = context.parts();
    let source = Arc::new(parts.store.clone());
    let answer = parts.engine.instant_async(source, params.text("query"), at, options).await.map_err(api_error)?;
    Ok(respond(&answer, &params))
}

pub(super) async fn range(State(context): State<Context>, params: Params) -> Result<Response, ApiError> {
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
        parts.engine.range_async(source, params.text("query"), start, end, step, options).await.map_err(api_error)?;
    Ok(respond(&answer, &params))
}

pub(super) async fn format(State(context): State<Context>, params: Params) -> Result<Response, ApiError> {
    let expression = promql::parse(params.text("query"), &context.parts().engine.options().language)
        .map_err(|error| ApiError::parameter("query", error))?;
    Ok(success(|out| push_string(out, &promql::pretty(&expression))))
}

pub(super) async fn parse(State(context): State<Context>, params: Params) -> Result<Response, ApiError> {
    let expression = promql::parse(params.text("query"), &context.parts().engine.options().language)
        .map_err(|error| ApiError::parameter("query", error))?;
    Ok(success_value(&promql::tree(&expression)))
}

fn options(params: &Params) -> Result<QueryOptions, ApiError> {
    let positive = |name: &'static str| -> Result<Option<Duration>, ApiError> {
        Ok(params.duration(name)?.filter(|duration| !duration.is_zero()))
    };
    Ok(QueryOptions {
        timeout: positive("timeout")?,
        lookback: lookback(params)?,
        limit: params.limit("limit")?,
        per_step_stats: params.text("stats") == "all",
        ..QueryOptions::default()
    })
}

fn lookback(params: &Params) -> Result<Option<Duration>, ApiError> {
    let named = params.duration("lookback_delta").map_err(|_| {
        let text = params.text("lookback_delta");
        ApiError::bad_data(format!("error parsing lookback delta duration: cannot parse {text:?} to a valid duration"))
    })?;
    Ok(named.filter(|duration| !duration.is_zero()))
}

fn api_error(error: QueryError) -> ApiError {
    let text = error.to_string();
    match error.kind() {
        ErrorKind::BadData => ApiError::parameter("query", text),
        ErrorKind::Execution => ApiError::execution(text),
        ErrorKind::Timeout => ApiError::timeout(text),
        ErrorKind::Canceled => ApiError::canceled(text),
        ErrorKind::Internal => ApiError::internal(text),
    }
}

fn respond(answer: &Answer, params: &Params) -> Response {
    let with_stats = !params.text("stats").is_empty();
    success_with(&answer.warnings, &answer.infos, |out| {
        out.push_str("{\"resultType\":\"");
        out.push_str(kind(&answer.value));
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

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Scalar(..) => "scalar",
        Value::String(..) => "string",
        Value::Vector(_) => "vector",
        Value::Matrix(_) => "matrix",
    }
}

/// Timings in seconds and sample counts, under the names that Prometheus gives them.
fn push_stats(out: &mut String, stats: &QueryStats) {
    let mut value = json!({
        "timings": {
            "evalTotalTime": stats.evaluation_time.as_secs_f64() + stats.result_time.as_secs_f64() + stats.preparation_time.as_secs_f64(),
            "resultSortTime": stats.result_time.as_secs_f64(),
            "queryPreparationTime": stats.preparation_time.as_secs_f64(),
            "innerEvalTime": stats.evaluation_time.as_secs_f64(),
            "execQueueTime": stats.queue_time.as_secs_f64(),
            "execTotalTime": stats.total_time.as_secs_f64(),
        },
        "samples": {
            "totalQueryableSamples": stats.total_queryable_samples,
            "peakSamples": stats.peak_samples,
        },
    });
    if !stats.queryable_samples_per_step.is_empty()
        && let Some(samples) = value.get_mut("samples").and_then(serde_json::Value::as_object_mut)
    {
        let steps = stats.queryable_samples_per_step.iter().map(|(ms, count)| json!([seconds(*ms), count])).collect();
        samples.insert("totalQueryableSamplesPerStep".to_owned(), serde_json::Value::Array(steps));
    }
    out.push_str(&value.to_string());
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds since the epoch stay far below 2^53")]
fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

/// Prometheus's bound on the points of one series.
const MOST_STEPS: i64 = 11_000;
