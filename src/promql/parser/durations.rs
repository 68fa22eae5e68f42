//! Arithmetic on lengths of time, inside brackets and behind `offset`.

use super::super::ast::{BinaryOp, DurationExpr, DurationOp, NumberLiteral, Span};
use super::super::error::ParseError;
use super::super::token::{Context, Token, TokenKind};
use super::{Parsed, Parser};

/// What to say of a word that fits nowhere.
type Place<'p> = (&'p str, &'p str);

impl Parser<'_> {
    /// A duration between brackets.
    pub(super) fn duration(&mut self, context: &str, expected: &str) -> Parsed<DurationExpr> {
        self.duration_binary(LOWEST, (context, expected))
    }

    /// A duration behind `offset`. It ends early, so that `a offset 1m + b` is a sum: only where it begins with a
    /// parenthesis or with two signs do operators belong to it.
    pub(super) fn offset_duration(&mut self) -> Parsed<DurationExpr> {
        let place = ("offset", "number, duration, step(), or range()");
        let token = self.peek()?;
        match token.kind {
            TokenKind::Operator(op @ (BinaryOp::Add | BinaryOp::Sub)) => {
                self.take()?;
                if matches!(self.peek()?.kind, TokenKind::Operator(BinaryOp::Add | BinaryOp::Sub)) {
                    let operand = self.duration_binary(POWER, place)?;
                    let lhs = signed(op, token, operand)?;
                    return self.duration_operators(lhs, LOWEST, place);
                }
                if matches!(self.peek()?.kind, TokenKind::Number | TokenKind::Duration) {
                    let number = self.take()?;
                    return signed(op, token, DurationExpr::Number(self.number(number)?));
                }
                match self.duration_primary(place)? {
                    operand
                    @ (DurationExpr::Step { .. } | DurationExpr::Range { .. } | DurationExpr::Binary { .. }) => {
                        let span = token.span.to(operand.span());
                        Ok(DurationExpr::Signed { negative: op == BinaryOp::Sub, expr: Box::new(operand), span })
                    }
                    operand => signed(op, token, operand),
                }
            }
            TokenKind::LeftParen => self.duration_binary(LOWEST, place),
            _ => self.duration_primary(place),
        }
    }

    fn duration_binary(&mut self, least: u8, place: Place<'_>) -> Parsed<DurationExpr> {
        self.go_deeper()?;
        let lhs = self.duration_prefixed(place)?;
        let whole = self.duration_operators(lhs, least, place)?;
        self.depth -= 1;
        Ok(whole)
    }

    fn duration_operators(&mut self, mut lhs: DurationExpr, least: u8, place: Place<'_>) -> Parsed<DurationExpr> {
        loop {
            let token = self.peek()?;
            let Some((op, precedence)) = operator(token.kind) else { return Ok(lhs) };
            if precedence < least {
                return Ok(lhs);
            }
            self.take()?;
            let rhs = self.duration_binary(if op == DurationOp::Pow { precedence } else { precedence + 1 }, place)?;
            // Seen by Prometheus when the right side is complete, that is with the next word read.
            self.peek()?;
            if let (DurationOp::Div | DurationOp::Mod, DurationExpr::Number(NumberLiteral { value: 0.0, .. })) =
                (op, &rhs)
            {
                let message = if op == DurationOp::Div { "division by zero" } else { "modulo by zero" };
                return Err(ParseError::new(token.span, message));
            }
            self.count_duration_node(token.span)?;
            let span = lhs.span().to(rhs.span());
            lhs = DurationExpr::Binary { op, lhs: Box::new(lhs), rhs: Box::new(rhs), span };
        }
    }

    fn duration_prefixed(&mut self, place: Place<'_>) -> Parsed<DurationExpr> {
        let token = self.peek()?;
        let TokenKind::Operator(op @ (BinaryOp::Add | BinaryOp::Sub)) = token.kind else {
            return self.duration_primary(place);
        };
        self.take()?;
        self.count_duration_node(token.span)?;
        let operand = self.duration_binary(POWER, place)?;
        signed(op, token, operand)
    }

    /// Counts one more node in all durations together: no duration is higher than that.
    fn count_duration_node(&mut self, span: Span) -> Parsed<()> {
        self.duration_nodes += 1;
        if self.duration_nodes > super::super::MAX_DEPTH {
            let message = format!("more than {} operators in durations", super::super::MAX_DEPTH);
            return Err(ParseError::new(span, message));
        }
        Ok(())
    }

    fn duration_primary(&mut self, place: Place<'_>) -> Parsed<DurationExpr> {
        let token = self.take()?;
        match token.kind {
            TokenKind::Number | TokenKind::Duration => {
                let number = self.number(token)?;
                in_range(&number, number.span)?;
                Ok(DurationExpr::Number(number))
            }
            TokenKind::Context(context @ (Context::Step | Context::Range)) => {
                self.expect_in(TokenKind::LeftParen, place)?;
                self.expect_in(TokenKind::RightParen, place)?;
                let span = Span::new(token.span.start, self.end);
                Ok(if context == Context::Step { DurationExpr::Step { span } } else { DurationExpr::Range { span } })
            }
            TokenKind::Context(context @ (Context::MinOf | Context::MaxOf)) => {
                self.count_duration_node(token.span)?;
                self.expect_in(TokenKind::LeftParen, place)?;
                let lhs = self.duration_binary(LOWEST, place)?;
                self.expect_in(TokenKind::Comma, place)?;
                let rhs = self.duration_binary(LOWEST, place)?;
                self.expect_in(TokenKind::RightParen, place)?;
                let op = if context == Context::MinOf { DurationOp::MinOf } else { DurationOp::MaxOf };
                let span = Span::new(token.span.start, self.end);
                Ok(DurationExpr::Binary { op, lhs: Box::new(lhs), rhs: Box::new(rhs), span })
            }
            TokenKind::LeftParen => {
                let inner = self.duration_binary(LOWEST, place)?;
                self.expect_in(TokenKind::RightParen, place)?;
                self.count_duration_node(token.span)?;
                let span = Span::new(token.span.start, self.end);
                Ok(match inner {
                    // Two pairs of parentheses are one.
                    DurationExpr::Paren { expr, .. } => DurationExpr::Paren { expr, span },
                    inner => DurationExpr::Paren { expr: Box::new(inner), span },
                })
            }
            _ => Err(self.unexpected_in(token, place.0, place.1)),
        }
    }

    fn expect_in(&mut self, kind: TokenKind, place: Place<'_>) -> Parsed<()> {
        let token = self.take()?;
        if token.kind == kind { Ok(()) } else { Err(self.unexpected_in(token, place.0, place.1)) }
    }
}

