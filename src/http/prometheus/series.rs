//! What series, labels and metrics there are.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Response;

use crate::http::envelope::{ApiError, success, success_with};
use crate::http::json::{push_labels, push_string, push_strings};
use crate::http::params::Params;
use crate::http::router::Context;
use crate::model::{Labels, Matcher};
use crate::storage::{Hints, Select, Source, Store};

pub(super) async fn series(State(context): State<Context>, params: Params) -> Result<Response, ApiError> {
    if params.all("match[]").next().is_none() {
        return Err(ApiError::bad_data("no match[] parameter provided"));
    }
    let sets = params.matchers().map_err(|reason| ApiError::parameter("match[]", reason))?;
    let (start, end) = range(&params)?;
    let limit = params.limit("limit")?;
    let found = blocking(&context, move |store| {
        let mut all: Vec<Labels> = Vec::new();
        for matchers in &sets {
            let select =
                Select { matchers, start, end, hints: Hints { limit: limit.saturating_add(usize::from(limit > 0)) } };
            all.extend(store.select(&select)?.iter().map(|series| series.labels().clone()));
        }
        all.sort_unstable();
        all.dedup();
        Ok(all)
    })
    .await?;
    let (found, warnings) = truncate(found, limit);
    Ok(success_with(&warnings, &[], |out| {
        out.push('[');
        for (index, labels) in found.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            push_labels(out, labels);
        }
        out.push(']');
    }))
}

pub(super) async fn label_names(State(context): State<Context>, params: Params) -> Result<Response, ApiError> {
    let sets = params.matchers().map_err(ApiError::bad_data)?;
    let (start, end) = range(&params)?;
    let limit = params.limit("limit")?;
    let names = blocking(&context, move |store| store.label_names(&sets, start, end).map_err(ApiError::from)).await?;
    let (names, warnings) = truncate(names, limit);
    Ok(success_with(&warnings, &[], |out| push_strings(out, &names)))
}

pub(super) async fn label_values(
    State(context): State<Context>,
    name: Result<Path<String>, PathRejection>,
    uri: Uri,
    params: Params,
) -> Result<Response, ApiError> {
    let Ok(Path(name)) = name else {
        let raw = uri.path().rsplit('/').nth(1).unwrap_or_default();
        return Err(ApiError::bad_data(format!("invalid label name: \"{}\"", not_utf8(raw))));
    };
    let name = unescape(&name);
    if name.is_empty() {
        return Err(ApiError::bad_data(format!("invalid label name: {name:?}")));
    }
    let sets: Vec<Vec<Matcher>> = params.matchers().map_err(ApiError::bad_data)?;
    let (start, end) = range(&params)?;
    let limit = params.limit("limit")?;
    let values =
        blocking(&context, move |store| store.label_values(&name, &sets, start, end).map_err(ApiError::from)).await?;
    let (values, warnings) = truncate(values, limit);
    Ok(success_with(&warnings, &[], |out| push_strings(out, &values)))
}

pub(super) async fn metadata(State(context): State<Context>, params: Params) -> Result<Response, ApiError> {
    let limit = metadata_limit(&params, "limit")?;
    let per_metric = metadata_limit(&params, "limit_per_metric")?;
    let wanted = params.text("metric").to_owned();
    let found =
        blocking(&context, move |store| Ok(store.metadata(Some(wanted.as_str()).filter(|family| !family.is_empty()))))
            .await?;
    Ok(success(|out| {
        out.push('{');
        for (index, (family, entries)) in found.iter().take(limit).enumerate() {
            if index > 0 {
                out.push(',');
            }
            push_string(out, family);
            out.push_str(":[");
            for (index, entry) in entries.iter().take(per_metric).enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str("{\"type\":");
                push_string(out, entry.kind.as_str());
                out.push_str(",\"help\":");
                push_string(out, &entry.help);
                out.push_str(",\"unit\":");
                push_string(out, &entry.unit);
                out.push('}');
            }
            out.push(']');
        }
        out.push('}');
    }))
}

/// Runs a question to the index where it may block.
async fn blocking<T: Send + 'static>(
    context: &Context,
    ask: impl FnOnce(&Store) -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let store = context.parts().store.clone();
    tokio::task::spawn_blocking(move || ask(&store))
        .await
        .map_err(|error| ApiError::internal(format!("the question was given up: {error}")))?
}

/// Without `start` and `end` everything that is stored counts.
fn range(params: &Params) -> Result<(i64, i64), ApiError> {
    let start = params.time_or("start", EARLIEST)?;
    let end = params.time_or("end", LATEST)?;
    Ok((start, end))
}

fn truncate<T>(mut found: Vec<T>, limit: usize) -> (Vec<T>, Vec<String>) {
    if limit == 0 || found.len() <= limit {
        return (found, Vec::new());
    }
    found.truncate(limit);
    (found, vec!["results truncated due to limit".to_owned()])
}

/// A negative limit, and none, mean all; 0 means nothing, as Prometheus has it for metadata.
fn metadata_limit(params: &Params, name: &'static str) -> Result<usize, ApiError> {
    match params.text(name) {
        "" => Ok(usize::MAX),
        text => text
            .parse::<i64>()
            .map(|count| usize::try_from(count).unwrap_or(usize::MAX))
            .map_err(|_| ApiError::bad_data(format!("{name} must be a number"))),
    }
}

/// A percent-encoded part of a path that is not UTF-8, as Go quotes such bytes.
fn not_utf8(raw: &str) -> String {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let decoded = (*first == b'%')
            .then(|| after.split_at_checked(2))
            .flatten()
            .and_then(|(hex, after)| Some((u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()?, after)));
        let (byte, after) = decoded.unwrap_or((*first, after));
        out.push(byte);
        rest = after;
    }
    out.escape_ascii().to_string()
}

/// Undoes the escaping of names that do not fit a path: `U__` in front, `__` for `_`, `_hex_` for any character.
fn unescape(name: &str) -> String {
    let Some(mut rest) = name.strip_prefix("U__") else { return name.to_owned() };
    let mut out = String::with_capacity(rest.len());
    while let Some((plain, after)) = rest.split_once('_') {
        out.push_str(plain);
        if let Some(after) = after.strip_prefix('_') {
            out.push('_');
            rest = after;
            continue;
        }
        let escaped = after.split_once('_').and_then(|(hex, tail)| {
            (!hex.is_empty() && hex.len() <= 6).then_some(())?;
            Some((char::from_u32(u32::from_str_radix(hex, 16).ok()?)?, tail))
        });
        match escaped {
            Some((character, tail)) => {
                out.push(character);
                rest = tail;
            }
            None => return name.to_owned(),
        }
    }
    out.push_str(rest);
    out
}

/// Far enough out that adding a lookback cannot overflow.
const EARLIEST: i64 = i64::MIN / 2;
const LATEST: i64 = i64::MAX / 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_names_are_read_back() {
        for (escaped, name) in [
            ("job", "job"),
            ("U__http_2e_status", "http.status"),
            ("U__a__b", "a_b"),
            ("U___263a_", "☺"),
            ("U__broken_zz_", "U__broken_zz_"),
        ] {
            assert_eq!(unescape(escaped), name);
        }
    }
}
