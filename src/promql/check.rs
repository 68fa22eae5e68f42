//! Checks the types of a finished tree, in the order in which Prometheus does, so that of several mistakes the same one
//! is reported.

use super::ast::{AggregateOp, Binary, Call, Cardinality, Expr, Span, ValueType, VectorSelector};
use super::error::ParseError;
use super::functions_table::{Function, FunctionId};

/// Checks a tree. Vector matching is completed on the way: set operators become many-to-many, and operators with a
/// scalar lose it.
pub(super) fn check(expr: &mut Expr, text: &str) -> Result<(), ParseError> {
    match expr {
        Expr::Number(_) | Expr::String(_) => Ok(()),
        Expr::Vector(node) => check_selector(node, true),
        Expr::Matrix(node) => check_selector(&node.selector, true),
        Expr::Paren(node) => check(&mut node.expr, text),
        Expr::Subquery(node) => {
            check(&mut node.expr, text)?;
            match node.expr.value_type() {
                ValueType::Vector => Ok(()),
                other => Err(subquery_error(node.span, other)),
            }
        }
        Expr::Unary(node) => {
            check(&mut node.expr, text)?;
            match node.expr.value_type() {
                ValueType::Scalar | ValueType::Vector => Ok(()),
                other => Err(unary_error(node.span, other)),
            }
        }
        Expr::Aggregate(node) => {
            expect_type(&mut node.expr, ValueType::Vector, "aggregation expression", text)?;
            let wanted = if node.op == AggregateOp::CountValues { ValueType::String } else { ValueType::Scalar };
            match &mut node.param {
                Some(param) => expect_type(param, wanted, "aggregation parameter", text),
                None => Ok(()),
            }
        }
        Expr::Binary(node) => {
            check(&mut node.lhs, text)?;
            check(&mut node.rhs, text)?;
            check_binary(node, text)
        }
        Expr::Call(node) => check_call(node, text),
    }
}

fn subquery_error(span: Span, found: ValueType) -> ParseError {
    ParseError::new(span, format!("subquery is only allowed on instant vector, got {} instead", found.as_str()))
}

fn unary_error(span: Span, found: ValueType) -> ParseError {
    let message = format!(
        "unary expression only allowed on expressions of type scalar or instant vector, got \"{}\"",
        found.documented()
    );
    ParseError::new(span, message)
}

fn expect_type(expr: &mut Expr, wanted: ValueType, context: &str, text: &str) -> Result<(), ParseError> {
    check(expr, text)?;
    type_matches(expr, expr.span(), wanted, || context.to_owned())
}

fn type_matches(
    expr: &Expr,
    span: Span,
    wanted: ValueType,
    context: impl FnOnce() -> String,
) -> Result<(), ParseError> {
    let found = expr.value_type();
    if found == wanted {
        return Ok(());
    }
    let message = format!("expected type {} in {}, got {}", wanted.documented(), context(), found.documented());
    Err(ParseError::new(span, message))
}

fn check_selector(selector: &VectorSelector, refuse_everything: bool) -> Result<(), ParseError> {
    if selector.name.is_empty() {
        if refuse_everything && selector.matchers.iter().all(crate::model::Matcher::matches_empty) {
            return Err(ParseError::new(selector.span, "vector selector must contain at least one non-empty matcher"));
        }
        return Ok(());
    }
    let named_before = selector.matchers.split_last().map_or(&[][..], |(_, before)| before);
    match named_before.iter().find(|matcher| matcher.name == crate::model::METRIC_NAME) {
        None => Ok(()),
        Some(other) => Err(ParseError::new(
            selector.span,
            format!(
                "metric name must not be set twice: {} or {}",
                crate::model::quote(&selector.name),
                crate::model::quote(&other.value)
            ),
        )),
    }
}

