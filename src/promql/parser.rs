//! From words to a tree: recursive descent, with operator precedence where it matters.
//!
//! The first thing that is wrong ends parsing. Which one is first, and how it is described, follows Prometheus, whose
//! parser is generated from a grammar: an error is described by the innermost construct around it that has something
//! to say, and a word is looked at ahead of time only where its grammar needs it. So the order in which words are read
//! and complaints are raised here is not free; the golden file holds it in place.

mod durations;
mod metric;
mod selectors;

use super::ast::{
    Aggregate, AggregateOp, Binary, BinaryOp, Call, Cardinality, Expr, NumberLiteral, Paren, Span, StringLiteral,
    Unary, ValueType, VectorMatching,
};
use super::error::ParseError;
use super::features::ParseOptions;
use super::functions_table::function;
use super::lexer::Lexer;
use super::literal;
use super::token::{Keyword, Token, TokenKind};

/// A parser in the middle of a text.
pub(super) struct Parser<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    options: ParseOptions,
    ahead: Option<Token>,
    /// Where the last word that was taken ends.
    end: usize,
    /// How many calls deep the descent is.
    depth: usize,
    /// How many aggregations are open around the current word.
    aggregations: usize,
    /// How many operators and parentheses stand in durations so far.
    duration_nodes: usize,
}

/// A finished part of the tree and its height.
pub(super) struct Part {
    pub(super) expr: Expr,
    height: usize,
}

