//! PromQL: text in, answers out.
//!
//! A query's text becomes an [`Expr`] once ([`parse`]): every node knows its [`Span`] in the text, names of functions
//! are resolved, types have been checked, regular expressions are compiled. Nothing untyped or half-checked
//! reaches evaluation. The same tree prints itself as canonical text (`Display`), laid out over several lines
//! ([`pretty`]) and as the JSON tree of the HTTP API ([`tree`]).
//!
//! The language is that of Prometheus 3.14, messages and positions of errors included.

mod ast;
mod check;
mod duration_expr;
mod error;
mod features;
mod functions_table;
mod histogram_literal;
mod lexer;
mod literal;
mod parse;
mod parser;
mod pretty;
mod print;
mod series;
mod token;
mod tree;

pub use ast::{
    Aggregate, AggregateOp, At, Binary, BinaryOp, Call, Cardinality, DurationExpr, DurationOp, Expr, Extension, Length,
    MatrixSelector, NumberLiteral, Paren, Span, StringLiteral, Subquery, Unary, ValueType, VectorMatching,
    VectorSelector,
};
pub use duration_expr::DurationError;
pub use error::{ParseError, position};
pub use features::ParseOptions;
pub use functions_table::{FUNCTIONS, Function, FunctionId, function};
pub use histogram_literal::{CounterResetHint, HistogramLiteral};
pub use parse::{MAX_DEPTH, parse, parse_metric, parse_selector};
pub use pretty::pretty;
pub use series::{SequenceValue, SeriesDescription, parse_series};
pub use tree::tree;
