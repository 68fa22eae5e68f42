//! The canonical text of a tree, on one line.
//!
//! Spaces, the order of labels, the forms of numbers and the place of modifiers are settled; parentheses stay as they
//! were written, so that the text reads back to the same tree.

use std::fmt::{self, Display, Formatter, Write};
use std::time::Duration;

use crate::model::{format_duration, format_float, is_legacy_label_name, quote};

use super::ast::{
    Aggregate, At, Binary, Cardinality, DurationExpr, DurationOp, Expr, Length, NumberLiteral, Subquery,
    VectorMatching, VectorSelector,
};

impl Display for Expr {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(node) => node.fmt(formatter),
            Self::String(node) => formatter.write_str(&quote(&node.value)),
            Self::Vector(node) => {
                write_series(formatter, node)?;
                write_at(formatter, node.at)?;
                write_extension(formatter, node)?;
                write_offset(formatter, &node.offset)
            }
            Self::Matrix(node) => {
                write_series(formatter, &node.selector)?;
                write!(formatter, "[{}]", node.range)?;
                write_extension(formatter, &node.selector)?;
                write_at(formatter, node.selector.at)?;
                write_offset(formatter, &node.selector.offset)
            }
            Self::Subquery(node) => write!(formatter, "{}{}", node.expr, SubqueryTimes(node)),
            Self::Unary(node) => write!(formatter, "{}{}", if node.negative { '-' } else { '+' }, node.expr),
            Self::Paren(node) => write!(formatter, "({})", node.expr),
            Self::Binary(node) => write!(formatter, "{} {} {}", node.lhs, Operator(node), node.rhs),
            Self::Aggregate(node) => {
                write!(formatter, "{}(", AggregateHead(node))?;
                if let Some(param) = &node.param {
                    write!(formatter, "{param}, ")?;
                }
                write!(formatter, "{})", node.expr)
            }
            Self::Call(node) => {
                write!(formatter, "{}(", node.function.name)?;
                write_separated(formatter, &node.args)?;
                formatter.write_char(')')
            }
        }
    }
}

impl Display for NumberLiteral {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        if !self.is_duration {
            return formatter.write_str(&format_float(self.value));
        }
        let sign = if self.value < 0.0 { "-" } else { "" };
        let duration = Duration::try_from_secs_f64(self.value.abs()).unwrap_or(Duration::MAX);
        write!(formatter, "{sign}{}", format_duration(duration))
    }
}

impl Display for Length {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(ms) => {
                let sign = if *ms < 0 { "-" } else { "" };
                write!(formatter, "{sign}{}", format_duration(Duration::from_millis(ms.unsigned_abs())))
            }
            Self::Computed(expr) => expr.fmt(formatter),
        }
    }
}

impl Display for DurationExpr {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(formatter),
            Self::Step { .. } => formatter.write_str("step()"),
            Self::Range { .. } => formatter.write_str("range()"),
            Self::Signed { negative, expr, .. } => write!(formatter, "{}{expr}", if *negative { "-" } else { "" }),
            Self::Paren { expr, .. } => write!(formatter, "({expr})"),
            Self::Binary { op: op @ (DurationOp::MinOf | DurationOp::MaxOf), lhs, rhs, .. } => {
                write!(formatter, "{}({lhs}, {rhs})", op.as_str())
            }
            Self::Binary { op, lhs, rhs, .. } => write!(formatter, "{lhs} {} {rhs}", op.as_str()),
        }
    }
}

/// An aggregation up to its arguments: `sum by (job) `, or `sum` alone.
pub(super) struct AggregateHead<'a>(pub(super) &'a Aggregate);

impl Display for AggregateHead<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Self(node) = self;
        formatter.write_str(node.op.as_str())?;
        if node.without || !node.grouping.is_empty() {
            formatter.write_str(if node.without { " without (" } else { " by (" })?;
            write_labels(formatter, &node.grouping)?;
            formatter.write_str(") ")?;
        }
        Ok(())
    }
}

/// An operator with its modifiers: `== bool on (job) group_left ()`.
pub(super) struct Operator<'a>(pub(super) &'a Binary);

impl Display for Operator<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Self(node) = self;
        formatter.write_str(node.op.as_str())?;
        if node.return_bool {
            formatter.write_str(" bool")?;
        }
        node.matching.as_ref().map_or(Ok(()), |matching| write_matching(formatter, matching))
    }
}

/// What stands behind the inner expression of a subquery.
pub(super) struct SubqueryTimes<'a>(pub(super) &'a Subquery);

