//! Selectors of series, and the modifiers behind an expression: ranges, `offset`, `@`, `anchored`, `smoothed`.

use crate::model::{MatchOp, Matcher};

use super::super::ast::{
    At, BinaryOp, DurationExpr, Expr, Extension, Length, MatrixSelector, Span, Subquery, VectorSelector,
};
use super::super::error::ParseError;
use super::super::literal;
use super::super::token::{Context, Keyword, Token, TokenKind};
use super::{Parsed, Parser, Part, grown};

impl Parser<'_> {
    /// The whole text as one selector without modifiers: its matchers.
    pub(in crate::promql) fn whole_selector(&mut self) -> Parsed<Vec<Matcher>> {
        let token = self.take()?;
        let selector = match token.kind {
            TokenKind::LeftBrace => self.selector(None, token)?,
            kind if kind.names_metric() => self.selector(Some(token), token)?,
            _ => return Err(self.unexpected(token)),
        };
        self.expect_end()?;
        match selector {
            Expr::Vector(selector) => Ok(selector.matchers),
            _ => Ok(Vec::new()),
        }
    }

    /// The rest of a selector, its name or its opening brace being read.
    pub(super) fn selector(&mut self, name: Option<Token>, first: Token) -> Parsed<Expr> {
        let mut matchers = Vec::new();
        if name.is_none() || self.accept(TokenKind::LeftBrace)? {
            self.matchers(&mut matchers)?;
        }
        let name = name.map_or(String::new(), |name| self.slice(name.span).to_owned());
        if !name.is_empty() {
            matchers.push(Matcher::equal(crate::model::METRIC_NAME, name.clone()));
        }
        Ok(Expr::Vector(Box::new(VectorSelector {
            name,
            matchers,
            offset: Length::ZERO,
            at: None,
            extension: None,
            span: Span::new(first.span.start, self.end),
        })))
    }

    /// What stands between braces, and the closing one.
    fn matchers(&mut self, matchers: &mut Vec<Matcher>) -> Parsed<()> {
        loop {
            let token = self.take()?;
            let matcher = match token.kind {
                TokenKind::RightBrace => return Ok(()),
                TokenKind::Identifier => {
                    let op = self.take()?;
                    let Some(op) = match_op(op.kind) else {
                        return Err(self.unexpected_in(op, "label matching", "label matching operator"));
                    };
                    self.matcher(token, self.slice(token.span).to_owned(), op)?
                }
                TokenKind::String => {
                    let name = literal::unquote(self.slice(token.span));
                    match match_op(self.peek()?.kind) {
                        None => Matcher::equal(crate::model::METRIC_NAME, name),
                        Some(op) => {
                            self.take()?;
                            self.matcher(token, name, op)?
                        }
                    }
                }
                _ => return Err(self.unexpected_in(token, "label matching", "identifier or \"}\"")),
            };
            matchers.push(matcher);
            let next = self.take()?;
            match next.kind {
                TokenKind::Comma => {}
                TokenKind::RightBrace => return Ok(()),
                _ => return Err(self.unexpected_in(next, "label matching", "\",\" or \"}\"")),
            }
        }
    }

    /// The rest of a matcher, its name and operator being read.
    fn matcher(&mut self, first: Token, name: String, op: MatchOp) -> Parsed<Matcher> {
        let value = self.take()?;
        if value.kind != TokenKind::String {
            return Err(self.unexpected_in(value, "label matching", "string"));
        }
        Matcher::new(op, name, literal::unquote(self.slice(value.span)))
            .map_err(|error| ParseError::new(first.span.to(value.span), error.to_string()))
    }

    /// Reads the modifiers behind an expression.
    pub(super) fn with_modifiers(&mut self, mut part: Part) -> Parsed<Part> {
        loop {
            let token = self.peek()?;
            part = match token.kind {
                TokenKind::LeftBracket => self.range(part)?,
                TokenKind::Keyword(Keyword::Offset) => self.offset(part)?,
                TokenKind::At => self.at(part)?,
                TokenKind::Keyword(Keyword::Anchored) => self.extension(part, Extension::Anchored)?,
                TokenKind::Keyword(Keyword::Smoothed) => self.extension(part, Extension::Smoothed)?,
                _ => return Ok(part),
            };
        }
    }

    /// `[5m]` or `[1h:5m]`.
    fn range(&mut self, part: Part) -> Parsed<Part> {
        let open = self.take()?;
        let range = self.duration("subquery or range selector", "number, duration, step(), or range()")?;
        let close = self.peek()?;
        let range = positive(range)?;
        self.take()?;
        match close.kind {
            TokenKind::RightBracket => Self::matrix(part, range, Span::new(open.span.start, self.end)),
            TokenKind::Colon => self.subquery(part, range),
            _ => Err(self.unexpected_in(close, "subquery or range", "\":\" or \"]\"")),
        }
    }

    fn matrix(part: Part, range: Length, brackets: Span) -> Parsed<Part> {
        let error = |message| Err(ParseError::new(brackets, message));
        let Expr::Vector(mut selector) = part.expr else { return error("ranges only allowed for vector selectors") };
        if !matches!(selector.offset, Length::Fixed(0)) {
            return error("no offset modifiers allowed before range");
        }
        if selector.at.is_some() {
            return error("no @ modifiers allowed before range");
        }
        selector.span.end = brackets.end;
        let span = selector.span;
        let node = MatrixSelector { selector: *selector, range, span };
        Ok(Part { expr: Expr::Matrix(Box::new(node)), height: part.height })
    }

    /// The rest of a subquery, its colon being read.
    fn subquery(&mut self, part: Part, range: Length) -> Parsed<Part> {
        let mut step = Length::ZERO;
        if !self.accept(TokenKind::RightBracket)? {
            let expr = self.duration("subquery selector", "number, duration, step(), range(), or \"]\"")?;
            let close = self.peek()?;
            step = positive(expr)?;
            self.take()?;
            if close.kind != TokenKind::RightBracket {
                return Err(self.unexpected_in(close, "subquery selector", "\"]\""));
            }
        }
        let span = Span::new(part.expr.span().start, self.end);
        let node = Subquery { expr: part.expr, range, step, offset: Length::ZERO, at: None, span };
        grown(Expr::Subquery(Box::new(node)), part.height)
    }

    fn offset(&mut self, mut part: Part) -> Parsed<Part> {
        self.take()?;
        let length = length(self.offset_duration()?);
        let whole = part.expr.span();
        let slot = match &mut part.expr {
            Expr::Vector(node) => &mut node.offset,
            Expr::Matrix(node) => &mut node.selector.offset,
            Expr::Subquery(node) => &mut node.offset,
            _ => {
                let message = "offset modifier must be preceded by an instant vector selector or range vector selector \
                               or a subquery";
                return Err(ParseError::new(whole, message));
            }
        };
        if !matches!(slot, Length::Fixed(0)) {
            return Err(ParseError::new(whole, "offset may not be set multiple times"));
        }
        *slot = length;
        extend(&mut part.expr, self.end);
        Ok(part)
    }

    fn at(&mut self, mut part: Part) -> Parsed<Part> {
        self.take()?;
        let whole = part.expr.span();
        let at = self.at_time(whole)?;
        let slot = match &mut part.expr {
            Expr::Vector(node) => &mut node.at,
            Expr::Matrix(node) => &mut node.selector.at,
            Expr::Subquery(node) => &mut node.at,
            _ => {
                let message = "@ modifier must be preceded by an instant vector selector or range vector selector or a \
                               subquery";
                return Err(ParseError::new(whole, message));
            }
        };
        if slot.is_some() {
            return Err(ParseError::new(whole, "@ <timestamp> may not be set multiple times"));
        }
        *slot = Some(at);
        extend(&mut part.expr, self.end);
        Ok(part)
    }

    /// What stands behind `@`.
    fn at_time(&mut self, whole: Span) -> Parsed<At> {
        let mut token = self.take()?;
        let unexpected = |parser: &Self, token| Err(parser.unexpected_in(token, "@", "timestamp"));
        if let TokenKind::Context(context @ (Context::Start | Context::End)) = token.kind {
            for wanted in [TokenKind::LeftParen, TokenKind::RightParen] {
                let token = self.take()?;
                if token.kind != wanted {
                    return unexpected(self, token);
                }
            }
            return Ok(if context == Context::Start { At::Start } else { At::End });
        }
        let mut negative = false;
        if let TokenKind::Operator(op @ (BinaryOp::Add | BinaryOp::Sub)) = token.kind {
            negative = op == BinaryOp::Sub;
            token = self.take()?;
        }
        if !matches!(token.kind, TokenKind::Number | TokenKind::Duration) {
            return unexpected(self, token);
        }
        let value = self.number(token)?.value;
        let seconds = if negative { -value } else { value };
        if !seconds.is_finite() || seconds.abs() >= LARGEST_TIME {
            let shown = if seconds.is_infinite() {
                format!("{seconds:+}").replace("inf", "Inf")
            } else {
                format!("{seconds:.6}")
            };
            return Err(ParseError::new(whole, format!("timestamp out of bounds for @ modifier: {shown}")));
        }
        #[expect(clippy::cast_possible_truncation, reason = "out of range saturates, which is as good as any time")]
        Ok(At::Time((seconds * 1000.0).round() as i64))
    }

    fn extension(&mut self, mut part: Part, extension: Extension) -> Parsed<Part> {
        self.take()?;
        let whole = part.expr.span();
        let name = extension.as_str();
        if !self.options.extended_range_selectors {
            return Err(ParseError::new(whole, format!("{name} modifier is experimental and not enabled")));
        }
        let selector = match &mut part.expr {
            Expr::Vector(node) => node.as_mut(),
            Expr::Matrix(node) => &mut node.selector,
            Expr::Subquery(_) => {
                return Err(ParseError::new(whole, format!("{name} modifier is not supported for subqueries")));
            }
            _ => return Err(ParseError::new(whole, format!("{name} modifier not implemented"))),
        };
        if selector.extension.is_some_and(|other| other != extension) {
            return Err(ParseError::new(whole, "anchored and smoothed modifiers cannot be used together"));
        }
        selector.extension = Some(extension);
        extend(&mut part.expr, self.end);
        Ok(part)
    }
}

