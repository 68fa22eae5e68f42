//! Functions that change labels, and orders of rows.

use std::cmp::Ordering;

use crate::model::{Labels, METRIC_NAME};
use crate::promql::plan::{Relabel, SortBy};
use crate::promql::query_error::QueryError;

use super::column::Row;
use super::rows::merge;

/// `label_replace` and `label_join`.
pub(crate) fn relabel(mut rows: Vec<Row>, change: &Relabel) -> Result<Vec<Row>, QueryError> {
    for row in &mut rows {
        let Some((target, value)) = new_label(&row.labels, change) else { continue };
        let mut builder = row.labels.to_builder();
        builder.set(target, value);
        row.labels = builder.build();
        if target == METRIC_NAME {
            row.drops_name = false;
        }
    }
    merge(rows)
}

/// The label to set and its value, if any is to be set.
fn new_label<'a>(labels: &Labels, change: &'a Relabel) -> Option<(&'a str, String)> {
    match change {
        Relabel::Replace { target, replacement, source, regex } => {
            let captures = regex.captures(labels.value_or_empty(source))?;
            let mut value = String::new();
            captures.expand(replacement, &mut value);
            Some((target, value))
        }
        Relabel::Join { target, separator, sources } => {
            let values: Vec<&str> = sources.iter().map(|source| labels.value_or_empty(source)).collect();
            Some((target, values.join(separator)))
        }
    }
}

/// Sorts the rows of an instant query.
pub(crate) fn sort(mut rows: Vec<Row>, by: &SortBy) -> Vec<Row> {
    match by {
        SortBy::Value { descending } => rows.sort_by(|a, b| {
            let value = |row: &Row| row.values.first().copied().unwrap_or(f64::NAN);
            compare_values(value(a), value(b), *descending)
        }),
        SortBy::Labels { names, descending } => rows.sort_by(|a, b| {
            let ordering = names
                .iter()
                .map(|name| natural_order(a.labels.value_or_empty(name), b.labels.value_or_empty(name)))
                .find(|ordering| ordering.is_ne())
                .unwrap_or_else(|| a.labels.cmp(&b.labels));
            if *descending { ordering.reverse() } else { ordering }
        }),
    }
    rows
}

/// The order of values, NaN last in both directions.
pub(crate) fn compare_values(a: f64, b: f64, descending: bool) -> Ordering {
    match (a.is_nan(), b.is_nan()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => {
            let ordering = a.partial_cmp(&b).unwrap_or(Ordering::Equal);
            if descending { ordering.reverse() } else { ordering }
        }
    }
}

/// The order in which people count: runs of digits compare as numbers.
fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (runs(a), runs(b));
    loop {
        let ordering = match (left.next(), right.next()) {
            (None, None) => return a.cmp(b),
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(left), Some(right)) if is_number(left) && is_number(right) => {
                let (left, right) = (left.trim_start_matches('0'), right.trim_start_matches('0'));
                left.len().cmp(&right.len()).then_with(|| left.cmp(right))
            }
            (Some(left), Some(right)) => left.cmp(right),
        };
        if ordering.is_ne() {
            return ordering;
        }
    }
}

fn is_number(run: &str) -> bool {
    run.starts_with(|character: char| character.is_ascii_digit())
}

/// Runs of digits and of other characters, in turn.
fn runs(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let digits = is_number(rest);
        let end = rest.find(|character: char| character.is_ascii_digit() != digits).unwrap_or(rest.len());
        let (run, after) = rest.split_at_checked(end)?;
        rest = after;
        (!run.is_empty()).then_some(run)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_within_texts_count() {
        let mut texts = ["4m1000", "4m5", "4m600", "4", "a", "1.111.3", "1.2.3", "1.11.3"];
        texts.sort_by(|a, b| natural_order(a, b));
        assert_eq!(texts, ["1.2.3", "1.11.3", "1.111.3", "4", "4m5", "4m600", "4m1000", "a"]);
    }
}
