//! The tree as JSON, in the shape of Prometheus's `parse_query`.

use serde_json::{Number, Value, json};

use crate::model::{Matcher, format_float};

use super::ast::{At, DurationExpr, Expr, Extension, Length, NumberLiteral, VectorMatching, VectorSelector};

/// The tree of a query. A fill value that JSON has no number for is a string.
#[must_use]
pub fn tree(expr: &Expr) -> Value {
    match expr {
        Expr::Number(node) => json!({ "type": "numberLiteral", "val": format_float(node.value) }),
        Expr::String(node) => json!({ "type": "stringLiteral", "val": node.value }),
        Expr::Vector(node) => selector(node, "vectorSelector"),
        Expr::Matrix(node) => {
            let mut value = selector(&node.selector, "matrixSelector");
            if let Some(object) = value.as_object_mut() {
                object.insert("range".to_owned(), fixed(&node.range));
                object.insert("rangeExpr".to_owned(), computed(&node.range));
            }
            value
        }
        Expr::Subquery(node) => json!({
            "type": "subquery",
            "expr": tree(&node.expr),
            "range": fixed(&node.range),
            "rangeExpr": computed(&node.range),
            "step": fixed(&node.step),
            "stepExpr": computed(&node.step),
            "offset": fixed(&node.offset),
            "offsetExpr": computed(&node.offset),
            "timestamp": timestamp(node.at),
            "startOrEnd": start_or_end(node.at),
        }),
        Expr::Unary(node) => json!({
            "type": "unaryExpr",
            "op": if node.negative { "-" } else { "+" },
            "expr": tree(&node.expr),
        }),
        Expr::Paren(node) => json!({ "type": "parenExpr", "expr": tree(&node.expr) }),
        Expr::Binary(node) => json!({
            "type": "binaryExpr",
            "op": node.op.as_str(),
            "lhs": tree(&node.lhs),
            "rhs": tree(&node.rhs),
            "matching": node.matching.as_ref().map(matching),
            "bool": node.return_bool,
        }),
        Expr::Aggregate(node) => json!({
            "type": "aggregation",
            "op": node.op.as_str(),
            "expr": tree(&node.expr),
            "param": node.param.as_ref().map(tree),
            "grouping": node.grouping,
            "without": node.without,
        }),
        Expr::Call(node) => json!({
            "type": "call",
            "func": {
                "name": node.function.name,
                "argTypes": node.function.args.iter().map(|kind| kind.as_str()).collect::<Vec<_>>(),
                "variadic": node.function.variadic,
                "returnType": node.function.returns.as_str(),
            },
            "args": node.args.iter().map(tree).collect::<Vec<_>>(),
        }),
    }
}

fn selector(node: &VectorSelector, kind: &str) -> Value {
    json!({
        "type": kind,
        "name": node.name,
        "matchers": node.matchers.iter().map(matcher).collect::<Vec<_>>(),
        "offset": fixed(&node.offset),
        "offsetExpr": computed(&node.offset),
        "timestamp": timestamp(node.at),
        "startOrEnd": start_or_end(node.at),
        "anchored": node.extension == Some(Extension::Anchored),
        "smoothed": node.extension == Some(Extension::Smoothed),
    })
}

fn matcher(matcher: &Matcher) -> Value {
    json!({ "name": matcher.name, "value": matcher.value, "type": matcher.op.as_str() })
}

fn matching(matching: &VectorMatching) -> Value {
    let fill = |value: Option<f64>| value.map(float);
    json!({
        "card": matching.card.as_str(),
        "labels": matching.labels,
        "on": matching.on,
        "include": matching.include,
        "fillValues": { "lhs": fill(matching.fill_left), "rhs": fill(matching.fill_right) },
    })
}

fn duration(expr: &DurationExpr, wrapped: bool) -> Value {
    let node = |op: &str, lhs: Value, rhs: Value| {
        json!({ "type": "durationExpr", "op": op, "lhs": lhs, "rhs": rhs, "wrapped": wrapped })
    };
    match expr {
        DurationExpr::Number(number) => duration_number(number),
        DurationExpr::Step { .. } => node("step", Value::Null, Value::Null),
        DurationExpr::Range { .. } => node("range", Value::Null, Value::Null),
        DurationExpr::Signed { negative, expr, .. } => {
            node(if *negative { "-" } else { "+" }, Value::Null, duration(expr, false))
        }
        // A number has no place for its parentheses: it is shown with a sign.
        DurationExpr::Paren { expr, .. } => match expr.as_ref() {
            DurationExpr::Number(number) => json!({
                "type": "durationExpr", "op": "+", "lhs": null, "rhs": duration_number(number), "wrapped": true,
            }),
            inner => duration(inner, true),
        },
        DurationExpr::Binary { op, lhs, rhs, .. } => node(op.as_str(), duration(lhs, false), duration(rhs, false)),
    }
}

fn duration_number(number: &NumberLiteral) -> Value {
    json!({ "type": "numberLiteral", "val": format_float(number.value), "duration": number.is_duration })
}

fn fixed(length: &Length) -> Value {
    Value::from(length.fixed().unwrap_or(0))
}

fn computed(length: &Length) -> Value {
    match length {
        Length::Fixed(_) => Value::Null,
        Length::Computed(expr) => duration(expr, false),
    }
}

fn timestamp(at: Option<At>) -> Value {
    match at {
        Some(At::Time(ms)) => Value::from(ms),
        _ => Value::Null,
    }
}

fn start_or_end(at: Option<At>) -> Value {
    match at {
        Some(At::Start) => Value::from("start"),
        Some(At::End) => Value::from("end"),
        _ => Value::Null,
    }
}

/// Whole numbers without a fraction, as Go writes them.
fn float(value: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "only whole numbers that fit are cast")]
    if value.fract() == 0.0 && value.abs() < 1e15 && !(value == 0.0 && value.is_sign_negative()) {
        return Value::from(value as i64);
    }
    Number::from_f64(value).map_or_else(|| Value::from(format_float(value)), Value::Number)
}
