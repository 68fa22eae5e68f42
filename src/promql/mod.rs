//! PromQL: text in, answers out.
//!
//! A query's text becomes an [`Expr`] once ([`parse`]): every node knows its [`Span`] in the text, names of functions
//! are resolved, types have been checked, regular expressions are compiled. Nothing untyped or half-checked
//! reaches evaluation. The same tree prints itself as canonical text (`Display`), laid out over several lines
//! ([`pretty`]) and as the JSON tree of the HTTP API ([`tree`]).
//!
//! The language is that of Prometheus 3.14, messages and positions of errors included.
//!
//! An [`Engine`] evaluates on threads of its own: the tree becomes a plan in which times and lengths are fixed, and the plan
//! is evaluated column by column against a [`Source`](crate::storage::Source). A query is bounded in time and samples, and
//! stops when nobody waits for it any more.

mod annotations;
mod answer;
mod ast;
mod check;
mod duration_expr;
mod engine;
mod error;
mod eval;
mod features;
mod functions_table;
mod histogram_literal;
mod lexer;
mod limits;
mod literal;
mod parse;
mod parser;
mod plan;
mod planner;
mod pool;
mod pretty;
mod print;
mod query_error;
mod series;
mod token;
mod tree;

pub use answer::{Answer, MatrixSeries, QueryStats, Value, VectorSample};
pub use ast::{
    Aggregate, AggregateOp, At, Binary, BinaryOp, Call, Cardinality, DurationExpr, DurationOp, Expr, Extension, Length,
    MatrixSelector, NumberLiteral, Paren, Span, StringLiteral, Subquery, Unary, ValueType, VectorMatching,
    VectorSelector,
};
pub use duration_expr::DurationError;
pub use engine::{Engine, EngineOptions, QueryOptions};
pub use error::{ParseError, position};
pub use features::ParseOptions;
pub use functions_table::{FUNCTIONS, Function, FunctionId, function};
pub use histogram_literal::{CounterResetHint, HistogramLiteral};
pub use limits::CancelToken;
pub use parse::{MAX_DEPTH, parse, parse_metric, parse_selector};
pub use pretty::pretty;
pub use query_error::{ErrorKind, EvaluationError, QueryError};
pub use series::{SequenceValue, SeriesDescription, parse_series};
pub use tree::tree;
