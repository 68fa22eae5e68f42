//! The tree as JSON, in the shape of Prometheus's `parse_query`.

use serde_json::{Number, Value};

use crate::model::{Matcher, format_float};

use super::ast::{
    Aggregate, At, Binary, Call, DurationExpr, Expr, Extension, Length, MatrixSelector, NumberLiteral, Subquery, Unary,
    VectorMatching, VectorSelector,
};

/// The tree of a query. A fill value that JSON has no number for is a string.
#[must_use]
pub fn tree(expr: &Expr) -> Value {
    match expr {
        Expr::Number(node) => literal("numberLiteral", format_float(node.value)),
        Expr::String(node) => literal("stringLiteral", node.value.clone()),
        Expr::Vector(node) => Value::Object(selector(node, "vectorSelector")),
        Expr::Matrix(node) => matrix(node),
        Expr::Subquery(node) => subquery(node, tree(&node.expr)),
        Expr::Unary(node) => unary(node, tree(&node.expr)),
        Expr::Paren(node) => object([("type", "parenExpr".into()), ("expr", tree(&node.expr))]),
        Expr::Binary(node) => binary(node, tree(&node.lhs), tree(&node.rhs)),
        Expr::Aggregate(node) => aggregate(node, tree(&node.expr), node.param.as_ref().map(tree)),
        Expr::Call(node) => call(node, node.args.iter().map(tree).collect()),
    }
}

// Each shape is a function of its own that is given its finished children: so frames stay small in a deep tree, and
// children are moved into place, not copied on each level.

fn literal(kind: &str, value: String) -> Value {
    object([("type", kind.into()), ("val", value.into())])
}

fn selector(node: &VectorSelector, kind: &str) -> Map {
    entries([
        ("type", kind.into()),
        ("name", node.name.as_str().into()),
        ("matchers", node.matchers.iter().map(matcher).collect()),
        ("offset", fixed(&node.offset)),
        ("offsetExpr", computed(&node.offset)),
        ("timestamp", timestamp(node.at)),
        ("startOrEnd", start_or_end(node.at)),
        ("anchored", (node.extension == Some(Extension::Anchored)).into()),
        ("smoothed", (node.extension == Some(Extension::Smoothed)).into()),
    ])
}

fn matcher(matcher: &Matcher) -> Value {
    object([
        ("name", matcher.name.as_str().into()),
        ("value", matcher.value.as_str().into()),
        ("type", matcher.op.as_str().into()),
    ])
}

fn matrix(node: &MatrixSelector) -> Value {
    let mut map = selector(&node.selector, "matrixSelector");
    map.extend(entries([("range", fixed(&node.range)), ("rangeExpr", computed(&node.range))]));
    Value::Object(map)
}

fn subquery(node: &Subquery, expr: Value) -> Value {
    object([
        ("type", "subquery".into()),
        ("expr", expr),
        ("range", fixed(&node.range)),
        ("rangeExpr", computed(&node.range)),
        ("step", fixed(&node.step)),
        ("stepExpr", computed(&node.step)),
        ("offset", fixed(&node.offset)),
        ("offsetExpr", computed(&node.offset)),
        ("timestamp", timestamp(node.at)),
        ("startOrEnd", start_or_end(node.at)),
    ])
}

fn unary(node: &Unary, expr: Value) -> Value {
    object([("type", "unaryExpr".into()), ("op", if node.negative { "-" } else { "+" }.into()), ("expr", expr)])
}

fn binary(node: &Binary, lhs: Value, rhs: Value) -> Value {
    object([
        ("type", "binaryExpr".into()),
        ("op", node.op.as_str().into()),
        ("lhs", lhs),
        ("rhs", rhs),
        ("matching", node.matching.as_ref().map_or(Value::Null, matching)),
        ("bool", node.return_bool.into()),
    ])
}

fn matching(matching: &VectorMatching) -> Value {
    let fill = |value: Option<f64>| value.map_or(Value::Null, float);
    object([
        ("card", matching.card.as_str().into()),
        ("labels", matching.labels.as_slice().into()),
        ("on", matching.on.into()),
        ("include", matching.include.as_slice().into()),
        ("fillValues", object([("lhs", fill(matching.fill_left)), ("rhs", fill(matching.fill_right))])),
    ])
}

fn aggregate(node: &Aggregate, expr: Value, param: Option<Value>) -> Value {
    object([
        ("type", "aggregation".into()),
        ("op", node.op.as_str().into()),
        ("expr", expr),
        ("param", param.unwrap_or(Value::Null)),
        ("grouping", node.grouping.as_slice().into()),
        ("without", node.without.into()),
    ])
}

fn call(node: &Call, args: Vec<Value>) -> Value {
    let function = object([
        ("name", node.function.name.into()),
        ("argTypes", node.function.args.iter().map(|kind| kind.as_str()).collect()),
        ("variadic", node.function.variadic.into()),
        ("returnType", node.function.returns.as_str().into()),
    ]);
    object([("type", "call".into()), ("func", function), ("args", args.into())])
}

fn duration(expr: &DurationExpr, wrapped: bool) -> Value {
    match expr {
        DurationExpr::Number(number) => duration_number(number),
        DurationExpr::Step { .. } => duration_node("step", Value::Null, Value::Null, wrapped),
        DurationExpr::Range { .. } => duration_node("range", Value::Null, Value::Null, wrapped),
        DurationExpr::Signed { negative, expr, .. } => {
            duration_node(if *negative { "-" } else { "+" }, Value::Null, duration(expr, false), wrapped)
        }
        // A number has no place for its parentheses: it is shown with a sign.
        DurationExpr::Paren { expr, .. } => match expr.as_ref() {
            DurationExpr::Number(number) => duration_node("+", Value::Null, duration_number(number), true),
            inner => duration(inner, true),
        },
        DurationExpr::Binary { op, lhs, rhs, .. } => {
            duration_node(op.as_str(), duration(lhs, false), duration(rhs, false), wrapped)
        }
    }
}

fn duration_node(op: &str, lhs: Value, rhs: Value, wrapped: bool) -> Value {
    object([
        ("type", "durationExpr".into()),
        ("op", op.into()),
        ("lhs", lhs),
        ("rhs", rhs),
        ("wrapped", wrapped.into()),
    ])
}

fn duration_number(number: &NumberLiteral) -> Value {
    object([
        ("type", "numberLiteral".into()),
        ("val", format_float(number.value).into()),
        ("duration", number.is_duration.into()),
    ])
}

fn object<const N: usize>(pairs: [(&str, Value); N]) -> Value {
    Value::Object(entries(pairs))
}

fn entries<const N: usize>(pairs: [(&str, Value); N]) -> Map {
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
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

type Map = serde_json::Map<String, Value>;