type Parsed<T> = Result<T, ParseError>;

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, options: ParseOptions) -> Self {
        Self {
            text,
            lexer: Lexer::new(text),
            options,
            ahead: None,
            end: 0,
            depth: 0,
            aggregations: 0,
            duration_nodes: 0,
        }
    }

    /// The whole text as one expression; types are not checked yet.
    pub(super) fn whole_expr(&mut self) -> Parsed<Expr> {
        if self.peek()?.kind == TokenKind::End {
            return Err(ParseError::new(Span::default(), "no expression found in input"));
        }
        let part = self.expr()?;
        self.expect_end()?;
        Ok(part.expr)
    }

    pub(super) fn expect_end(&mut self) -> Parsed<()> {
        let token = self.peek()?;
        if token.kind == TokenKind::End { Ok(()) } else { Err(self.unexpected(token)) }
    }

    fn expr(&mut self) -> Parsed<Part> {
        self.binary(LOWEST)
    }

    /// An expression whose operators all bind at least as tightly as `least`. Every way down leads through here, so
    /// this is where depth is counted; an error ends everything, so there is no counting back then.
    fn binary(&mut self, least: u8) -> Parsed<Part> {
        self.go_deeper()?;
        let mut lhs = self.prefixed()?;
        loop {
            let op = match self.peek()?.kind {
                TokenKind::Operator(op) if precedence(op) >= least => op,
                _ => {
                    self.depth -= 1;
                    return Ok(lhs);
                }
            };
            let precedence = precedence(op);
            self.take()?;
            let (return_bool, matching) = self.binary_modifiers()?;
            // Only the power binds to the right: what follows may be another one.
            let rhs = self.binary(if op == BinaryOp::Pow { precedence } else { precedence + 1 })?;
            lhs = self.finish_binary(op, return_bool, matching, lhs, rhs)?;
        }
    }

    fn finish_binary(
        &self,
        op: BinaryOp,
        return_bool: bool,
        matching: VectorMatching,
        lhs: Part,
        rhs: Part,
    ) -> Parsed<Part> {
        let span = lhs.expr.span().to(rhs.expr.span());
        if (matching.fill_left.is_some() || matching.fill_right.is_some()) && !self.options.fill_modifiers {
            return Err(ParseError::new(span, "binop fill modifiers are experimental and not enabled"));
        }
        let scalars = lhs.expr.value_type() == ValueType::Scalar && rhs.expr.value_type() == ValueType::Scalar;
        let node = Binary {
            op,
            return_bool,
            matching: Some(matching),
            lhs: lhs.expr,
            rhs: rhs.expr,
            returns: if scalars { ValueType::Scalar } else { ValueType::Vector },
            span,
        };
        grown(Expr::Binary(Box::new(node)), lhs.height.max(rhs.height))
    }

    fn binary_modifiers(&mut self) -> Parsed<(bool, VectorMatching)> {
        let mut matching = VectorMatching {
            card: Cardinality::OneToOne,
            on: false,
            labels: Vec::new(),
            include: Vec::new(),
            fill_left: None,
            fill_right: None,
        };
        let return_bool = self.accept(TokenKind::Keyword(Keyword::Bool))?;
        if let TokenKind::Keyword(keyword @ (Keyword::On | Keyword::Ignoring)) = self.peek()?.kind {
            self.take()?;
            matching.on = keyword == Keyword::On;
            matching.labels = self.grouping_labels()?;
            if let TokenKind::Keyword(keyword @ (Keyword::GroupLeft | Keyword::GroupRight)) = self.peek()?.kind {
                self.take()?;
                matching.card =
                    if keyword == Keyword::GroupLeft { Cardinality::ManyToOne } else { Cardinality::OneToMany };
                let next = self.peek()?.kind;
                if next == TokenKind::LeftParen || !(next.begins_expr() || is_fill(next)) {
                    matching.include = self.grouping_labels()?;
                }
            }
        }
        match self.peek()?.kind {
            TokenKind::Keyword(Keyword::Fill) => {
                let value = self.fill_value()?;
                matching.fill_left = Some(value);
                matching.fill_right = Some(value);
            }
            TokenKind::Keyword(Keyword::FillLeft) => {
                matching.fill_left = Some(self.fill_value()?);
                if self.peek()?.kind == TokenKind::Keyword(Keyword::FillRight) {
                    matching.fill_right = Some(self.fill_value()?);
                }
            }
            TokenKind::Keyword(Keyword::FillRight) => {
                matching.fill_right = Some(self.fill_value()?);
                if self.peek()?.kind == TokenKind::Keyword(Keyword::FillLeft) {
                    matching.fill_left = Some(self.fill_value()?);
                }
            }
            _ => {}
        }
        Ok((return_bool, matching))
    }

    /// A fill modifier and its value in parentheses.
    fn fill_value(&mut self) -> Parsed<f64> {
        self.take()?;
        self.expect(TokenKind::LeftParen)?;
        let negative = match self.peek()?.kind {
            TokenKind::Operator(op @ (BinaryOp::Add | BinaryOp::Sub)) => {
                self.take()?;
                op == BinaryOp::Sub
            }
            _ => false,
        };
        let token = self.take()?;
        if !matches!(token.kind, TokenKind::Number | TokenKind::Duration) {
            return Err(self.unexpected(token));
        }
        let value = self.number(token)?.value;
        self.expect(TokenKind::RightParen)?;
        Ok(if negative { -value } else { value })
    }

    /// Labels in parentheses, behind `by`, `on` and their kin.
    fn grouping_labels(&mut self) -> Parsed<Vec<String>> {
        let open = self.take()?;
        if open.kind != TokenKind::LeftParen {
            return Err(self.unexpected_in(open, "grouping opts", "\"(\""));
        }
        let mut labels = Vec::new();
        loop {
            let token = self.take()?;
            let name = match token.kind {
                TokenKind::RightParen => return Ok(labels),
                TokenKind::String => {
                    let name = literal::unquote(self.slice(token.span));
                    if name.is_empty() {
                        return Err(ParseError::new(token.span, "invalid label name for grouping: \"\""));
                    }
                    name
                }
                kind if kind.names_label() => self.slice(token.span).to_owned(),
                _ => return Err(self.unexpected_in(token, "grouping opts", "label")),
            };
            labels.push(name);
            let next = self.take()?;
            match next.kind {
                TokenKind::Comma => {}
                TokenKind::RightParen => return Ok(labels),
                _ => return Err(self.unexpected_in(next, "grouping opts", "\",\" or \")\"")),
            }
        }
    }

    /// An expression with its signs in front and its modifiers behind.
    fn prefixed(&mut self) -> Parsed<Part> {
        let token = self.peek()?;
        let TokenKind::Operator(op @ (BinaryOp::Add | BinaryOp::Sub)) = token.kind else {
            let primary = self.primary()?;
            return self.with_modifiers(primary);
        };
        self.take()?;
        // A sign binds like a multiplication: of the operators only the power comes first.
        let operand = self.binary(precedence(BinaryOp::Pow))?;
        let negative = op == BinaryOp::Sub;
        let span = token.span.to(operand.expr.span());
        match operand.expr {
            Expr::Number(number) => {
                let value = if negative { -number.value } else { number.value };
                Ok(Part { expr: Expr::Number(NumberLiteral { value, span, ..number }), height: operand.height })
            }
            expr => grown(Expr::Unary(Box::new(Unary { negative, expr, span })), operand.height),
        }
    }

    fn primary(&mut self) -> Parsed<Part> {
        let token = self.take()?;
        match token.kind {
            TokenKind::Number | TokenKind::Duration => self.number(token).map(Expr::Number).map(leaf),
            TokenKind::String => Ok(self.string(token)),
            TokenKind::LeftParen => self.paren(token),
            TokenKind::LeftBrace => self.selector(None, token).map(leaf),
            TokenKind::Identifier | TokenKind::Context(_) if self.peek()?.kind == TokenKind::LeftParen => {
                self.call(token)
            }
            TokenKind::Aggregator(op)
                if matches!(
                    self.peek()?.kind,
                    TokenKind::LeftParen | TokenKind::Keyword(Keyword::By | Keyword::Without)
                ) =>
            {
                self.aggregate(op, token)
            }
            kind if kind.names_metric() => self.selector(Some(token), token).map(leaf),
            _ => Err(self.unexpected(token)),
        }
    }

    fn string(&self, token: Token) -> Part {
        leaf(Expr::String(StringLiteral { value: literal::unquote(self.slice(token.span)), span: token.span }))
    }

    fn paren(&mut self, open: Token) -> Parsed<Part> {
        let inner = self.expr()?;
        self.expect(TokenKind::RightParen)?;
        let span = Span::new(open.span.start, self.end);
        grown(Expr::Paren(Box::new(Paren { expr: inner.expr, span })), inner.height)
    }

    fn call(&mut self, name: Token) -> Parsed<Part> {
        let (args, height) = self.arguments()?;
        self.finish_call(name, args, height)
    }

    fn finish_call(&self, name: Token, args: Vec<Expr>, height: usize) -> Parsed<Part> {
        let text = self.slice(name.span);
        let Some(function) = function(text) else {
            let message = format!("unknown function with name {}", crate::model::quote(text));
            return Err(ParseError::new(name.span, message));
        };
        if function.experimental && !self.options.experimental_functions {
            return Err(ParseError::new(name.span, format!("function \"{text}\" is not enabled")));
        }
        let span = Span::new(name.span.start, self.end);
        grown(Expr::Call(Box::new(Call { function, args, span })), height)
    }

    /// Arguments in parentheses, and the height of the highest.
    fn arguments(&mut self) -> Parsed<(Vec<Expr>, usize)> {
        self.expect(TokenKind::LeftParen)?;
        let (mut args, mut height) = (Vec::new(), 0);
        if self.accept(TokenKind::RightParen)? {
            return Ok((args, height));
        }
        loop {
            let arg = self.expr()?;
            args.push(arg.expr);
            height = height.max(arg.height);
            let next = self.take()?;
            match next.kind {
                TokenKind::RightParen => return Ok((args, height)),
                TokenKind::Comma if !self.peek()?.kind.begins_expr() => {
                    return Err(ParseError::new(next.span, "trailing commas not allowed in function call args"));
                }
                TokenKind::Comma => {}
                _ => return Err(self.unexpected(next)),
            }
        }
    }

    fn aggregate(&mut self, op: AggregateOp, name: Token) -> Parsed<Part> {
        self.aggregations += 1;
        let mut modifier = self.aggregate_modifier()?;
        let (args, height) = self.arguments()?;
        self.aggregations -= 1;
        if modifier.is_none() {
            modifier = self.aggregate_modifier()?;
        }
        let span = Span::new(name.span.start, self.end);
        self.finish_aggregate(op, modifier.unwrap_or_default(), args, height, span)
    }

    fn finish_aggregate(
        &self,
        op: AggregateOp,
        (without, grouping): (bool, Vec<String>),
        mut args: Vec<Expr>,
        height: usize,
        span: Span,
    ) -> Parsed<Part> {
        if args.is_empty() {
            return Err(ParseError::new(span, "no arguments for aggregate expression provided"));
        }
        if op.is_experimental() && !self.options.experimental_functions {
            let message = format!(
                "{}() is experimental and must be enabled with --enable-feature=promql-experimental-functions",
                op.as_str()
            );
            return Err(ParseError::new(span, message));
        }
        let (wanted, given) = (if op.takes_param() { 2 } else { 1 }, args.len());
        let (Some(expr), true) = (args.pop(), given == wanted) else {
            let message =
                format!("wrong number of arguments for aggregate expression provided, expected {wanted}, got {given}");
            return Err(ParseError::new(span, message));
        };
        let param = args.pop();
        grown(Expr::Aggregate(Box::new(Aggregate { op, expr, param, grouping, without, span })), height)
    }

    /// `by (..)` or `without (..)`, if there is one: whether it is `without`, and the labels.
    fn aggregate_modifier(&mut self) -> Parsed<Option<(bool, Vec<String>)>> {
        let TokenKind::Keyword(keyword @ (Keyword::By | Keyword::Without)) = self.peek()?.kind else { return Ok(None) };
        self.take()?;
        Ok(Some((keyword == Keyword::Without, self.grouping_labels()?)))
    }

    fn number(&self, token: Token) -> Parsed<NumberLiteral> {
        let text = self.slice(token.span);
        let is_duration = token.kind == TokenKind::Duration;
        let value = if is_duration { literal::duration_seconds(text) } else { literal::number(text) };
        match value {
            Ok(value) => Ok(NumberLiteral { value, is_duration, span: token.span }),
            Err(message) => Err(ParseError::new(token.span, message)),
        }
    }

    /// Counts one level more, or refuses where it is too deep already.
    fn go_deeper(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > MAX_NESTING {
            let span = Span::new(self.end, self.text.len());
            return Err(ParseError::new(span, format!("expression is nested more than {MAX_NESTING} levels deep")));
        }
        Ok(())
    }

    fn peek(&mut self) -> Parsed<Token> {
        match self.ahead {
            Some(token) => Ok(token),
            None => {
                let token = self.lexer.next()?;
                self.ahead = Some(token);
                Ok(token)
            }
        }
    }

    fn take(&mut self) -> Parsed<Token> {
        let token = match self.ahead.take() {
            Some(token) => token,
            None => self.lexer.next()?,
        };
        self.end = token.span.end;
        Ok(token)
    }

    fn accept(&mut self, kind: TokenKind) -> Parsed<bool> {
        let found = self.peek()?.kind == kind;
        if found {
            self.take()?;
        }
        Ok(found)
    }

    fn expect(&mut self, kind: TokenKind) -> Parsed<()> {
        let token = self.take()?;
        if token.kind == kind { Ok(()) } else { Err(self.unexpected(token)) }
    }

    fn slice(&self, span: Span) -> &'a str {
        self.text.get(span.start..span.end).unwrap_or("")
    }

    /// A word that fits nowhere; the innermost aggregation around it is the only thing that can be said.
    fn unexpected(&self, token: Token) -> ParseError {
        let context = if self.aggregations > 0 { " in aggregation" } else { "" };
        self.unexpected_with(token, context)
    }

    fn unexpected_in(&self, token: Token, context: &str, expected: &str) -> ParseError {
        self.unexpected_with(token, &format!(" in {context}, expected {expected}"))
    }

    fn unexpected_with(&self, token: Token, context: &str) -> ParseError {
        ParseError::new(token.span, format!("unexpected {}{context}", token.kind.describe(self.slice(token.span))))
    }
}