/// Puts a sign in front. A number takes it in; a plus changes nothing.
fn signed(op: BinaryOp, sign: Token, operand: DurationExpr) -> Parsed<DurationExpr> {
    let negative = op == BinaryOp::Sub;
    match operand {
        DurationExpr::Number(number) => {
            let value = if negative { -number.value } else { number.value };
            in_range(&number, sign.span)?;
            Ok(DurationExpr::Number(NumberLiteral { value, span: sign.span.to(number.span), ..number }))
        }
        operand if negative => {
            let span = sign.span.to(operand.span());
            Ok(DurationExpr::Signed { negative, expr: Box::new(operand), span })
        }
        operand => Ok(operand),
    }
}

fn in_range(number: &NumberLiteral, span: Span) -> Parsed<()> {
    if number.value.abs() > LARGEST_SECONDS {
        return Err(ParseError::new(span, "duration out of range"));
    }
    Ok(())
}

fn operator(kind: TokenKind) -> Option<(DurationOp, u8)> {
    let TokenKind::Operator(op) = kind else { return None };
    match op {
        BinaryOp::Add => Some((DurationOp::Add, LOWEST)),
        BinaryOp::Sub => Some((DurationOp::Sub, LOWEST)),
        BinaryOp::Mul => Some((DurationOp::Mul, 2)),
        BinaryOp::Div => Some((DurationOp::Div, 2)),
        BinaryOp::Mod => Some((DurationOp::Mod, 2)),
        BinaryOp::Pow => Some((DurationOp::Pow, POWER)),
        _ => None,
    }
}

/// The precedence of `+` and `-`.
const LOWEST: u8 = 1;

/// The precedence of `^`, the only operator that comes before a sign.
const POWER: u8 = 3;

/// What 63 bits of nanoseconds hold, in seconds.
const LARGEST_SECONDS: f64 = 9_223_372_036.854_776;
