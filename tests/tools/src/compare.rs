//! Says where two answers of the Prometheus API differ.

use std::collections::BTreeMap;

use serde_json::Value;

/// How far apart two numbers may be.
#[derive(Clone, Copy, Debug)]
pub struct Tolerance {
    /// Relative to the larger of the two.
    pub relative: f64,
    /// Also allowed, for values near zero.
    pub absolute: f64,
}

impl Tolerance {
    /// Only what adding the same numbers in another order changes.
    pub const ROUNDING: Self = Self { relative: 1e-12, absolute: 1e-12 };

    /// A relative tolerance.
    pub const fn relative(relative: f64) -> Self {
        Self { relative, absolute: 1e-9 }
    }

    /// Whether two values are alike. NaN is like NaN, infinities only like themselves.
    pub fn allows(self, left: f64, right: f64) -> bool {
        if left == right || (left.is_nan() && right.is_nan()) {
            return true;
        }
        let difference = (left - right).abs();
        difference.is_finite()
            && (difference <= self.absolute || difference <= self.relative * left.abs().max(right.abs()))
    }
}

/// Compares two whole answers (`{"status": .., "data": {"resultType": .., "result": ..}}`): the same status and error type, the
/// same series whatever their order, the same timestamps, values within `tolerance`.
///
/// # Errors
/// One sentence per difference, at most a handful.
pub fn answers(left: &Value, right: &Value, tolerance: Tolerance) -> Result<(), Vec<String>> {
    let mut differences = Vec::new();
    for key in ["status", "errorType"] {
        if left[key] != right[key] {
            differences
                .push(format!("{key}: {} and {} ({} and {})", left[key], right[key], left["error"], right["error"]));
        }
    }
    let (left, right) = (&left["data"], &right["data"]);
    if left["resultType"] != right["resultType"] {
        differences.push(format!("resultType: {} and {}", left["resultType"], right["resultType"]));
    }
    if differences.is_empty() {
        match left["resultType"].as_str() {
            Some("matrix" | "vector") => series(&left["result"], &right["result"], tolerance, &mut differences),
            _ => point("the result", &left["result"], &right["result"], tolerance, &mut differences),
        }
    }
    if differences.is_empty() { Ok(()) } else { Err(differences) }
}

fn series(left: &Value, right: &Value, tolerance: Tolerance, differences: &mut Vec<String>) {
    let (left, right) = (by_labels(left), by_labels(right));
    for labels in left.keys().filter(|labels| !right.contains_key(*labels)) {
        note(differences, format!("{labels} only on the left"));
    }
    for (labels, there) in &right {
        let Some(here) = left.get(labels) else {
            note(differences, format!("{labels} only on the right"));
            continue;
        };
        let (here, there) = (points(here), points(there));
        if here.len() != there.len() {
            note(differences, format!("{labels}: {} points and {}", here.len(), there.len()));
        }
        for (a, b) in here.iter().zip(&there) {
            point(labels, a, b, tolerance, differences);
        }
    }
}

fn point(place: &str, left: &Value, right: &Value, tolerance: Tolerance, differences: &mut Vec<String>) {
    let time = |value: &Value| value[0].as_f64();
    let number = |value: &Value| value[1].as_str().and_then(|text| text.parse::<f64>().ok());
    let alike = time(left) == time(right)
        && match (number(left), number(right)) {
            (Some(a), Some(b)) => tolerance.allows(a, b),
            _ => left[1] == right[1],
        };
    if !alike {
        note(differences, format!("{place}: {left} and {right}"));
    }
}

fn by_labels(result: &Value) -> BTreeMap<String, &Value> {
    result
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
        .map(|series| {
            let labels: BTreeMap<&String, &Value> =
                series["metric"].as_object().map(|labels| labels.iter().collect()).unwrap_or_default();
            (format!("{labels:?}").replace("String(\"", "\"").replace("\")", "\""), series)
        })
        .collect()
}

fn points(series: &Value) -> Vec<&Value> {
    match series["values"].as_array() {
        Some(values) => values.iter().collect(),
        None => vec![&series["value"]],
    }
}

fn note(differences: &mut Vec<String>, text: String) {
    if differences.len() < 6 {
        differences.push(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn order_does_not_matter_and_values_may_be_a_little_apart() {
        let answer = |first: &str, second: &str| {
            json!({"status": "success", "data": {"resultType": "matrix", "result": [
                {"metric": {"a": "1"}, "values": [[1.5, first]]}, {"metric": {"a": "2"}, "values": [[1.5, second]]}]}})
        };
        let mut turned = answer("1.0000000001", "NaN");
        turned["data"]["result"].as_array_mut().unwrap().reverse();
        assert_eq!(answers(&answer("1", "NaN"), &turned, Tolerance::relative(1e-9)), Ok(()));
        let difference = answers(&answer("1", "NaN"), &turned, Tolerance::ROUNDING).unwrap_err();
        assert_eq!(difference.len(), 1);
        assert!(difference[0].contains("\"a\": \"1\""), "{difference:?}");
    }
}
