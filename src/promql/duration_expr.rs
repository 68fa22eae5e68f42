//! The value of a computed length of time.

use std::fmt;

use super::ast::{DurationExpr, DurationOp, Length, Span};

impl Length {
    /// The milliseconds, given the step and the length of the query (both zero for an instant query).
    ///
    /// # Errors
    /// A computed length divides by zero or does not fit 64 bits of nanoseconds.
    pub fn resolve(&self, step_ms: i64, range_ms: i64) -> Result<i64, DurationError> {
        match self {
            Self::Fixed(ms) => Ok(*ms),
            Self::Computed(expr) => expr.evaluate(step_ms, range_ms),
        }
    }

    /// As [`Length::resolve`], for a range or a step: a computed one has to be greater than zero as well.
    ///
    /// # Errors
    /// As [`Length::resolve`], and a computed length of zero or less.
    pub fn resolve_positive(&self, step_ms: i64, range_ms: i64) -> Result<i64, DurationError> {
        let ms = self.resolve(step_ms, range_ms)?;
        match self {
            Self::Computed(expr) if ms <= 0 => {
                Err(DurationError { span: expr.span(), kind: DurationErrorKind::NotPositive })
            }
            _ => Ok(ms),
        }
    }
}

impl DurationExpr {
    /// The milliseconds, given the step and the length of the query.
    ///
    /// # Errors
    /// Division by zero, or more than fits 64 bits of nanoseconds.
    pub fn evaluate(&self, step_ms: i64, range_ms: i64) -> Result<i64, DurationError> {
        let seconds = self.seconds(step_ms, range_ms)?;
        if seconds.is_nan() || seconds.abs() > LARGEST_SECONDS {
            return Err(DurationError { span: self.span(), kind: DurationErrorKind::OutOfRange });
        }
        #[expect(clippy::cast_possible_truncation, reason = "the range was checked right here")]
        Ok((seconds * 1000.0) as i64)
    }

    fn seconds(&self, step_ms: i64, range_ms: i64) -> Result<f64, DurationError> {
        #[expect(clippy::cast_precision_loss, reason = "a step or range of 285,000 years is exact")]
        let in_seconds = |ms: i64| ms as f64 / 1000.0;
        Ok(match self {
            Self::Number(number) => number.value,
            Self::Step { .. } => in_seconds(step_ms),
            Self::Range { .. } => in_seconds(range_ms),
            Self::Paren { expr, .. } | Self::Signed { negative: false, expr, .. } => expr.seconds(step_ms, range_ms)?,
            Self::Signed { expr, .. } => -expr.seconds(step_ms, range_ms)?,
            Self::Binary { op, lhs, rhs, span } => {
                let (a, b) = (lhs.seconds(step_ms, range_ms)?, rhs.seconds(step_ms, range_ms)?);
                let error = |kind| Err(DurationError { span: *span, kind });
                match op {
                    DurationOp::Add => a + b,
                    DurationOp::Sub => a - b,
                    DurationOp::Mul => a * b,
                    DurationOp::Div if b == 0.0 => return error(DurationErrorKind::DivisionByZero),
                    DurationOp::Div => a / b,
                    DurationOp::Mod if b == 0.0 => return error(DurationErrorKind::ModuloByZero),
                    DurationOp::Mod => a % b,
                    DurationOp::Pow => a.powf(b),
                    DurationOp::MinOf => a.min(b),
                    DurationOp::MaxOf => a.max(b),
                }
            }
        })
    }
}

/// A length of time that cannot be computed, or not be used where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DurationError {
    /// Where the length stands in the query's text.
    pub span: Span,
    kind: DurationErrorKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DurationErrorKind {
    NotPositive,
    OutOfRange,
    DivisionByZero,
    ModuloByZero,
}

impl fmt::Display for DurationError {
    /// As Prometheus has it: byte offsets of start and end in front of the message, where it gives any.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Span { start, end } = self.span;
        match self.kind {
            DurationErrorKind::NotPositive => write!(formatter, "{start}:{end}: duration must be greater than 0"),
            DurationErrorKind::OutOfRange => write!(formatter, "{start}:{end}: duration is out of range"),
            DurationErrorKind::DivisionByZero => formatter.write_str("division by zero"),
            DurationErrorKind::ModuloByZero => formatter.write_str("modulo by zero"),
        }
    }
}

impl std::error::Error for DurationError {}

/// What 63 bits of nanoseconds hold, in seconds.
const LARGEST_SECONDS: f64 = 9_223_372_036.854_776;
