//! The ways in.

use crate::model::{Labels, Matcher};

use super::ast::{Expr, Span};
use super::check::check;
use super::error::ParseError;
use super::features::ParseOptions;
use super::parser::Parser;

/// Reads a query and checks its types.
///
/// # Errors
/// The first thing that is wrong, as Prometheus words and places it.
pub fn parse(text: &str, options: &ParseOptions) -> Result<Expr, ParseError> {
    let parse = || {
        let mut expr = Parser::new(text, *options).whole_expr()?;
        check(&mut expr, text)?;
        Ok(expr)
    };
    parse().map_err(|error: ParseError| error.located(text))
}

/// Reads a selector of series without modifiers, the form of `match[]` parameters: its matchers, the one for the
/// metric's name last. It may match everything.
///
/// # Errors
/// As [`parse`].
pub fn parse_selector(text: &str) -> Result<Vec<Matcher>, ParseError> {
    Parser::new(text, ParseOptions::default()).whole_selector().map_err(|error| error.located(text))
}

/// Reads a label set written out: `metric{a="b"}`.
///
/// # Errors
/// Where it is not one.
pub fn parse_metric(text: &str) -> Result<Labels, ParseError> {
    let parse = || {
        let (labels, end) = Parser::new(text, ParseOptions::default()).metric()?;
        let rest = text.get(end..).unwrap_or("");
        if !rest.trim().is_empty() {
            return Err(ParseError::new(Span::new(end, text.len()), "unexpected text behind the labels"));
        }
        Ok(labels)
    };
    parse().map_err(|error: ParseError| error.located(text))
}

/// How high a tree may grow. Generous for people and generators alike, small enough for recursion on the 2 MiB stacks of
/// ordinary threads.
pub const MAX_DEPTH: usize = 500;