fn leaf(expr: Expr) -> Part {
    Part { expr, height: 1 }
}

/// A node over children of which the highest is `below` high.
fn grown(expr: Expr, below: usize) -> Parsed<Part> {
    if below >= super::MAX_DEPTH {
        let message = format!("expression is more than {} levels high", super::MAX_DEPTH);
        return Err(ParseError::new(expr.span(), message));
    }
    Ok(Part { expr, height: below + 1 })
}

fn is_fill(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Keyword(Keyword::Fill | Keyword::FillLeft | Keyword::FillRight))
}

/// How tightly an operator binds.
fn precedence(op: BinaryOp) -> u8 {
    match op {
        BinaryOp::Or => LOWEST,
        BinaryOp::And | BinaryOp::Unless => 2,
        BinaryOp::Equal
        | BinaryOp::NotEqual
        | BinaryOp::Less
        | BinaryOp::LessEqual
        | BinaryOp::Greater
        | BinaryOp::GreaterEqual
        | BinaryOp::TrimUpper
        | BinaryOp::TrimLower => 3,
        BinaryOp::Add | BinaryOp::Sub => 4,
        BinaryOp::Mul | BinaryOp::Div | BinaryOp::Mod | BinaryOp::Atan2 => 5,
        BinaryOp::Pow => 6,
    }
}

/// The precedence of `or`.
const LOWEST: u8 = 1;

/// How deep parentheses, calls and signs may be nested. Nobody writes that many, and a level costs several frames of
/// the stack, which must not overflow on an ordinary thread of 2 MiB, in a debug build either.
const MAX_NESTING: usize = 100;