/// Checks an operator whose sides have been checked.
fn check_binary(node: &mut Binary, text: &str) -> Result<(), ParseError> {
    let (lhs, rhs) = (node.lhs.value_type(), node.rhs.value_type());
    let error = |span, message: &str| Err(ParseError::new(span, message));
    if node.return_bool && !node.op.is_comparison() {
        return error(operator_span(node, text), "bool modifier can only be used on comparison operators");
    }
    let scalars = lhs == ValueType::Scalar && rhs == ValueType::Scalar;
    if node.op.is_comparison() && !node.return_bool && scalars {
        return error(operator_span(node, text), "comparisons between scalars must use BOOL modifier");
    }
    if let Some(matching) = &node.matching
        && matching.on
        && let Some(label) = matching.labels.iter().find(|label| matching.include.contains(label))
    {
        let message = format!("label {} must not occur in ON and GROUP clause at once", crate::model::quote(label));
        return error(operator_span(node, text), &message);
    }
    for (side, kind) in [(&node.lhs, lhs), (&node.rhs, rhs)] {
        if !matches!(kind, ValueType::Scalar | ValueType::Vector) {
            return error(side.span(), "binary expression must contain only scalar and instant vector types");
        }
    }
    let vectors = lhs == ValueType::Vector && rhs == ValueType::Vector;
    let is_set = node.op.is_set();
    if let Some(matching) = &mut node.matching {
        let fills = matching.fill_left.is_some() || matching.fill_right.is_some();
        if !vectors {
            if !matching.labels.is_empty() {
                return error(node.span, "vector matching only allowed between instant vectors");
            }
            if fills {
                return error(node.span, "filling in missing series only allowed between instant vectors");
            }
        } else if is_set {
            if matching.card != Cardinality::OneToOne {
                let message = format!("no grouping allowed for \"{}\" operation", node.op.as_str());
                return error(node.span, &message);
            }
            if fills {
                return error(node.span, "filling in missing series not allowed for set operators");
            }
            matching.card = Cardinality::ManyToMany;
        }
    }
    if !vectors {
        if is_set {
            let message = format!("set operator \"{}\" not allowed in binary scalar expression", node.op.as_str());
            return error(node.span, &message);
        }
        node.matching = None;
    }
    Ok(())
}

/// The operator and its modifiers: what stands between the two sides.
fn operator_span(node: &Binary, text: &str) -> Span {
    let (from, to) = (node.lhs.span().end, node.rhs.span().start);
    let between = text.get(from..to).unwrap_or("");
    let start = from + (between.len() - between.trim_start_matches(SPACE).len());
    Span::new(start, start + between.trim_matches(SPACE).len())
}

fn check_call(node: &mut Call, text: &str) -> Result<(), ParseError> {
    let labels_only = check_arity(node)?;
    for (index, arg) in node.args.iter_mut().enumerate() {
        match &*arg {
            // The labels of `info` may match everything: they are only looked up together with others.
            Expr::Vector(selector) if labels_only == Some(index) => check_selector(selector, false)?,
            _ => check(arg, text)?,
        }
        check_arg(node.function, index, arg)?;
    }
    Ok(())
}

fn check_arg(function: &Function, index: usize, arg: &Expr) -> Result<(), ParseError> {
    match function.arg_type(index) {
        Some(wanted) => type_matches(arg, arg.span(), wanted, || call_context(function)),
        None => Ok(()),
    }
}

fn call_context(function: &Function) -> String {
    format!("call to function \"{}\"", function.name)
}

/// Checks the number of arguments and the form of `info`; the answer is the index of an argument that may match
/// everything.
fn check_arity(node: &Call) -> Result<Option<usize>, ParseError> {
    let function = node.function;
    let given = node.args.len();
    let bound = if given < function.least_args() {
        Some((if function.variadic == 0 { "" } else { "at least " }, function.least_args()))
    } else {
        let prefix = if function.variadic == 0 { "" } else { "at most " };
        function.most_args().filter(|most| given > *most).map(|most| (prefix, most))
    };
    if let Some((prefix, bound)) = bound {
        let message = format!("expected {prefix}{bound} argument(s) in call to \"{}\", got {given}", function.name);
        return Err(ParseError::new(node.span, message));
    }
    if function.id != FunctionId::Info {
        return Ok(None);
    }
    let Some(labels) = node.args.get(1) else { return Ok(None) };
    type_matches(labels, node.span, ValueType::Vector, || call_context(function))?;
    match labels {
        Expr::Vector(selector) if selector.name.is_empty() => Ok(Some(1)),
        Expr::Vector(selector) => {
            Err(ParseError::new(selector.span, "expected label selectors only, got vector selector instead"))
        }
        other => Err(ParseError::new(other.span(), "expected label selectors only")),
    }
}

const SPACE: [char; 4] = [' ', '\t', '\n', '\r'];