impl Display for SubqueryTimes<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Self(node) = self;
        write!(formatter, "[{}:", node.range)?;
        if !matches!(node.step, Length::Fixed(0)) {
            node.step.fmt(formatter)?;
        }
        formatter.write_char(']')?;
        write_at(formatter, node.at)?;
        write_offset(formatter, &node.offset)
    }
}

/// A float as Go's `%v` writes it: with an exponent where it is very large or very small.
pub(super) struct GeneralFloat(pub(super) f64);

impl Display for GeneralFloat {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Self(value) = *self;
        if value == 0.0 || !value.is_finite() || (1e-4..1e21).contains(&value.abs()) {
            return formatter.write_str(&format_float(value));
        }
        let text = format!("{value:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
        write!(formatter, "{mantissa}e{sign}{digits:0>2}")
    }
}

fn write_series(formatter: &mut Formatter<'_>, selector: &VectorSelector) -> fmt::Result {
    formatter.write_str(&selector.name)?;
    let matchers = match selector.matchers.split_last() {
        Some((_, before)) if !selector.name.is_empty() => before,
        _ => &selector.matchers,
    };
    match matchers {
        [] => return if selector.name.is_empty() { formatter.write_str("{}") } else { Ok(()) },
        [only] => return write!(formatter, "{{{only}}}"),
        _ => {}
    }
    let mut texts: Vec<String> = matchers.iter().map(ToString::to_string).collect();
    texts.sort_unstable();
    for (index, text) in texts.iter().enumerate() {
        formatter.write_char(if index == 0 { '{' } else { ',' })?;
        formatter.write_str(text)?;
    }
    formatter.write_char('}')
}

fn write_at(formatter: &mut Formatter<'_>, at: Option<At>) -> fmt::Result {
    match at {
        None => Ok(()),
        #[expect(clippy::cast_precision_loss, reason = "the times that people ask for are exact")]
        Some(At::Time(ms)) => write!(formatter, " @ {:.3}", ms as f64 / 1000.0),
        Some(At::Start) => formatter.write_str(" @ start()"),
        Some(At::End) => formatter.write_str(" @ end()"),
    }
}

fn write_extension(formatter: &mut Formatter<'_>, selector: &VectorSelector) -> fmt::Result {
    selector.extension.map_or(Ok(()), |extension| write!(formatter, " {}", extension.as_str()))
}

fn write_offset(formatter: &mut Formatter<'_>, offset: &Length) -> fmt::Result {
    if matches!(offset, Length::Fixed(0)) { Ok(()) } else { write!(formatter, " offset {offset}") }
}

fn write_matching(formatter: &mut Formatter<'_>, matching: &VectorMatching) -> fmt::Result {
    let group = match matching.card {
        Cardinality::ManyToOne => Some("left"),
        Cardinality::OneToMany => Some("right"),
        Cardinality::OneToOne | Cardinality::ManyToMany => None,
    };
    if matching.on || !matching.labels.is_empty() || group.is_some() {
        formatter.write_str(if matching.on { " on (" } else { " ignoring (" })?;
        write_labels(formatter, &matching.labels)?;
        formatter.write_char(')')?;
    }
    if let Some(side) = group {
        write!(formatter, " group_{side} (")?;
        write_labels(formatter, &matching.include)?;
        formatter.write_char(')')?;
    }
    match (matching.fill_left, matching.fill_right) {
        (Some(left), Some(right)) if left == right => write!(formatter, " fill ({})", GeneralFloat(left)),
        (left, right) => {
            for (side, value) in [("left", left), ("right", right)] {
                if let Some(value) = value {
                    write!(formatter, " fill_{side} ({})", GeneralFloat(value))?;
                }
            }
            Ok(())
        }
    }
}

fn write_labels(formatter: &mut Formatter<'_>, labels: &[String]) -> fmt::Result {
    for (index, label) in labels.iter().enumerate() {
        if index > 0 {
            formatter.write_str(", ")?;
        }
        if is_legacy_label_name(label) {
            formatter.write_str(label)?;
        } else {
            formatter.write_str(&quote(label))?;
        }
    }
    Ok(())
}

fn write_separated(formatter: &mut Formatter<'_>, args: &[Expr]) -> fmt::Result {
    for (index, arg) in args.iter().enumerate() {
        if index > 0 {
            formatter.write_str(", ")?;
        }
        arg.fmt(formatter)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn very_large_and_small_floats_have_an_exponent() {
        for (value, text) in [
            (0.0, "0"),
            (1.5, "1.5"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (1e-5, "1e-05"),
            (-2.5e-7, "-2.5e-07"),
        ] {
            assert_eq!(GeneralFloat(value).to_string(), text);
        }
    }
}
