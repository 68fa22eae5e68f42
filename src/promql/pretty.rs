//! The text of a tree over several lines: whatever is longer than 100 bytes is broken up and indented.

use std::fmt::{self, Write};

use super::ast::Expr;
use super::print::{AggregateHead, Operator, SubqueryTimes};

/// Lays a query out as Prometheus's `format_query` does.
#[must_use]
pub fn pretty(expr: &Expr) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write_pretty(&mut out, expr, 0);
    out
}

fn write_pretty(out: &mut String, expr: &Expr, level: usize) -> fmt::Result {
    match expr {
        // A sign stands right in front of whatever it applies to.
        Expr::Unary(node) => {
            indent(out, level);
            out.push(if node.negative { '-' } else { '+' });
            let begin = out.len();
            write_pretty(out, &node.expr, level)?;
            let spaces = out.get(begin..).map_or(0, |inner| inner.len() - inner.trim_start().len());
            out.replace_range(begin..begin + spaces, "");
            Ok(())
        }
        // Prometheus does not indent a short subquery.
        Expr::Subquery(_) if fits(expr) => write!(out, "{expr}"),
        Expr::Subquery(node) => {
            write_pretty(out, &node.expr, level)?;
            write!(out, "{}", SubqueryTimes(node))
        }
        Expr::Binary(node) if !fits(expr) => {
            write_pretty(out, &node.lhs, level + 1)?;
            out.push('\n');
            indent(out, level);
            writeln!(out, "{}", Operator(node))?;
            write_pretty(out, &node.rhs, level + 1)
        }
        Expr::Aggregate(node) if !fits(expr) => {
            indent(out, level);
            writeln!(out, "{}(", AggregateHead(node))?;
            if let Some(param) = &node.param {
                write_pretty(out, param, level + 1)?;
                out.push_str(",\n");
            }
            write_pretty(out, &node.expr, level + 1)?;
            close(out, level)
        }
        Expr::Call(node) if !fits(expr) => {
            indent(out, level);
            writeln!(out, "{}(", node.function.name)?;
            for (index, arg) in node.args.iter().enumerate() {
                if index > 0 {
                    out.push_str(",\n");
                }
                write_pretty(out, arg, level + 1)?;
            }
            close(out, level)
        }
        Expr::Paren(node) if !fits(expr) => {
            indent(out, level);
            out.push_str("(\n");
            write_pretty(out, &node.expr, level + 1)?;
            close(out, level)
        }
        _ => {
            indent(out, level);
            write!(out, "{expr}")
        }
    }
}

fn close(out: &mut String, level: usize) -> fmt::Result {
    out.push('\n');
    indent(out, level);
    out.push(')');
    Ok(())
}

fn indent(out: &mut String, level: usize) {
    for _ in 0..level {
        out.push_str("  ");
    }
}

/// Whether the node's text is at most [`WIDTH`] long. Stops writing as soon as it is not, so that asking on each level
/// of a deep tree stays cheap.
fn fits(expr: &Expr) -> bool {
    struct Room(usize);

    impl Write for Room {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0 = self.0.checked_sub(text.len()).ok_or(fmt::Error)?;
            Ok(())
        }
    }

    write!(Room(WIDTH), "{expr}").is_ok()
}

/// The longest line in bytes that is left alone, without its indentation.
const WIDTH: usize = 100;