/// Counts a modifier as a part of what it modifies.
fn extend(expr: &mut Expr, end: usize) {
    match expr {
        Expr::Vector(node) => node.span.end = end,
        Expr::Matrix(node) => {
            node.selector.span.end = end;
            node.span.end = end;
        }
        Expr::Subquery(node) => node.span.end = end,
        _ => {}
    }
}

fn match_op(kind: TokenKind) -> Option<MatchOp> {
    match kind {
        TokenKind::Assign => Some(MatchOp::Equal),
        TokenKind::Operator(BinaryOp::NotEqual) => Some(MatchOp::NotEqual),
        TokenKind::MatchRegex => Some(MatchOp::Regex),
        TokenKind::MatchNotRegex => Some(MatchOp::NotRegex),
        _ => None,
    }
}

/// A range or step, which has to be greater than zero where it is known.
fn positive(expr: DurationExpr) -> Parsed<Length> {
    match &expr {
        // Written so that a NaN passes: it counts as zero milliseconds.
        DurationExpr::Number(number) if number.value <= 0.0 => {
            Err(ParseError::new(number.span, "duration must be greater than 0"))
        }
        _ => Ok(length(expr)),
    }
}

fn length(expr: DurationExpr) -> Length {
    match expr {
        #[expect(clippy::cast_possible_truncation, reason = "the range was checked; a NaN counts as zero")]
        DurationExpr::Number(number) => Length::Fixed((number.value * 1e9).round() as i64 / 1_000_000),
        expr => Length::Computed(Box::new(expr)),
    }
}

/// 2^63 s: Prometheus bounds the seconds by what 64 bits hold.
const LARGEST_TIME: f64 = 9_223_372_036_854_775_808.0;
