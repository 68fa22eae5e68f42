//! The words of the language.

use crate::model::quote;

use super::ast::{AggregateOp, BinaryOp, Span};

/// One word of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) span: Span,
}

/// What a word is. Where the exact text matters it is read from the query again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    End,
    Comma,
    Colon,
    Assign,
    LeftParen,
    RightParen,
    LeftBrace,
    RightBrace,
    LeftBracket,
    RightBracket,
    At,
    MatchRegex,
    MatchNotRegex,
    Operator(BinaryOp),
    Aggregator(AggregateOp),
    Keyword(Keyword),
    Context(Context),
    Number,
    Duration,
    String,
    Identifier,
    /// A name with a colon in it: of a metric, never of a function or label.
    MetricIdentifier,
}

/// Words that have a meaning of their own in some places and are names in others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    Offset,
    Smoothed,
    Anchored,
    By,
    Without,
    On,
    Ignoring,
    GroupLeft,
    GroupRight,
    Fill,
    FillLeft,
    FillRight,
    Bool,
}

/// Names of functions that may also stand in durations or behind `@`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Context {
    Start,
    End,
    Step,
    Range,
    MinOf,
    MaxOf,
}

impl TokenKind {
    /// Names the word for a message, with its text.
    pub(super) fn describe(self, text: &str) -> String {
        match self {
            Self::End => "end of input".to_owned(),
            Self::Identifier => format!("identifier {}", quote(text)),
            Self::MetricIdentifier => format!("metric identifier {}", quote(text)),
            Self::Number => format!("number {}", abbreviated(text)),
            Self::Duration => format!("duration {}", abbreviated(text)),
            Self::String => format!("string {}", abbreviated(text)),
            Self::Operator(_) | Self::At | Self::MatchRegex | Self::MatchNotRegex => format!("<op:{text}>"),
            Self::Aggregator(_) => format!("<aggr:{text}>"),
            Self::Keyword(_) => format!("<{text}>"),
            Self::Comma
            | Self::Colon
            | Self::Assign
            | Self::LeftParen
            | Self::RightParen
            | Self::LeftBrace
            | Self::RightBrace
            | Self::LeftBracket
            | Self::RightBracket
            | Self::Context(_) => quote(text),
        }
    }

    /// Words that may be the name of a metric where an expression is expected.
    pub(super) fn names_metric(self) -> bool {
        match self {
            Self::Identifier | Self::MetricIdentifier | Self::Aggregator(_) | Self::Context(_) => true,
            Self::Operator(op) => op.is_set(),
            Self::Keyword(keyword) => matches!(
                keyword,
                Keyword::By | Keyword::Offset | Keyword::Without | Keyword::Anchored | Keyword::Smoothed
            ),
            _ => false,
        }
    }

    /// Words that may be the name of a label in a list of labels.
    pub(super) fn names_label(self) -> bool {
        match self {
            Self::Identifier | Self::MetricIdentifier | Self::Aggregator(_) | Self::Context(_) => true,
            Self::Operator(op) => op.is_set() || op == BinaryOp::Atan2,
            Self::Keyword(keyword) => {
                !matches!(keyword, Keyword::Without | Keyword::Fill | Keyword::FillLeft | Keyword::FillRight)
            }
            _ => false,
        }
    }

    /// Words that an expression may begin with.
    pub(super) fn begins_expr(self) -> bool {
        self.names_metric()
            || matches!(
                self,
                Self::LeftParen
                    | Self::LeftBrace
                    | Self::Number
                    | Self::Duration
                    | Self::String
                    | Self::Operator(BinaryOp::Add | BinaryOp::Sub)
            )
    }
}

/// Finds out whether a word has a meaning of its own. Case does not matter.
pub(super) fn word_kind(word: &str) -> TokenKind {
    let mut lower = [0u8; LONGEST_WORD];
    let Some(lower) = lower.get_mut(..word.len()) else { return TokenKind::Identifier };
    lower.copy_from_slice(word.as_bytes());
    lower.make_ascii_lowercase();
    match &*lower {
        b"and" => TokenKind::Operator(BinaryOp::And),
        b"or" => TokenKind::Operator(BinaryOp::Or),
        b"unless" => TokenKind::Operator(BinaryOp::Unless),
        b"atan2" => TokenKind::Operator(BinaryOp::Atan2),
        b"sum" => TokenKind::Aggregator(AggregateOp::Sum),
        b"avg" => TokenKind::Aggregator(AggregateOp::Avg),
        b"count" => TokenKind::Aggregator(AggregateOp::Count),
        b"min" => TokenKind::Aggregator(AggregateOp::Min),
        b"max" => TokenKind::Aggregator(AggregateOp::Max),
        b"group" => TokenKind::Aggregator(AggregateOp::Group),
        b"stddev" => TokenKind::Aggregator(AggregateOp::StdDev),
        b"stdvar" => TokenKind::Aggregator(AggregateOp::StdVar),
        b"topk" => TokenKind::Aggregator(AggregateOp::TopK),
        b"bottomk" => TokenKind::Aggregator(AggregateOp::BottomK),
        b"count_values" => TokenKind::Aggregator(AggregateOp::CountValues),
        b"quantile" => TokenKind::Aggregator(AggregateOp::Quantile),
        b"limitk" => TokenKind::Aggregator(AggregateOp::LimitK),
        b"limit_ratio" => TokenKind::Aggregator(AggregateOp::LimitRatio),
        b"offset" => TokenKind::Keyword(Keyword::Offset),
        b"smoothed" => TokenKind::Keyword(Keyword::Smoothed),
        b"anchored" => TokenKind::Keyword(Keyword::Anchored),
        b"by" => TokenKind::Keyword(Keyword::By),
        b"without" => TokenKind::Keyword(Keyword::Without),
        b"on" => TokenKind::Keyword(Keyword::On),
        b"ignoring" => TokenKind::Keyword(Keyword::Ignoring),
        b"group_left" => TokenKind::Keyword(Keyword::GroupLeft),
        b"group_right" => TokenKind::Keyword(Keyword::GroupRight),
        b"fill" => TokenKind::Keyword(Keyword::Fill),
        b"fill_left" => TokenKind::Keyword(Keyword::FillLeft),
        b"fill_right" => TokenKind::Keyword(Keyword::FillRight),
        b"bool" => TokenKind::Keyword(Keyword::Bool),
        b"start" => TokenKind::Context(Context::Start),
        b"end" => TokenKind::Context(Context::End),
        b"step" => TokenKind::Context(Context::Step),
        b"range" => TokenKind::Context(Context::Range),
        b"min_of" => TokenKind::Context(Context::MinOf),
        b"max_of" => TokenKind::Context(Context::MaxOf),
        b"inf" | b"nan" => TokenKind::Number,
        _ => TokenKind::Identifier,
    }
}

/// A quoted text, cut after ten characters.
fn abbreviated(text: &str) -> String {
    if text.len() <= ABBREVIATED {
        return quote(text);
    }
    let cut = text.char_indices().nth(ABBREVIATED).map_or(text.len(), |(at, _)| at);
    format!("{}...", quote(text.get(..cut).unwrap_or(text)))
}

/// As many characters of a literal as Prometheus shows in a message.
const ABBREVIATED: usize = 10;

/// `count_values`.
const LONGEST_WORD: usize = 12;
